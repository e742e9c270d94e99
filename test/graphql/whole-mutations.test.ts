import { beforeEach, expect, test } from 'vitest';
import { builder } from '../../src/graphql/builder.ts';
import { User } from '../../src/users/schema.ts';
import { schemaWith } from '../access/places.ts';
import { startApp } from '../kit/app.ts';

let done = 0;
// As if whoever wrote it had forgotten to ask whose it is, before or in the where.
builder.mutationField('renameAnybody', (t) =>
  t.field({
    type: User,
    nullable: true,
    auth: ['AUTHENTICATED'],
    args: { id: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
    resolve: (_root, { id, name }, { db }) => {
      done += 1;
      return db.user.update({ where: { id }, data: { name } });
    },
  }),
);
builder.objectField(User, 'broken', (t) =>
  t.string({
    nullable: true,
    resolve: () => {
      throw new Error('kaboom');
    },
  }),
);
builder.objectField(User, 'unknowable', (t) =>
  t.boolean({
    nullable: true,
    resolve: async (_user, _args, { db }) => (await db.$queryRaw<object[]>`SELECT 1 FROM "Nowhere"`).length > 0,
  }),
);

const whole = schemaWith('User.name', ['ADMIN']);
let served = whole;
const { as, ask, db, logged } = await startApp({ schema: () => served });
const ann = await as('ann');
const bob = await as('bob');
const eve = await as('eve', 'ADMIN');
beforeEach(async () => {
  served = whole;
  await db.user.updateMany({ data: { name: 'before' } });
});

const nameOf = async ({ id }: { id: string }) => (await db.user.findUnique({ where: { id } }))?.name;
const RENAME = 'updateMe(input: { name: "after" })';

test.each([
  ['a field', `mutation { ${RENAME} { id name } }`],
  ['an alias', `mutation { it: ${RENAME} { id secret: name } }`],
  [
    'a fragment',
    `mutation { ...F } fragment F on Mutation { ${RENAME} { ... on User { ...G } } } fragment G on User { name }`,
  ],
  ['a variable that includes it', `mutation ($yes: Boolean = true) { ${RENAME} { id name @include(if: $yes) } }`],
])('an answer that is certain to be refused is refused before anything is done: %s', async (_by, query) => {
  const { data, errors } = await ann.ask(query);
  expect({ data, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
    data: null,
    codes: ['FORBIDDEN'],
  });
  expect(errors?.[0]?.path?.at(-1)).toMatch(/name|secret/);
  expect(await nameOf(ann)).toBe('before');
  expect((await eve.ask(query)).errors).toBeUndefined();
  expect(await nameOf(eve)).toBe('after');
});

test('then not even its resolver is called', async () => {
  done = 0;
  const query = (more: string) => `mutation { renameAnybody(id: "${ann.id}", name: "after") { ${more} } }`;
  expect(await ann.codeOf(query('id name'))).toBe('FORBIDDEN');
  expect(done).toBe(0);
  expect(await ann.codeOf(query('id'))).toBeNull();
  expect(done).toBe(1);
});

test('what is left out of the answer refuses nothing', async () => {
  const query = `mutation ($no: Boolean = true) { ${RENAME} { id name @skip(if: $no) } }`;
  expect((await ann.ask(query)).errors).toBeUndefined();
  expect(await nameOf(ann)).toBe('after');
});

const anybody = (id: string, more = 'email') => `renameAnybody(id: "${id}", name: "after") { ${more} }`;

test('an answer that only its object can refuse undoes what was done', async () => {
  const foreign = await bob.ask(`mutation { ${anybody(ann.id)} }`);
  expect(foreign).toMatchObject({ data: { renameAnybody: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  expect(await nameOf(ann)).toBe('before');
  expect((await ann.ask(`mutation { ${anybody(ann.id)} }`)).data).toEqual({ renameAnybody: { email: ann.email } });
  expect(await nameOf(ann)).toBe('after');
});

test.each([
  ['fails', 'broken', 'INTERNAL_SERVER_ERROR'],
  ['fails in the database', 'unknowable', 'INTERNAL_SERVER_ERROR'],
])('an answer that %s undoes what was done', async (_how, field, code) => {
  const { data, errors } = await ann.ask(`mutation { ${anybody(ann.id, field)} }`);
  expect({ data, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
    data: { renameAnybody: null },
    codes: [code],
  });
  expect(errors?.[0]?.path).toEqual(['renameAnybody', field]);
  expect(await nameOf(ann)).toBe('before');
});

test('of several, each is whole or undone, and where nothing may be null the rest is not done', async () => {
  const three = (second: string) =>
    `mutation { a: ${anybody(bob.id)} b: ${second} c: renameAnybody(id: "${bob.id}", name: "last") { email } }`;
  const { data, errors } = await bob.ask(three(anybody(ann.id)));
  expect(data).toEqual({ a: { email: bob.email }, b: null, c: { email: bob.email } });
  expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'FORBIDDEN' } }]);
  expect([await nameOf(ann), await nameOf(bob)]).toEqual(['before', 'last']);

  await db.user.updateMany({ data: { name: 'before' } });
  const stopped = await bob.ask(three('setUserRole(userId: "x", role: ADMIN) { id }'));
  expect(stopped).toMatchObject({ data: null, errors: [{ path: ['b'], extensions: { code: 'FORBIDDEN' } }] });
  expect(await nameOf(bob)).toBe('after');
});

