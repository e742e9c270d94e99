import { type Client, createClient } from '../../kit/client.ts';
import { dataDirectory } from '../../kit/directory.ts';
import { startProcess } from '../../kit/process.ts';
import { listening } from '../../kit/server-process.ts';
import { run } from './project.ts';

/** The server of a copy, over a database of its own, and whom `npm run seed` has made. */
export async function serveCopy(copy: string): Promise<Served> {
  const env = { NODE_ENV: 'development', DATA_DIR: dataDirectory(), PORT: '0', HOST: '127.0.0.1' };
  const passwords = await run(copy, 'npm run seed', env);
  const server = startProcess(process.execPath, ['dist/main.js'], { cwd: copy, env: { ...process.env, ...env } });
  const { url } = await listening(server);
  const account = (name: string) =>
    signIn(url, `${name}@example.com`, new RegExp(`${name}@example.com +(\\S+)`).exec(passwords)?.[1]);
  return { url, admin: await account('admin'), ann: await account('ann'), bob: await account('bob') };
}

async function signIn(url: string, email: string, password = ''): Promise<Account> {
  const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id } } }';
  const { data } = await createClient(url, {}).ask(LOGIN, { input: { email, password } });
  const { accessToken, user } = data.login;
  const client = createClient(url, { authorization: `Bearer ${accessToken}` });
  return { ...client, id: user.id, accessToken, again: () => signIn(url, email, password) };
}

interface Served {
  url: string;
  admin: Account;
  ann: Account;
  bob: Account;
}

interface Account extends Client {
  id: string;
  accessToken: string;
  /** Signed in once more: with the rights of this moment. */
  again(): Promise<Account>;
}
