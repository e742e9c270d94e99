import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { accessMatrix, inputsOf, matrixPage } from '../../src/access/matrix/matrix.ts';
import { rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { cellsOf, documentOf } from './matrix-cells.ts';
import { newcomer } from './people.ts';
import { objectTypes, rootFields, schemaWith, tightened } from './places.ts';
import { DOMAINS, sampleOf } from './samples.ts';
import { startServing } from './served.ts';

const matrix = await accessMatrix(schema, rules);
const rows = matrix.map(({ place, cells }) => [place, cells] as const);
const places = matrix.map(({ place }) => place);

const { app, serving } = await startServing();

test('docs/access.md is what the code says', () => {
  expect(readFileSync('docs/access.md', 'utf8'), 'run: npm run access').toBe(matrixPage(matrix));
});

test('the matrix has every root field, every object type, every field with a rule of its own, and all of viewerCan', () => {
  const viewerCan = places.filter((place) => place.includes('Permissions.'));
  expect(viewerCan).toContain('UserPermissions.setRole');
  const inputs = inputsOf(schema).flatMap(({ place, input }) => [
    place,
    `${place} → ${input.extensions.access?.refersTo}`,
  ]);
  const ofOutputs = places.filter((place) => !inputs.includes(place));
  expect([...ofOutputs].sort()).toEqual([...rootFields, ...objectTypes, ...tightened, ...viewerCan].sort());
});

test.each(rows)('%s gives everybody what the matrix says', async (place, cells) => {
  expect(await cellsOf(place, app, serving.schema)).toEqual(cells);
});

test('a rule that tightens a type gets a row, whose cells are proven like the others', async () => {
  serving.schema = schemaWith('User.name', ['ADMIN']);
  const row = (await accessMatrix(serving.schema, rules)).find(({ place }) => place === 'User.name');
  expect(row?.cells).toMatchObject({
    anonymous: 'UNAUTHENTICATED',
    'another user': 'FORBIDDEN',
    owner: 'FORBIDDEN',
    admin: 'allowed',
  });
  expect(await cellsOf('User.name', app, serving.schema)).toEqual(row?.cells);
});

test('a new root field or type without test data is told what to add', async () => {
  const owner = await newcomer(app);
  const fields = buildSchema('type Query { note(id: ID!, of: ID): Int, notes: Int }').getQueryType()?.getFields() ?? {};
  await expect(documentOf('Query.note', fields['note'], owner, app)).rejects.toThrow(
    'Nobody can call Query.note without id. Add arguments that are about the owner to the samples of its domain (test/access/samples.ts).',
  );
  expect((await documentOf('Query.notes', fields['notes'], owner, app)).query).toBe('query { notes }');
  expect(() => sampleOf('Rumour')).toThrow('There is no Rumour to show to anybody. Add one');
  const sampled = DOMAINS.flatMap((domain) => Object.keys({ ...domain.arguments, ...domain.objects }));
  expect(places).toEqual(expect.arrayContaining(sampled));
});
