import { expect, test } from 'vitest';
import { accessMatrix, inputsOf } from '../../src/access/matrix/matrix.ts';
import { type Rule, rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { quickSampleOf } from '../kit/thorough.ts';
import { cellsOf } from './matrix-cells.ts';
import { objectTypes, rootFields, schemaDeclaring, schemaWith, shownAt, tightened } from './places.ts';
import { startServing } from './served.ts';

const matrix = await accessMatrix(schema, rules);
const places = matrix.map(({ place }) => place);

const { app, serving } = await startServing();

/** Where a recent sign-in must be besides, it says already that somebody is signed in. */
const isImplied = ({ rule, allOf }: { rule: string[]; allOf: string[] }) =>
  rule.join() === 'AUTHENTICATED' && allOf.length > 0;
const closed = [...rootFields, ...objectTypes, ...tightened].filter(
  (place) => !shownAt(place).rule.includes('PUBLIC') && !isImplied(shownAt(place)),
);

test('most places have a rule to switch off', () => {
  expect(closed.length).toBeGreaterThan(matrix.length / 2);
});

test.each(closed)('without the rule of %s, somebody gets what the matrix does not say', async (place) => {
  serving.schema = schemaWith(place, ['PUBLIC']);
  expect(await cellsOf(place, app, serving.schema)).not.toEqual(saidOf(place));
});

const besides = matrix.filter(({ allOf }) => allOf.length > 0).map(({ place }) => place);

test.each(besides)('without what must hold besides, %s gives somebody what the matrix does not say', async (place) => {
  serving.schema = schemaDeclaring(place, { allOf: undefined });
  expect(await cellsOf(place, app, serving.schema)).not.toEqual(saidOf(place));
});

const inputPlaces = inputsOf(schema).map(({ place }) => place);
const settable = places.filter((place) => inputPlaces.includes(place));
const referring = places.filter((place) => place.includes('→')).map((place) => place.replace(/ → .*/, ''));

test.each(settable)('without the rule of setting %s, somebody gets what the matrix does not say', async (place) => {
  serving.schema = schemaWith(place, ['PUBLIC']);
  expect(await cellsOf(place, app, serving.schema)).not.toEqual(saidOf(place));
});

test.each(referring)(
  'were what %s names not looked up, somebody would get what the matrix does not say',
  async (place) => {
    expect(() => schemaDeclaring(place, { refersTo: undefined })).toThrow(
      `${place} is an ID and does not say of what.`,
    );
    serving.schema = schemaDeclaring(place, { answersItself: true });
    const arrow = places.find((row) => row.startsWith(`${place} →`)) ?? '';
    expect(await cellsOf(arrow, app, serving.schema)).not.toEqual(saidOf(arrow));
  },
);

/** Each rule that is nearly right: open to every signed-in user, or without one of its values. */
const nearlyRight = closed.flatMap((place) => {
  const { rule } = shownAt(place);
  const narrower = rule.length > 1 ? rule.map((value) => rule.filter((other) => other !== value)) : [];
  const wider = rule.includes('AUTHENTICATED') ? ['ADMIN'] : ['AUTHENTICATED'];
  return [wider, ...narrower].map((other) => [other.join(' or '), place] as const);
});

test.each(quickSampleOf(nearlyRight))('nor does %s in the rule of %s go unnoticed', async (rule, place) => {
  serving.schema = schemaWith(place, rule.split(' or '));
  expect(await cellsOf(place, app, serving.schema)).not.toEqual(saidOf(place));
});

const wrong = Object.keys(rules).flatMap((name) => [true, false].map((answer) => [name, answer] as const));
const changing = wrong.filter(([name, answer]) => !(name === 'PUBLIC' && answer));

test.each(changing)('a %s that always says %s is noticed wherever it stands', async (name, answer) => {
  const rule: Rule = rules[name as keyof typeof rules];
  const { requires, description, ...way } = rule;
  Object.assign(clear(rule), { requires, description, who: () => answer });
  try {
    const rows = matrix.filter((row) => [...(isImplied(row) ? [] : row.rule), ...row.allOf].includes(name));
    const places = rows.map(({ place }) => place);
    for (const place of quickSampleOf(places))
      expect(await cellsOf(place, app, serving.schema), place).not.toEqual(saidOf(place));
  } finally {
    Object.assign(clear(rule), { requires, description, ...way });
  }
});

const saidOf = (place: string) => matrix.find((row) => row.place === place)?.cells;

function clear(rule: object) {
  for (const name of Object.keys(rule)) Reflect.deleteProperty(rule, name);
  return rule;
}
