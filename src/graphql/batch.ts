import DataLoader from 'dataloader';
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';

/**
 * Resolves a field of many objects with one call of `load`, so that a list costs no query per row. `load` gets the keys of all the
 * objects that ask for the field at the same place of the document, with the same arguments, and returns what each key stands for.
 */
export function batched<Key, Args, Value>(load: Load<Key, Args, Value>) {
  const inRequest = new WeakMap<Context, Map<readonly FieldNode[], DataLoader<Key, () => Value>>>();

  return async (key: Key, args: Args, context: Context, { fieldNodes }: Place = ANYWHERE): Promise<Value> => {
    const loaders = inRequest.get(context) ?? new Map<readonly FieldNode[], DataLoader<Key, () => Value>>();
    inRequest.set(context, loaders);
    // The executor hands the same array to all the objects of one place.
    const loader = loaders.get(fieldNodes) ?? new DataLoader(loadAll(args, context), { cache: false });
    loaders.set(fieldNodes, loader);
    const found = await loader.load(key);
    return found();
  };

  function loadAll(args: Args, context: Context) {
    return async (keys: readonly Key[]) => {
      const find = await load([...new Set(keys)], args, context);
      // Not yet, for one key that is refused must not take the others with it.
      return keys.map((key) => () => find(key));
    };
  }
}

/** For rules, which are not told where their object stands. */
const ANYWHERE: Place = { fieldNodes: [] };

type Place = Pick<GraphQLResolveInfo, 'fieldNodes'>;
type Load<Key, Args, Value> = (keys: Key[], args: Args, context: Context) => Promise<(key: Key) => Value>;
