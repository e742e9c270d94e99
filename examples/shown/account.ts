import { createAccount, linkIn } from '../client/account.ts';
import { createSession } from '../client/session.ts';

declare const email: string;
declare const newEmail: string;
declare const password: string;
declare const newPassword: string;

const session = createSession({ url: 'http://localhost:4000/graphql', delivery: 'COOKIE' });
const account = createAccount(session);
await account.requestPasswordReset(email); // the same answer, whoever has that email
const link = linkIn(location.hash); // { action, token } of a link in a mail, or null
if (link) await account.resetPassword(link.token, newPassword); // or confirmEmail, undoEmailChange
await account.changeEmail(newEmail, password); // and changePassword, requestEmailConfirmation
