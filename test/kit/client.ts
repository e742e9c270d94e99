/** Somebody who posts GraphQL to the server, with these headers. */
export function createClient(url: string, headers: Record<string, string>): Client {
  const ask = async (query: string, variables: object = {}, more: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...more },
      body: JSON.stringify({ query, variables }),
    });
    const body = await response.json();
    return { status: response.status, headers: response.headers, ...body };
  };
  return {
    ask,
    codeOf: async (query, variables, more) => {
      const { errors } = await ask(query, variables, more);
      return errors?.[0]?.extensions.code ?? null;
    },
  };
}

export interface Client {
  ask(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>;
  /** The code of the first error; null where there is none. */
  codeOf(query: string, variables?: object, headers?: Record<string, string>): Promise<string | null>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the query asked for
  data: any;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: {
      code: string;
      fields?: Record<string, string>;
      reason?: string;
      retryAfter?: number;
      limit?: { name: string; found: number; allowed: number };
      rule?: { on: string; anyOf: string[] };
    };
  }[];
}
