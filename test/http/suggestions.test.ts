import { isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';

const production = await startApp({ env: PRODUCTION });
const development = await startApp();

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const fields = types
  .filter(isObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
const inputs = types.filter(isInputObjectType);
const enums = types.filter(isEnumType);

/** Every name of the schema with a letter too many, in each place where a document may have it. */
const MISSPELT: Record<string, [query: string, variables?: object][]> = {
  types: types.map(({ name }) => [`{ __typename } fragment F on ${name}x { __typename }`]),
  'types of variables': types.map(({ name }) => [`query ($v: ${name}x) { __typename }`]),
  fields: fields.map(({ type, field }) => [`{ __typename } fragment F on ${type} { ${field.name}x }`]),
  'fields without a selection': fields
    .filter(({ field }) => !/String|Int|ID|Boolean/.test(String(field.type)))
    .map(({ type, field }) => [`{ __typename } fragment F on ${type} { ${field.name} }`]),
  arguments: fields.flatMap(({ type, field }) =>
    field.args.map(({ name }): [string] => [`{ __typename } fragment F on ${type} { ${field.name}(${name}x: 1) }`]),
  ),
  'enum values': enums.flatMap((type) =>
    type.getValues().map(({ name }): [string] => [`query ($v: ${type} = ${name}x) { __typename }`]),
  ),
  'fields of inputs': inputs.flatMap((type) =>
    Object.keys(type.getFields()).map((name): [string] => [`query ($v: ${type} = { ${name}x: 1 }) { __typename }`]),
  ),
  'enum values in variables': enums.flatMap((type) =>
    type.getValues().map(({ name }): [string, object] => [`query ($v: ${type}) { __typename }`, { v: `${name}x` }]),
  ),
  'fields of inputs in variables': inputs.flatMap((type) =>
    Object.keys(type.getFields()).map((name): [string, object] => [
      `query ($v: ${type}) { __typename }`,
      { v: { [`${name}x`]: 1 } },
    ]),
  ),
  directives: schema.getDirectives().map(({ name }) => [`{ __typename @${name}x }`]),
  'arguments of directives': schema
    .getDirectives()
    .flatMap(({ name, args }) => args.map((arg): [string] => [`{ __typename @${name}(${arg.name}x: 1) }`])),
};
/** Where development, too, says only that a name or a value does not fit. */
const SUGGESTED = ['types', 'types of variables', 'fields', 'fields without a selection'];

async function suggestions({ ask }: typeof production, place: string) {
  const sent = MISSPELT[place] ?? [];
  const answers = await Promise.all(sent.map(([query, variables]) => ask(query, variables, HTTPS)));
  for (const { errors } of answers) expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  return answers.map(({ errors }) => JSON.stringify(errors)).filter((text) => /did you mean/i.test(text));
}

test.each(Object.keys(MISSPELT))(
  '"did you mean" for %s is off in production, whatever name is misspelt',
  async (place) => {
    expect(MISSPELT[place]).not.toEqual([]);
    expect(await suggestions(production, place)).toEqual([]);
  },
);

test.each(SUGGESTED)('"did you mean" for %s is on in development', async (place) => {
  expect((await suggestions(development, place)).length).toBeGreaterThan((MISSPELT[place]?.length ?? 0) / 2);
});
