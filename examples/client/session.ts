/**
 * Who is signed in, and a `fetch` that asks in their name. Tokens are in memory alone. With COOKIE all tabs of a site share one
 * session, which a reload finds again; with BODY each page or script has its own, unless a refresh token is handed in. Where the
 * server wants a recent sign-in, `askPassword` is called, and with its answer the request is sent again.
 */
export function createSession({ url, delivery, refreshToken = null, askPassword }: SessionOptions) {
  const byCookie = delivery === 'COOKIE';
  const credentials = byCookie ? 'include' : 'same-origin';
  const tabs = byCookie ? new BroadcastChannel(url) : null;
  // Node and old browsers have none: there the server's grace is enough.
  const locks = byCookie ? globalThis.navigator?.locks : undefined;
  const listeners = new Set<(before: typeof user) => void>();
  let user: User | null | undefined = byCookie || refreshToken ? undefined : null;
  let access: { token: string; left(): number } | null = null;
  let renewal: Promise<void> | null = null;
  let proof: Promise<boolean> | null = null;
  let proofs = 0;
  let last: Promise<unknown> = Promise.resolve();
  if (tabs) tabs.onmessage = ({ data }: MessageEvent<Grant | null>) => become(data, false);

  function become(grant: Grant | null, isNews = true) {
    access = grant && { token: grant.accessToken, left: countdown(grant.expiresIn * 1000, grant.from) };
    refreshToken = grant?.refreshToken ?? null;
    if (isNews) tabs?.postMessage(grant);
    const before = user;
    const next = grant?.user ?? null;
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    user = next;
    for (const listener of listeners) listener(before);
  }

  /** One after the other: the answer to what is under way would undo what is done meanwhile. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(() => (locks ? locks.request(url, work) : work()));
    last = done.catch(() => {});
    return done;
  }

  async function post(mutation: string, input: unknown, token?: string | null): Promise<Grant> {
    const from = Date.now();
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const body = JSON.stringify({ query: mutation, variables: { input } });
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(url, { method: 'POST', credentials, headers, body, signal });
    const { data, errors }: Answer = await response.json();
    if (!data) throw new Refusal(errors?.[0]);
    return { ...data.grant, from };
  }

  const enter = (mutation: string, input: object) =>
    inTurn(async () => become(await post(mutation, { ...input, delivery })));
  // A timer of `renewsIn` may come a moment early.
  const isFresh = () => access !== null && access.left() > MARGIN + EARLY;

  async function renew() {
    // Another tab may have done it meanwhile, or whoever was before in turn.
    if (user === null || isFresh()) return;
    try {
      become(await post(REFRESH, refreshToken === null ? null : { refreshToken }));
    } catch (error) {
      if (!(error instanceof Refusal && OVER.has(error.extensions.code))) throw error;
      become(null);
    }
  }

  async function accessToken() {
    if (user !== null && !isFresh()) {
      renewal ??= inTurn(renew).finally(() => {
        renewal = null;
      });
      await renewal;
    }
    return access?.token ?? null;
  }

  async function reauthenticate(password: string, isFirst = true): Promise<void> {
    await renew();
    try {
      // The refresh token stays as it is.
      become({ ...(await post(REAUTHENTICATE, password, access?.token)), refreshToken });
    } catch (error) {
      const code = error instanceof Refusal ? error.extensions.code : '';
      if (code === 'SESSION_ENDED') become(null);
      if (!isFirst || !STALE.has(code)) throw error;
      access = null;
      await reauthenticate(password, false);
    }
  }

  /** Until the password is right, nobody gives one any more, or whoever was asked is no longer signed in. */
  async function prove(ask: NonNullable<SessionOptions['askPassword']>, refusal?: Refusal): Promise<boolean> {
    const asked = user?.id;
    const password = await ask(refusal);
    if (password === null || user?.id !== asked) return false;
    try {
      await inTurn(() => reauthenticate(password));
      proofs += 1;
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return MENDABLE.has(error.extensions.code) && prove(ask, error);
    }
  }

  /** Asked once for all that waits. */
  function provenOnce() {
    if (!askPassword) return false;
    proof ??= prove(askPassword).finally(() => {
      proof = null;
    });
    return proof;
  }

  return {
    url,
    /** Null where nobody is signed in; undefined until that is known. The same object until something in it changes. */
    get user() {
      return user;
    },
    /** The listener is called with the user before, whenever `user` has changed; returns what ends that. */
    onChange(listener: (before: typeof user) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    // These fail with a Refusal where the server says no; where it cannot be asked, nothing has changed.
    signUp: (input: { email: string; password: string; name?: string }) => enter(SIGN_UP, input),
    signIn: (input: { email: string; password: string }) => enter(SIGN_IN, input),
    signOut: () =>
      inTurn(() => post(SIGN_OUT, refreshToken === null ? null : { refreshToken }).then(() => become(null))),
    /** Good for two seconds at least; null where nobody is signed in. On a page that was just loaded it finds out who is. */
    accessToken,
    /** Milliseconds until there will be another access token. */
    renewsIn: () => Math.max(0, (access?.left() ?? 0) - MARGIN),
    /** Adds the access token; where that has turned out to be stale, or a sign-in too old, asks once more with the next. */
    async fetch(input: string | URL | Request, init?: RequestInit) {
      const asker = user;
      let mayRenew = true;
      let mayProve = true;
      for (;;) {
        const token = await accessToken();
        const before = proofs;
        if (asker && user && asker.id !== user.id) throw new Error('Somebody else has signed in meanwhile.');
        const headers = new Headers(init?.headers);
        // An empty one would be a bad token.
        if (token) headers.set('authorization', `Bearer ${token}`);
        const response = await fetch(input, { ...init, credentials, headers });
        const codes = (await errorsIn(response)).map(({ extensions }) => extensions?.code ?? '');
        if (token === access?.token && codes.includes('SESSION_ENDED')) become(null);
        if (mayRenew && codes.some((code) => STALE.has(code))) {
          mayRenew = false;
          if (token === access?.token) access = null;
        } else if (mayProve && codes.includes('REAUTHENTICATION_REQUIRED')) {
          mayProve = false;
          // It may have been given while this was on its way.
          if (proofs === before && !(await provenOnce())) return response;
        } else return response;
      }
    },
  };
}

/** The errors of an answer; those of a stream are in its events. */
export async function errorsIn(response: Response): Promise<GraphQLError[]> {
  if (!response.headers.get('content-type')?.includes('json')) return [];
  const { errors = [] }: Answer = await response.clone().json();
  return errors;
}

/** What the server says no with: `extensions` hold what a form shows. */
export class Refusal extends Error {
  readonly extensions: Extensions;
  constructor({ message, extensions }: GraphQLError = { message: 'No answer.' }) {
    super(message);
    this.extensions = extensions ?? { code: '' };
  }
}

/** What is left by the clock that says less: one may be set, the other stands still while the machine sleeps. */
function countdown(milliseconds: number, from: number) {
  const start = performance.now();
  return () => milliseconds - Math.max(Date.now() - from, performance.now() - start);
}

const MARGIN = 2000;
const EARLY = 20;
const STALE = new Set(['TOKEN_EXPIRED', 'INVALID_TOKEN']);
// What another password, or a while, may mend.
const MENDABLE = new Set(['INVALID_CREDENTIALS', 'RATE_LIMITED', 'BAD_USER_INPUT']);
const OVER = new Set(['REFRESH_REJECTED', 'SESSION_ENDED']);
const GRANT = '{ accessToken refreshToken expiresIn user { id email name role } }';
const SIGN_UP = `mutation ($input: SignupInput!) { grant: signup(input: $input) ${GRANT} }`;
const SIGN_IN = `mutation ($input: LoginInput!) { grant: login(input: $input) ${GRANT} }`;
const REFRESH = `mutation ($input: RefreshInput) { grant: refresh(input: $input) ${GRANT} }`;
const REAUTHENTICATE = `mutation ($input: String!) { grant: reauthenticate(password: $input) ${GRANT} }`;
const SIGN_OUT = 'mutation ($input: LogoutInput) { logout(input: $input) }';

export type Session = ReturnType<typeof createSession>;
export type User = { id: string; email: string; name: string | null; role: 'USER' | 'ADMIN' };
export type GraphQLError = { message: string; extensions?: Extensions };
type SessionOptions = {
  url: string;
  delivery: 'BODY' | 'COOKIE';
  refreshToken?: string | null;
  /** Asks for the password once more, after a refused one with what the server said; null gives up, and the answer is handed on. */
  askPassword?: (refusal?: Refusal) => Promise<string | null>;
};
type Grant = { accessToken: string; refreshToken: string | null; expiresIn: number; user: User; from: number };
type Extensions = { code: string; fields?: Record<string, string>; reason?: string; retryAfter?: number };
type Answer = { data?: { grant: Grant } | null; errors?: GraphQLError[] };
