import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, type Person, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { SOON } from '../kit/soon.ts';
import { openStream } from '../kit/stream.ts';
import { RENAME, renamed, schema, WATCH, watchUsers } from './live-users.ts';

const here = await startApp({ schema });
const there = await startApp({ schema, besides: here });
await watchUsers(here);
const root = await here.as('root', 'ADMIN');
const CHANGE = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';

const ofUser = (field: string, id: string) => root.ask(`mutation ($id: ID!) { ${field} { __typename } }`, { id });

/** What ends the stream of somebody, and what it then says. */
const ENDS: [string, string, (person: Person) => Promise<unknown>][] = [
  ['logging out', 'SESSION_ENDED', (person) => person.ask('mutation { logout }')],
  ['logging out everywhere', 'SESSION_ENDED', (person) => person.ask('mutation { logoutAll }')],
  ['revoking the session', 'SESSION_ENDED', revokeOwnSession],
  ['a password changed elsewhere', 'SESSION_ENDED', changePasswordElsewhere],
  ['being disabled', 'SESSION_ENDED', ({ id }) => ofUser('setUserDisabled(userId: $id, disabled: true)', id)],
  [
    'sessions revoked by an admin',
    'SESSION_ENDED',
    ({ id }) => root.ask('mutation ($id: ID!) { revokeUserSessions(userId: $id) }', { id }),
  ],
  ['another role', 'TOKEN_EXPIRED', ({ id }) => ofUser('setUserRole(userId: $id, role: ADMIN)', id)],
];

for (const [place, app] of Object.entries({ 'this process': here, 'another process': there })) {
  test.for(ENDS)(`%s ends a stream of ${place} within a second, with %s`, async ([how, code, end]) => {
    const person = await here.as(`${how} in ${place}`.replaceAll(/\W/g, '-'));
    const stream = await openStream(app.url, WATCH, person.accessToken);
    await end(person);
    const from = performance.now();
    const { events, end: ended } = await stream.rest();
    expect(events.at(-1)).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(ended).toBe(code === 'SESSION_ENDED' ? 'complete' : 'cut');
    expect(performance.now() - from).toBeLessThan(SOON);
  });
}

test('deleting an account tells of its rows, if of anything, and ends the stream', async () => {
  const del = await here.as('del');
  const streams = await Promise.all([here, there].map((app) => openStream(app.url, WATCH, del.accessToken)));
  await del.ask(`mutation { deleteMe(password: "${PASSWORD}") }`);
  for (const stream of streams) {
    const { events, end } = await stream.rest();
    expect(end).toBe('complete');
    expect(events.pop()).toMatchObject({ errors: [{ extensions: { code: 'SESSION_ENDED' } }] });
    for (const event of events) expect(event).toEqual({ data: { userChanged: { kind: 'DELETED', user: null } } });
  }
});

test('what happens after a user was shut out by another process reaches no stream of theirs', async () => {
  const [fay, gus] = [await here.as('fay'), await here.as('gus')];
  const [ofFay, ofGus] = await Promise.all([fay, gus].map((one) => openStream(there.url, WATCH, one.accessToken)));
  await here.db.$executeRaw`ALTER TABLE "User" DISABLE TRIGGER changes`;
  await ofUser('setUserDisabled(userId: $id, disabled: true)', fay.id);
  await here.db.$executeRaw`ALTER TABLE "User" ENABLE TRIGGER changes`;
  await there.advance(0);
  await here.db.$executeRaw`UPDATE "User" SET name = 'Secret' WHERE id = ${fay.id}::uuid`;
  await gus.ask(RENAME, { name: 'Gussie' });
  expect(await ofGus?.next()).toEqual(renamed('Gussie'));
  expect(await ofFay?.rest()).toMatchObject({ events: [{ errors: [{ extensions: { code: 'SESSION_ENDED' } }] }] });
  ofGus?.close();
});

test('an ended session is given no stream, by this process or another', async () => {
  const hal = await here.as('hal');
  await hal.ask('mutation { logout }');
  for (const app of [here, there]) {
    await app.advance(0);
    await expect(openStream(app.url, WATCH, hal.accessToken)).rejects.toThrow('401');
  }
});

test('each event is judged: after the token has expired none carries data, and the stream is cut', async () => {
  const eve = await here.as('eve');
  const stream = await openStream(there.url, WATCH, eve.accessToken);
  await here.advance(16 * 60_000);
  // The other process has not looked at its streams since.
  await here.db.$executeRaw`UPDATE "User" SET name = 'Secret' WHERE id = ${eve.id}::uuid`;
  expect(await stream.rest()).toMatchObject({
    events: [{ errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] }],
    end: 'cut',
  });
});

async function revokeOwnSession(person: Person) {
  const { data } = await person.ask('{ sessions { id } }');
  await person.ask('mutation ($id: ID!) { revokeSession(id: $id) }', { id: data.sessions[0].id });
}

async function changePasswordElsewhere({ email }: Person) {
  const { data } = await here.ask(LOGIN, { input: { email, password: PASSWORD } });
  const elsewhere = createClient(here.url, { authorization: `Bearer ${data.login.accessToken}` });
  await elsewhere.ask(CHANGE, { input: { currentPassword: PASSWORD, newPassword: `${PASSWORD} and more` } });
}
