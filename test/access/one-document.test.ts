import { expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';

const { as, ask, db } = await startApp();

const rename = (name: string) => `updateMe(input: { name: "${name}" }) { email }`;
const nameOf = async (id: string) => (await db.user.findUnique({ where: { id } }))?.name;

test('after logout in the same document, the next mutation is refused with SESSION_ENDED', async () => {
  const ann = await as('ann');
  const { status, data, errors } = await ann.ask(
    `mutation { before: ${rename('Anna')} logout after: ${rename('Nobody')} }`,
  );
  expect(data).toBe(null);
  expect(errors).toMatchObject([{ path: ['after'], extensions: { code: 'SESSION_ENDED' } }]);
  expect(status).toBe(401);
  expect(await nameOf(ann.id)).toBe('Anna');
});

test('after login in the same document, the later fields speak for whoever signed in', async () => {
  const cleo = await as('cleo');
  const bob = await as('bob');
  const LOGIN = `login(input: { email: "${cleo.email}", password: "${PASSWORD}" }) { user { email } }`;
  const anonymous = await ask(`mutation { ${LOGIN} ${rename('Cleopatra')} }`);
  expect(anonymous.data).toEqual({
    login: { user: { email: cleo.email } },
    updateMe: { email: cleo.email },
  });
  const asBob = await bob.ask(`mutation { before: ${rename('Robert')} ${LOGIN} after: ${rename('Queen')} }`);
  expect(asBob.data).toMatchObject({
    before: { email: bob.email },
    after: { email: cleo.email },
  });
  expect(await nameOf(bob.id)).toBe('Robert');
  expect(await nameOf(cleo.id)).toBe('Queen');
});

test.each([
  ['ends their own sessions', (id: string) => `revokeUserSessions(userId: "${id}")`, 'SESSION_ENDED'],
  [
    'takes the role from themselves',
    (id: string) => `setUserRole(userId: "${id}", role: USER) { id }`,
    'TOKEN_EXPIRED',
  ],
  ['disables themselves', (id: string) => `setUserDisabled(userId: "${id}", disabled: true) { id }`, 'SESSION_ENDED'],
])('an admin who %s is no admin for the rest of the document', async (how, change, code) => {
  await as('hal', 'ADMIN');
  const eve = await as(how.replaceAll(' ', '.'), 'ADMIN');
  const bob = await as('bob');
  const promote = `setUserRole(userId: "${bob.id}", role: ADMIN) { role }`;
  expect(await eve.codeOf(`mutation { ${change(eve.id)} promote: ${promote} }`)).toBe(code);
  expect((await db.user.findUniqueOrThrow({ where: { id: bob.id } })).role).toBe('USER');
});

test('after deleteMe in the same document, nothing more is done for who is gone', async () => {
  const gil = await as('gil');
  const { errors } = await gil.ask(`mutation { deleteMe(password: "${PASSWORD}") ${rename('Gone')} }`);
  expect(errors).toMatchObject([{ path: ['updateMe'], extensions: { code: 'SESSION_ENDED' } }]);
  expect(await nameOf(gil.id)).toBeUndefined();
});
