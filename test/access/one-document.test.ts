import { expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';

const { as, ask, db } = await startApp();

const CREATE = 'createTask(input: { title: "Buy milk" }) { owner { email } }';
const tasksOf = (ownerId: string) => db.task.count({ where: { ownerId } });

test('after logout in the same document, createTask is refused with SESSION_ENDED', async () => {
  const ann = await as('ann');
  const { status, data, errors } = await ann.ask(`mutation { before: ${CREATE} logout after: ${CREATE} }`);
  expect(data).toBe(null);
  expect(errors).toMatchObject([{ path: ['after'], extensions: { code: 'SESSION_ENDED' } }]);
  expect(status).toBe(401);
  expect(await tasksOf(ann.id)).toBe(1);
});

test('after login in the same document, the later fields speak for whoever signed in', async () => {
  const cleo = await as('cleo');
  const bob = await as('bob');
  const LOGIN = `login(input: { email: "${cleo.email}", password: "${PASSWORD}" }) { user { email } }`;
  const anonymous = await ask(`mutation { ${LOGIN} ${CREATE} }`);
  expect(anonymous.data).toEqual({
    login: { user: { email: cleo.email } },
    createTask: { owner: { email: cleo.email } },
  });
  const asBob = await bob.ask(`mutation { before: ${CREATE} ${LOGIN} after: ${CREATE} }`);
  expect(asBob.data).toMatchObject({
    before: { owner: { email: bob.email } },
    after: { owner: { email: cleo.email } },
  });
  expect(await tasksOf(bob.id)).toBe(1);
  expect(await tasksOf(cleo.id)).toBe(2);
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
  const { errors } = await gil.ask(`mutation { deleteMe(password: "${PASSWORD}") ${CREATE} }`);
  expect(errors).toMatchObject([{ path: ['createTask'], extensions: { code: 'SESSION_ENDED' } }]);
  expect(await tasksOf(gil.id)).toBe(0);
});
