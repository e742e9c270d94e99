/** Whose tokens GraphiQL sends. They are in memory alone: gone with the page, and with whatever ends the session. */
export function createSession(send: typeof fetch): Session {
  const TOKENS = 'accessToken refreshToken expiresIn user { email role }';
  let tokens: Tokens | null = null;
  let renewAt = Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<void> | null = null;
  const changed = new Set<() => unknown>();

  async function ask(query: string, variables: object = {}): Promise<Answer> {
    const headers = new Headers({ 'content-type': 'application/json' });
    if (tokens) headers.set('authorization', `Bearer ${tokens.accessToken}`);
    const response = await send('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return response.json();
  }

  function become(next: Tokens | null) {
    tokens = next;
    // Before it expires: an expired one makes `viewer` null, without an error to notice it by.
    const { expiresIn = Infinity } = next ?? {};
    const wait = Math.max(expiresIn - 30, expiresIn / 2) * 1000;
    renewAt = Date.now() + wait;
    clearTimeout(timer);
    // A timer that is longer would fire at once.
    if (wait < 2 ** 31) timer = setTimeout(renew, wait);
    for (const tell of changed) tell();
  }

  /** One at a time. What cannot be reached now is asked again by the next request. */
  function renew() {
    renewing ??= exchange()
      .catch(() => {})
      .finally(() => {
        renewing = null;
      });
    return renewing;
  }

  async function exchange() {
    const before = tokens;
    if (!before) return;
    // Where a sign-in has put it into the cookie, it is found there.
    const input = before.refreshToken ? { refreshToken: before.refreshToken } : undefined;
    const answer = await ask(`mutation ($input: RefreshInput) { refresh(input: $input) { ${TOKENS} } }`, { input });
    if (tokens !== before) return;
    if (codesIn(answer).includes('REFRESH_REJECTED')) become(null);
    else heed(answer);
  }

  /** Whoever signs in, refreshes or changes their password in GraphiQL does so for the page. */
  function heed(answer: Answer) {
    const payload = Object.values(answer.data ?? {}).find(areTokens);
    if (payload) become(payload);
    else if (codesIn(answer).includes('SESSION_ENDED')) become(null);
  }

  const areTokens = (value: unknown): value is Tokens =>
    typeof value === 'object' && value !== null && 'accessToken' in value;

  const codesIn = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions?.code);

  return {
    changed,
    heed,
    who: () => tokens && (tokens.user ?? {}),

    async token() {
      if (Date.now() >= renewAt) await renew();
      return tokens?.accessToken;
    },

    async renew(stale) {
      if (stale === tokens?.accessToken) await renew();
    },

    isStale: (answer) => codesIn(answer).some((code) => code === 'TOKEN_EXPIRED' || code === 'INVALID_TOKEN'),

    async signIn(field, input) {
      const type = field === 'login' ? 'LoginInput' : 'SignupInput';
      const answer = await ask(`mutation ($input: ${type}!) { ${field}(input: $input) { ${TOKENS} } }`, { input });
      heed(answer);
      return answer;
    },

    async prove(password) {
      const answer = await ask(`mutation ($password: String!) { reauthenticate(password: $password) { ${TOKENS} } }`, {
        password,
      });
      const payload = answer.data?.['reauthenticate'];
      // The refresh token stays as it is, and is not in the answer.
      if (areTokens(payload)) become({ ...payload, refreshToken: tokens?.refreshToken ?? null });
      return answer;
    },

    async signOut() {
      // Either of the two may have expired.
      const input = tokens?.refreshToken ? { refreshToken: tokens.refreshToken } : undefined;
      const query = 'mutation ($input: LogoutInput) { logout(input: $input) }';
      await ask(query, { input }).finally(() => become(null));
    },
  };
}

export interface Session {
  /** Told of each change of the tokens. */
  changed: Set<() => unknown>;
  /** Takes the tokens that an answer holds, or lets go of those of a session that it says has ended. */
  heed(answer: Answer): void;
  /** Null where nobody is signed in. */
  who(): Who | null;
  /** One that has not expired, if anybody is signed in. */
  token(): Promise<string | undefined>;
  /** Exchanges this token, unless that has been done. */
  renew(stale: string): Promise<void>;
  /** Whether the answer says that the token has to be exchanged. */
  isStale(answer: Answer): boolean;
  signIn(field: 'login' | 'signup', input: { email: string; password: string }): Promise<Answer>;
  /** Asks for an access token of whoever has just given their password again. */
  prove(password: string): Promise<Answer>;
  signOut(): Promise<void>;
}

interface Tokens {
  accessToken: string;
  /** What somebody signs in with in GraphiQL may ask for less. */
  refreshToken?: string | null;
  expiresIn?: number;
  user?: Who;
}

interface Who {
  email?: string;
  role?: string;
}

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: {
    message: string;
    extensions?: {
      code?: string;
      reason?: string;
      fields?: Record<string, string>;
      rule?: { on: string; anyOf: string[] };
    };
  }[];
}
