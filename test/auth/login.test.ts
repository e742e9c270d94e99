import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';

const app = await startApp();
const WRONG = 'wrong horse battery staple';
const MALFORMED = [
  '',
  'x',
  '$2b$12$KIXQ4o5Y1k1n8dR7mJ7mUe1Q2',
  '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=19456',
];

test('the right email and password sign in, in whatever case and with whatever space around the email', async () => {
  const ann = await app.as('ann');
  for (const email of ['ann@example.com', '  ANN@Example.COM\n', '\ufeffAnn@example.com\u00a0']) {
    const { data } = await app.ask(LOGIN, { input: { email, password: PASSWORD } });
    expect(data.login.user.id).toBe(ann.id);
  }
});

test('every failure is the same answer', async () => {
  await app.as('bob');
  await app.as('dan');
  await app.db.user.update({ where: { email: 'dan@example.com' }, data: { disabled: true } });
  const failures = {
    wrong: { email: 'bob@example.com', password: WRONG },
    unknown: { email: 'nobody@example.com', password: PASSWORD },
    disabled: { email: 'dan@example.com', password: PASSWORD },
    empty: { email: 'bob@example.com', password: '' },
    'over-long': { email: 'bob@example.com', password: PASSWORD.repeat(100) },
    'half a character': { email: 'bob@example.com', password: '\ud800'.repeat(20) },
    'no email': { email: '', password: PASSWORD },
    'an endless email': { email: 'é'.repeat(20_000), password: PASSWORD },
    'NUL in the email': { email: 'bob@example.com\0', password: PASSWORD },
    'half a character in the email': { email: 'bob\ud800@example.com', password: PASSWORD },
    'an email of a look-alike': { email: 'ＢOB@example.com', password: PASSWORD },
  };
  const answers = [];
  for (const input of Object.values(failures)) {
    const { status, headers, data, errors } = await app.ask(LOGIN, { input });
    answers.push(JSON.stringify({ status, data, errors, challenge: headers.get('www-authenticate') }));
  }
  expect([...new Set(answers)]).toHaveLength(1);
  expect(answers[0]).toContain('INVALID_CREDENTIALS');
});

test.each(MALFORMED)('a stored hash that is none (%s) fails like a wrong password', async (hash) => {
  const { email } = await app.as(`malformed${MALFORMED.indexOf(hash)}`);
  await app.db.password.updateMany({ where: { user: { email } }, data: { hash } });
  for (const password of [PASSWORD, '']) {
    expect(await app.codeOf(LOGIN, { input: { email, password } })).toBe('INVALID_CREDENTIALS');
  }
});

test('an account without a stored password cannot be signed in to', async () => {
  const { email } = await app.as('eve');
  await app.db.password.deleteMany({ where: { user: { email } } });
  expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBe('INVALID_CREDENTIALS');
});

test('changing the password needs the current one, and then only the new one signs in', async () => {
  const fay = await app.as('fay');
  const change = (currentPassword: string, newPassword: string) =>
    fay.codeOf('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }', {
      input: { currentPassword, newPassword },
    });
  expect(await change(WRONG, 'another horse battery staple')).toBe('INVALID_CREDENTIALS');
  expect(await change(PASSWORD, 'unbelievable')).toBe('WEAK_PASSWORD');
  expect(await app.codeOf(LOGIN, { input: { email: fay.email, password: PASSWORD } })).toBeNull();
  expect(await change(PASSWORD, 'another horse battery staple')).toBeNull();
  expect(await app.codeOf(LOGIN, { input: { email: fay.email, password: PASSWORD } })).toBe('INVALID_CREDENTIALS');
  const input = { email: fay.email, password: 'another horse battery staple' };
  expect(await app.codeOf(LOGIN, { input })).toBeNull();
});

test('no answer and no line of the log, at any level, holds a password or a hash', async () => {
  const secrets = ['purple monkey dishwasher', 'unbelievable', 'green monkey dishwasher', 'x'.repeat(200)] as const;
  const [password, common, other, endless] = secrets;
  const email = 'gil@example.com';
  const answers = [];
  for (const [query, input] of [
    [SIGNUP, { email, password: common }],
    [SIGNUP, { email, password }],
    [SIGNUP, { email, password }],
    [SIGNUP, { email: 'no email', password }],
    [SIGNUP, { email: { password }, password: [password] }],
    [SIGNUP, { email, password, secret: password }],
    [LOGIN, { email, password }],
    [LOGIN, { email, password: other }],
    [LOGIN, { email, password: endless }],
    [LOGIN, { email: password, password: other }],
  ] as const) {
    answers.push(await app.ask(query, { input }));
  }
  answers.push(
    await app.ask(`mutation { login(input: { email: "${email}", password: "${password}" } { user { id } } }`),
  );
  answers.push(await app.ask(`mutation { login(input: { email: 7, password: "${password}" }) { user { id } } }`));
  await app.db.$executeRaw`ALTER TABLE "User" RENAME TO "Elsewhere"`;
  answers.push(await app.ask(LOGIN, { input: { email, password } }));
  answers.push(await app.ask(SIGNUP, { input: { email: 'hal@example.com', password } }));
  await app.db.$executeRaw`ALTER TABLE "Elsewhere" RENAME TO "User"`;

  const said = JSON.stringify(answers) + app.logged.join('\n');
  for (const secret of [...secrets, '$argon2id$']) expect(said).not.toContain(secret);
  expect(app.logged.join('\n'), 'the log was on').toContain('WEAK_PASSWORD');
});