test('who takes a right from themselves is told so, and what follows is refused before it is done', async () => {
  const root = await as('root', 'ADMIN');
  const demote = `setUserRole(userId: "${root.id}", role: USER) { email role }`;
  const promote = `setUserRole(userId: "${bob.id}", role: ADMIN) { role }`;
  const { data, errors } = await root.ask(`mutation { ${demote} next: ${anybody(root.id)} }`);
  expect(data).toEqual({ setUserRole: { email: root.email, role: 'USER' }, next: null });
  expect(errors).toMatchObject([{ path: ['next'], extensions: { code: 'TOKEN_EXPIRED' } }]);
  expect(await nameOf(root)).toBe('root');
  const gus = await as('gus', 'ADMIN');
  expect(await gus.codeOf(`mutation { revokeUserSessions(userId: "${gus.id}") ${promote} }`)).toBe('SESSION_ENDED');
  expect((await db.user.findUnique({ where: { id: bob.id } }))?.role).toBe('USER');
});

test('who signs in is told what they may see by then', async () => {
  const login = `login(input: { email: "${eve.email}", password: "correct horse battery staple" })`;
  expect((await ask(`mutation { ${login} { user { name } } }`)).data).toEqual({ login: { user: { name: 'before' } } });
});

test('somebody anonymous is refused before, too', async () => {
  const { status, data, errors } = await ask(`mutation { ${anybody(ann.id)} }`);
  expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({
    status: 401,
    data: { renameAnybody: null },
    code: 'UNAUTHENTICATED',
  });
  expect(await nameOf(ann)).toBe('before');
});

test.each([
  ['setUserRole', 'role: ADMIN', 'TOKEN_EXPIRED'],
  ['setUserDisabled', 'disabled: true', 'SESSION_ENDED'],
])(
  '%s is undone with an answer that fails, and then no right has changed, no session has ended and nothing is told',
  async (name, change, code) => {
    const cid = await as(`cid${name}`);
    const mutation = (more: string) => `mutation { ${name}(userId: "${cid.id}", ${change}) { id ${more} } }`;
    const rights = { where: { id: cid.id }, select: { role: true, disabled: true, rightsVersion: true } };
    const told = () => logged.filter((line) => /"event":"(ROLE|STATUS)_CHANGED"/.test(line) && line.includes(cid.id));
    const before = await db.user.findUnique(rights);
    expect(await eve.codeOf(mutation('broken'))).toBe('INTERNAL_SERVER_ERROR');
    expect(await db.user.findUnique(rights)).toEqual(before);
    expect(await cid.codeOf('{ me { id } }')).toBeNull();
    expect(told()).toEqual([]);
    expect(await eve.codeOf(mutation(''))).toBeNull();
    expect(told()).toHaveLength(1);
    expect(await cid.codeOf('{ me { id } }')).toBe(code);
  },
);
