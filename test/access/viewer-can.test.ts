import { isObjectType } from 'graphql';
import { beforeEach, expect, test, vi } from 'vitest';
import { accessMatrix, PEOPLE, type Person } from '../../src/access/matrix.ts';
import { rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { seedTasks } from '../tasks/kit.ts';
import { addUnscopedFields, documentOf, unscopedDocument } from './matrix-cells.ts';
import { newcomer, peopleFor } from './matrix-people.ts';
import { schemaWith } from './places.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
addUnscopedFields();
const unscoped = schemaWith('Query.me', ['AUTHENTICATED']);
// Yoga asks for the schema with each request.
let served = unscoped;
const app = await startApp({ schema: (() => served) as never });
beforeEach(() => {
  served = unscoped;
});

/** Every answer of viewerCan: whose type, which field, and the mutation that it is about. */
const ANSWERS = ['TaskPermissions', 'UserPermissions'].flatMap((name) =>
  Object.values(typeOf(name).getFields()).map(
    (field) => [name, field.name, String(field.extensions.access?.asks?.mutation)] as const,
  ),
);

test('it is typed, and asked of tasks and users', () => {
  expect(ANSWERS.map(([, , mutation]) => mutation)).toEqual([
    'updateTask',
    'deleteTask',
    'setUserRole',
    'setUserDisabled',
    'revokeUserSessions',
  ]);
  for (const name of ['Task', 'User']) {
    expect(String(typeOf(name).getFields()['viewerCan']?.type)).toBe(`${name}Permissions!`);
    for (const { type } of Object.values(typeOf(`${name}Permissions`).getFields()))
      expect(String(type)).toBe('Boolean!');
  }
});

const claims = ANSWERS.flatMap(([type, field, mutation]) => PEOPLE.map((who) => [type, field, who, mutation] as const));

test.each(claims)('what %s.%s says to %s is what %s does', async (type, field, who, mutation) => {
  const { said, done } = await saidAndDone(type, field, who, mutation);
  expect(said).toBe(done);
});

test('of each it is true to an admin and false to another user', async () => {
  for (const [type, field, mutation] of ANSWERS) {
    expect(await saidAndDone(type, field, 'admin', mutation)).toEqual({ said: true, done: true });
    expect(await saidAndDone(type, field, 'another user', mutation)).toEqual({ said: false, done: false });
  }
});

const others = ANSWERS.flatMap(([type, field, mutation]) =>
  [['ADMIN'], ['AUTHENTICATED'], ['PUBLIC']].map((rule) => [mutation, rule, type, field] as const),
);

test.each(others)(
  'with another rule on %s, %j, the answer of %s.%s is another',
  async (mutation, rule, type, field) => {
    served = schemaWith(`Mutation.${mutation}`, [...rule]);
    const row = (await accessMatrix(served, rules)).find(({ place }) => place === `${type}.${field}`);
    expect(row?.rule).toEqual(rule);
    for (const who of PEOPLE) {
      const { said } = await saidAndDone(type, field, who, mutation);
      expect(said, who).toBe(row?.cells[who] === 'allowed');
    }
  },
);

test('it costs no query, however many rows ask', async () => {
  const ann = await newcomer(app);
  const eve = await newcomer(app, 'ADMIN');
  await seedTasks(
    app.db,
    ann.user.id,
    Array.from({ length: 19 }, () => ({})),
  );
  const tasks = (more: string) => `{ tasks { nodes { id owner { id ${more && 'viewerCan { setRole }'} } ${more} } } }`;
  const users = (more: string) =>
    `{ users { nodes { id tasks { nodes { id ${more && 'viewerCan { update }'} } } ${more} } } }`;
  for (const [asker, query, answers] of [
    [ann, tasks, 'viewerCan { update delete }'],
    [eve, users, 'viewerCan { setRole setDisabled revokeSessions }'],
  ] as const) {
    const { data } = await asker.ask(query(answers));
    expect(JSON.stringify(data).match(/"viewerCan"/g)?.length).toBeGreaterThanOrEqual(20);
    const without = await statementsOf(() => asker.ask(query('')));
    expect(await statementsOf(() => asker.ask(query(answers)))).toHaveLength(without.length);
  }
});

test('it is judged at that moment: who signs in along the way is told what they may do', async () => {
  const ann = await newcomer(app);
  const login = `login(input: { email: "${ann.user.email}", password: "${PASSWORD}" })`;
  const { data } = await app.ask(
    `mutation { ${login} { user { viewerCan { setRole } tasks { nodes { viewerCan { update } } } } } }`,
  );
  expect(data.login.user).toEqual({
    viewerCan: { setRole: false },
    tasks: { nodes: [{ viewerCan: { update: true } }] },
  });
});

/** What viewerCan says of the mutation to somebody, and whether the mutation then lets them in. */
async function saidAndDone(type: string, field: string, who: Person, mutation: string) {
  const { owner, asker } = await peopleFor(who, app);
  const question = await unscopedDocument(typeOf(type), typeOf(type).getFields()[field], owner, app);
  const { data } = await asker.ask(question.query, question.variables);
  const act = await documentOf(`Mutation.${mutation}`, schema.getMutationType()?.getFields()[mutation], owner, app);
  return { said: data.it[field] as boolean, done: (await asker.codeOf(act.query, act.variables)) === null };
}

function typeOf(name: string) {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type.`);
  return type;
}
