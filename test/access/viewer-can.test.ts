import { isObjectType } from 'graphql';
import { expect, test, vi } from 'vitest';
import { ruleOfMutation } from '../../src/access/declaration.ts';
import { accessMatrix, PEOPLE, type Person } from '../../src/access/matrix/matrix.ts';
import { rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { PASSWORD } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { documentOf, settingAs, unscopedDocument } from './matrix-cells.ts';
import { newcomer, peopleFor } from './people.ts';
import { objectTypes, schemaWith } from './places.ts';
import { startServing } from './served.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const { app, serving } = await startServing();

/** Every answer of viewerCan: whose type, which field, and the mutation that it is about. */
const ANSWERS = objectTypes.flatMap((name) =>
  Object.values(typeOf(name).getFields()).flatMap((field) => {
    const question = field.extensions.access?.asks;
    return question ? [[name, field.name, question.mutation] as const] : [];
  }),
);

test('it is typed, and asked of users', () => {
  const ofUsers = ANSWERS.filter(([name]) => name === 'UserPermissions').map(([, , mutation]) => mutation);
  expect(ofUsers).toEqual(['setUserRole', 'setUserDisabled', 'revokeUserSessions']);
  expect(String(typeOf('User').getFields()['viewerCan']?.type)).toBe('UserPermissions!');
  for (const [name, field] of ANSWERS) expect(String(typeOf(name).getFields()[field]?.type)).toBe('Boolean!');
});

const claims = ANSWERS.flatMap(([type, field, mutation]) => PEOPLE.map((who) => [type, field, who, mutation] as const));

test.each(claims)('what %s.%s says to %s is what %s does', async (type, field, who, mutation) => {
  const { said, done } = await saidAndDone(type, field, who, mutation);
  expect(said).toBe(done);
});

test('of each it is true to an admin whom the rule names, and false to another user', async () => {
  for (const [type, field, mutation] of ANSWERS) {
    const isNamed = ruleOfMutation(schema, mutation).includes('ADMIN');
    expect(await saidAndDone(type, field, 'admin', mutation)).toEqual({ said: isNamed, done: isNamed });
    if (type === 'UserPermissions') expect(isNamed).toBe(true);
    expect(await saidAndDone(type, field, 'another user', mutation)).toEqual({ said: false, done: false });
  }
});

const others = ANSWERS.flatMap(([type, field, mutation]) =>
  [['ADMIN'], ['AUTHENTICATED'], ['PUBLIC']].map((rule) => [mutation, rule, type, field] as const),
);

test.each(others)(
  'with another rule on %s, %j, the answer of %s.%s is another',
  async (mutation, rule, type, field) => {
    serving.schema = schemaWith(mutation.includes('.') ? mutation : `Mutation.${mutation}`, [...rule]);
    const row = (await accessMatrix(serving.schema, rules)).find(({ place }) => place === `${type}.${field}`);
    expect(row?.rule).toEqual(rule);
    for (const who of PEOPLE) {
      const { said } = await saidAndDone(type, field, who, mutation);
      expect(said, who).toBe(row?.cells[who] === 'allowed');
    }
  },
);

test('it costs no query, however many rows ask', async () => {
  const eve = await newcomer(app, 'ADMIN');
  for (let n = 0; n < 20; n++) await newcomer(app);
  const users = (more: string) => `{ users { nodes { id ${more} } } }`;
  const answers = 'viewerCan { setRole setDisabled revokeSessions }';
  const { data } = await eve.ask(users(answers));
  expect(JSON.stringify(data).match(/"viewerCan"/g)).toHaveLength(20);
  const without = await statementsOf(() => eve.ask(users('')));
  expect(await statementsOf(() => eve.ask(users(answers)))).toHaveLength(without.length);
});

test('it is judged at that moment: who signs in along the way is told what they may do', async () => {
  const ann = await newcomer(app);
  const login = `login(input: { email: "${ann.user.email}", password: "${PASSWORD}" })`;
  const { data } = await app.ask(`mutation { ${login} { user { viewerCan { setRole } } } }`);
  expect(data.login.user).toEqual({ viewerCan: { setRole: false } });
});

/** What viewerCan says of the mutation to somebody, and whether the mutation then lets them in. */
async function saidAndDone(type: string, field: string, who: Person, mutation: string) {
  const { owner, asker } = await peopleFor(who, app);
  const question = await unscopedDocument(typeOf(type), typeOf(type).getFields()[field], owner, app);
  const { data } = await asker.ask(question.query, question.variables);
  if (mutation.includes('.')) {
    return {
      said: data.it[field] as boolean,
      done: (await settingAs(mutation, owner, asker, app, schema)) === 'allowed',
    };
  }
  const act = await documentOf(`Mutation.${mutation}`, schema.getMutationType()?.getFields()[mutation], owner, app);
  // A recent sign-in is left aside: whoever lacks only that is let in.
  const code = await asker.codeOf(act.query, act.variables);
  return { said: data.it[field] as boolean, done: code === null || code === 'REAUTHENTICATION_REQUIRED' };
}

function typeOf(name: string) {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type.`);
  return type;
}
