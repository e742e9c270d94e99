import type { Viewer } from '../access/rules.ts';
import { type Context, viewerOf } from '../context.ts';
import { AppError, badInput } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { signupByMail } from '../recovery/sign-up.ts';
import { refresh } from '../sessions/refresh.ts';
import { logout } from '../sessions/sessions.ts';
import type { TokenPair } from '../tokens/tokens.ts';
import { User } from '../users/schema.ts';
import { changePassword, deleteAccount, reauthenticate } from './account.ts';
import { login, signup } from './sign-in.ts';

const AuthPayload = builder.objectRef<DeliveredTokens>('AuthPayload').implement({
  description: 'The tokens of a session, and whose they are.',
  auth: ['PUBLIC'],
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', { description: 'Send it as: Authorization: Bearer …' }),
    refreshToken: t.exposeString('refreshToken', {
      nullable: true,
      description: 'For the refresh mutation. Null when it was delivered as a cookie.',
    }),
    tokenType: t.string({ description: 'Always Bearer.', resolve: () => 'Bearer' }),
    expiresIn: t.exposeInt('expiresIn', { description: 'Seconds until the access token expires.' }),
    user: t.field({ type: User, resolve: ({ user }) => user }),
  }),
});

const TokenDelivery = builder.enumType('TokenDelivery', {
  description: 'Where a sign-in puts the refresh token.',
  values: {
    BODY: { description: "In the answer's body." },
    COOKIE: { description: 'In an httpOnly cookie that no script can read.' },
  },
});

const SignupInput = builder.inputType('SignupInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true }),
    name: t.string(),
    delivery: t.field({ type: TokenDelivery, required: true, defaultValue: 'BODY' }),
  }),
});

const LoginInput = builder.inputType('LoginInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true }),
    delivery: t.field({ type: TokenDelivery, required: true, defaultValue: 'BODY' }),
  }),
});

const RefreshInput = builder.inputType('RefreshInput', {
  fields: (t) => ({ refreshToken: t.string({ required: true }) }),
});

const LogoutInput = builder.inputType('LogoutInput', {
  fields: (t) => ({ refreshToken: t.string({ required: true }) }),
});

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  fields: (t) => ({
    currentPassword: t.string({ required: true }),
    newPassword: t.string({ required: true }),
  }),
});

/** A tab of GraphiQL. It asks for what the page's door needs, to sign in whoever runs it. */
const SIGN_UP = `# The panel above signs up as well,
# and the browser does not keep what is typed there.
mutation SignUp {
  signup(
    input: {
      email: "you@example.com"
      password: "correct horse battery"
    }
  ) {
    accessToken
    refreshToken
    expiresIn
    user {
      email
      role
    }
  }
}
`;

/** Each has transactions of its own: a hash takes too long for one, and a refresh token used again must stay known. */
const SIGNING_IN = { signsIn: true, transaction: false } as const;

