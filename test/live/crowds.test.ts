import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, type Person, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { openStream, type Stream } from '../kit/stream.ts';
import { RENAME, renamed, schema, WATCH, watchUsers } from './live-users.ts';

// A stream that is open takes no turn of its user's requests.
const app = await startApp({ schema, env: { REQUESTS_AT_ONCE: '2' } });
await watchUsers(app);

test('a session has 20 streams, opened at once or in turn, and each that ends makes room for one', async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const [first] = await opened(30, ann.accessToken);
  expect(await ann.ask(WATCH)).toMatchObject(refused('streamsOfSession', 20));
  await expectToHear(bob);

  first?.close();
  await expect.poll(async () => (await opened(1, ann.accessToken)).length).toBe(1);
});

test('a user has 100, in any number of sessions, and another user has their own', async () => {
  const [cat, dan] = [await app.as('cat'), await app.as('dan')];
  for (let session = 0; session < 5; session += 1) {
    const token = await tokenOf(cat);
    expect(await opened(20, token)).toHaveLength(20);
    expect(await createClient(app.url, { authorization: `Bearer ${token}` }).codeOf(WATCH)).toBe('OPERATION_REFUSED');
  }
  expect(await cat.ask(WATCH)).toMatchObject(refused('streamsOfUser', 100));
  await expectToHear(dan);
});

/** What whoever wants one more is told: that exactly as many are open as may be. */
const refused = (name: string, allowed: number) => ({
  status: 400,
  errors: [{ extensions: { code: 'OPERATION_REFUSED', limit: { name, found: allowed + 1, allowed } } }],
});

async function tokenOf({ email }: Person): Promise<string> {
  const { data } = await app.ask(LOGIN, { input: { email, password: PASSWORD } });
  return data.login.accessToken;
}

/** As many streams as are opened of those that are asked for at once. */
async function opened(count: number, token: string): Promise<Stream[]> {
  const asked = await Promise.allSettled(Array.from({ length: count }, () => openStream(app.url, WATCH, token)));
  return asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

async function expectToHear(person: Person) {
  const stream = await openStream(app.url, WATCH, person.accessToken);
  await person.ask(RENAME, { name: 'heard' });
  expect(await stream.next()).toEqual(renamed('heard'));
}
