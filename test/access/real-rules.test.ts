import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { beforeEach, expect, test } from 'vitest';
import { rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { objectTypes, rootFields, schemaWith, shownAt, tightened } from './places.ts';

const places = [...rootFields, ...objectTypes];

test('the places are all there are', () => {
  expect(rootFields).toEqual(
    expect.arrayContaining(['Query.me', 'Query.users', 'Mutation.login', 'Mutation.setUserRole']),
  );
  expect(objectTypes).toEqual(expect.arrayContaining(['AuthPayload', 'PageInfo', 'Session', 'User', 'UserConnection']));
});

test.each([...places, ...tightened])('%s shows its rule as a directive and in words', (place) => {
  const { rule, allOf, description } = shownAt(place);
  expect(rule).not.toEqual([]);
  expect(firstParagraphOf(description).endsWith(inWords(rule, allOf)), description).toBe(true);
});

test.each(places)('without the rule of %s there is no schema', (place) => {
  expect(() => schemaWith(place, undefined)).toThrow(`${place} has no access rule. Say who may reach it: auth: ['…']`);
  expect(() => schemaWith(place, [])).toThrow(`${place} has no access rule.`);
  expect(() => schemaWith(place, ['NOBODY'])).toThrow(`${place} names an access rule that does not exist: NOBODY.`);
});

const values = [...places, ...tightened].flatMap((place) => {
  const { rule } = shownAt(place);
  return rule.length > 1 ? rule.map((value) => [value, place] as const) : [];
});

test.each(values)('without %s in the rule of %s, the directive and the words change together', (value, place) => {
  const rest = shownAt(place).rule.filter((name) => name !== value);
  const changed = schemaWith(place, rest);
  expect(shownAt(place, changed).rule).toEqual(rest);
  expect(firstParagraphOf(shownAt(place, changed).description).endsWith(inWords(rest))).toBe(true);

  const difference = changedLines(printSchemaWithDirectives(schema), printSchemaWithDirectives(changed));
  expect(difference.some((line) => line.includes(inWords(rest)))).toBe(true);
  expect(difference.some((line) => line.includes(`@auth(anyOf: [${rest.join(', ')}])`))).toBe(true);
  expect(difference).toHaveLength(2);
});

/** Which is all that GraphiQL shows in a list. */
const firstParagraphOf = (description: string) => description.split('\n\n', 1)[0] ?? '';

function inWords(rule: string[], allOf: string[] = []) {
  const words = (names: string[]) => names.map((name) => rules[name as keyof typeof rules].requires);
  return `Requires: ${[words(rule).join(' or '), ...words(allOf)].join('; and ')}.`;
}

function changedLines(before: string, after: string) {
  const old = before.split('\n');
  return after.split('\n').filter((line, n) => line !== old[n]);
}

let served = schema;
const app = await startApp({ schema: () => served });
beforeEach(() => {
  served = schema;
});

const USER = 'query ($ann: ID!) { user(id: $ann) { email } }';

test.each([
  ['User', 'OWNER', 'ann'],
  ['User', 'ADMIN', 'eve'],
  ['Query.user', 'OWNER', 'ann'],
  ['Query.user', 'ADMIN', 'eve'],
])('in the rule of %s, %s is what lets %s in', async (place, value, name) => {
  const ann = await app.as('ann');
  const eve = await app.as('eve', 'ADMIN');
  const [asker, other] = name === 'ann' ? [ann, eve] : [eve, ann];
  served = schemaWith(
    place,
    shownAt(place).rule.filter((rule) => rule !== value),
  );
  expect(await asker.codeOf(USER, { ann: ann.id })).toBe('FORBIDDEN');
  expect(await other.codeOf(USER, { ann: ann.id })).toBe(null);
  served = schema;
  expect(await asker.codeOf(USER, { ann: ann.id })).toBe(null);
});

test.each([
  ['Query.viewer', ['ADMIN'], '{ viewer { id } }', 'UNAUTHENTICATED'],
  ['Query.users', ['PUBLIC'], '{ users { totalCount } }', 'UNAUTHENTICATED'],
  ['UserConnection', ['PUBLIC'], '{ users { totalCount } }', 'UNAUTHENTICATED'],
])('with another rule on %s, its field and its type both still hold', async (place, rule, query, nobody) => {
  served = schemaWith(place, rule);
  expect(await app.codeOf(query)).toBe(nobody);
  expect(await (await app.as('ann')).codeOf(query)).toBe('FORBIDDEN');
  expect(await (await app.as('eve', 'ADMIN')).codeOf(query)).toBe(null);
});

test('an anonymous me is UNAUTHENTICATED, with the status and the challenge of HTTP', async () => {
  const { status, headers, data, errors } = await app.ask('{ me { id } }');
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(data).toBe(null);
  expect(errors).toMatchObject([{ path: ['me'], extensions: { code: 'UNAUTHENTICATED' } }]);
  expect((await (await app.as('ann')).ask('{ me { email } }')).data.me.email).toBe('ann@example.com');
});