builder.mutationField('signup', (t) =>
  t.field({
    type: AuthPayload,
    auth: ['PUBLIC'],
    ...SIGNING_IN,
    description:
      'Opens an account and signs in; or, where the server asks for a confirmed mailbox, mails a link and refuses with CONFIRMATION_REQUIRED.',
    extensions: { sample: SIGN_UP },
    args: { input: t.arg({ type: SignupInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { auth, origin } = context;
      const open = auth.confirmsSignups ? signupByMail : signup;
      return deliver(context, input.delivery === 'COOKIE', () => open(auth, input, origin));
    },
  }),
);

builder.mutationField('login', (t) =>
  t.field({
    type: AuthPayload,
    auth: ['PUBLIC'],
    ...SIGNING_IN,
    description: 'Signs in: opens a session.',
    args: { input: t.arg({ type: LoginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      deliver(context, input.delivery === 'COOKIE', () => login(context.auth, input, context.origin)),
  }),
);

builder.mutationField('refresh', (t) =>
  t.field({
    type: AuthPayload,
    auth: ['PUBLIC'],
    ...SIGNING_IN,
    description: 'Exchanges the refresh token for new tokens. With no input, it is read from the cookie.',
    args: { input: t.arg({ type: RefreshInput }) },
    resolve: (_root, { input }, context) => {
      const { auth, cookie } = context;
      if (!input && !cookie.isOurs && !cookie.sent) throw badInput('input', 'Give refreshToken: there is no cookie.');
      return deliver(context, !input, () => refresh(auth, input?.refreshToken ?? cookie.sent ?? ''));
    },
  }),
);

builder.mutationField('logout', (t) =>
  t.boolean({
    auth: ['PUBLIC'],
    transaction: false,
    description: 'Ends the session of whichever is presented: access token, refresh token or cookie. Idempotent.',
    args: { input: t.arg({ type: LogoutInput }) },
    resolve: async (_root, { input }, context) => {
      const sessionId = context.identity.sessionId();
      const byCookieAlone = !input && !sessionId && context.cookie.sent !== null;
      if (byCookieAlone) refuseForeign(context);
      await logout(context.auth, sessionId, input?.refreshToken ?? null);
      if (context.cookie.isOurs) await logoutOfCookie(context);
      return true;
    },
  }),
);

builder.mutationField('reauthenticate', (t) =>
  t.field({
    type: AuthPayload,
    auth: ['AUTHENTICATED'],
    transaction: false,
    description:
      'Asks for the password once more, and answers with an access token that counts as a sign-in of this moment. The refresh token stays as it is, and is not in the answer.',
    args: { password: t.arg.string({ required: true }) },
    resolve: async (_root, { password }, context) => {
      const tokens = await reauthenticate(context.auth, viewerOf(context), password);
      context.identity.become(tokens.claims);
      return { ...tokens, refreshToken: null };
    },
  }),
);

builder.mutationField('changePassword', (t) =>
  t.boolean({
    auth: ['AUTHENTICATED'],
    allOf: ['RECENT'],
    transaction: false,
    description:
      'Ends every other session of the user, and takes back the refresh tokens of this one: a cookie is renewed; who has the refresh token in hand asks for changePasswordAndRefresh, or signs in again.',
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      const change = () => changePassword(context.auth, viewer, input);
      await ((await isInCookie(viewer, context)) ? deliver(context, true, change) : change());
      return true;
    },
  }),
);

builder.mutationField('changePasswordAndRefresh', (t) =>
  t.field({
    type: AuthPayload,
    auth: ['AUTHENTICATED'],
    allOf: ['RECENT'],
    transaction: false,
    description: 'As changePassword, with the next tokens of this session.',
    args: {
      input: t.arg({ type: ChangePasswordInput, required: true }),
      delivery: t.arg({ type: TokenDelivery, required: true, defaultValue: 'BODY' }),
    },
    resolve: (_root, { input, delivery }, context) =>
      deliver(context, delivery === 'COOKIE', () => changePassword(context.auth, viewerOf(context), input)),
  }),
);

builder.mutationField('deleteMe', (t) =>
  t.boolean({
    auth: ['AUTHENTICATED'],
    allOf: ['RECENT'],
    transaction: false,
    description: 'Deletes the account with all that is theirs.',
    args: { password: t.arg.string({ required: true }) },
    resolve: async (_root, { password }, context) => {
      await deleteAccount(context.auth, viewerOf(context), password);
      return true;
    },
  }),
);

/** Signs in, in the body or by cookie, never both. The rest of the request speaks for who has just signed in. */
async function deliver(
  context: Context,
  byCookie: boolean,
  signIn: () => Promise<TokenPair>,
): Promise<DeliveredTokens> {
  if (byCookie) refuseForeign(context);
  const tokens = await signIn();
  context.identity.become(tokens.claims);
  if (!byCookie) return tokens;
  context.cookie.toSet = { token: tokens.refreshToken, expiresAt: tokens.refreshExpiresAt };
  return { ...tokens, refreshToken: null };
}

/** Whether the browser keeps the refresh token of this session in its cookie, and a page of ours asks. */
async function isInCookie({ sessionId }: Viewer, { auth, cookie, now }: Context) {
  const ticket = cookie.isOurs && cookie.sent ? await auth.tokens.verifyRefresh(cookie.sent, now()) : null;
  return ticket?.sessionId === sessionId;
}

async function logoutOfCookie({ auth, cookie }: Context) {
  await logout(auth, null, cookie.sent);
  cookie.toSet = null;
}

/** Also for signing in: otherwise another site could sign its visitor in as somebody else. */
function refuseForeign({ cookie }: Context) {
  if (cookie.isOurs) return;
  const reason = 'The cookie is for pages of this site whose origin is that of the API, or listed in CORS_ORIGINS.';
  throw new AppError('FORBIDDEN', 'a cookie is asked for without proof that a page of ours asks', { reason });
}

type DeliveredTokens = Omit<TokenPair, 'refreshToken'> & { refreshToken: string | null };
