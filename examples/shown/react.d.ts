// What the examples' README takes from React and from an app of its own, so that neither is needed to check it.
type Element = { element: true };

export declare function h(): Element;
export declare namespace h.JSX {
  type Element = { element: true };
  interface ElementChildrenAttribute {
    children: unknown;
  }
  interface IntrinsicAttributes {
    key?: string;
  }
}

export declare function useSyncExternalStore<Value>(listen: (changed: () => void) => () => void, get: () => Value): Value;
export declare function Provider(props: { value: object; children: Element }): Element;
export declare function ApolloProvider(props: { client: object; children: Element }): Element;
export declare function Loading(): Element;
export declare function SignIn(): Element;
export declare function Tasks(): Element;
export declare function showOffline(): void;
