import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { allOfOf, ruleOf, ruleOfMutation } from '../declaration.ts';
import { refusalOf } from '../enforcing.ts';
import { isJudged } from '../inputs.ts';
import { holds, type Viewer, type Vocabulary } from '../rules.ts';

/** Who gets into each root field, each object type, and each field with a rule of its own; and what the others get. */
export async function accessMatrix(schema: GraphQLSchema, vocabulary: Vocabulary): Promise<MatrixRow[]> {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));
  const rootsFirst = (types as GraphQLObjectType[]).toSorted((a, b) => Number(!ruleOf(b)) - Number(!ruleOf(a)));
  const rows = rootsFirst.flatMap((type) => [
    rowOf(type.name, [asked(type)], vocabulary),
    ...Object.values(type.getFields()).map((field) => {
      const place = `${type.name}.${field.name}`;
      const { asks, deny } = field.extensions.access ?? {};
      if (asks) return rowOf(place, [{ rule: ruleOfMutation(schema, asks.mutation), deny: 'false' }], vocabulary);
      return ruleOf(field) && rowOf(place, [asked(type), { ...asked(field), deny }], vocabulary);
    }),
  ]);
  const inputs = inputsOf(schema).flatMap(({ place, input, info }) => {
    const { refersTo = '' } = input.extensions.access ?? {};
    const referred = schema.getType(refersTo);
    const field = place.includes('(') ? info.parentType.getFields()[info.fieldName] : undefined;
    const before = [
      ...(field ? [{ ...asked(field), deny: field.extensions.access?.deny }] : []),
      { rule: ruleOf(input) },
    ];
    const reached = isObjectType(referred) && isJudged(place, input, info) ? ruleOf(referred) : undefined;
    return [
      ruleOf(input) && rowOf(place, before, vocabulary),
      reached &&
        rowOf(`${place} → ${refersTo}`, [...before, { rule: reached, deny: 'NOT_FOUND' as const }], vocabulary),
    ];
  });
  const all = (await Promise.all([...rows, ...inputs])).filter((row) => row !== undefined);
  // Whoever may set it at all may point it at anything: nothing more to say.
  return all.filter(({ place, cells }) => !place.includes('→') || Object.values(cells).includes('NOT_FOUND'));
}

/** Every argument of a root field, and every field of an input that one takes, each once. */
export function inputsOf(schema: GraphQLSchema) {
  const found = new Map<string, InputPlace>();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const parentType of roots.filter((root) => root != null)) {
    for (const { name: fieldName, type: returnType, args } of Object.values(parentType.getFields())) {
      const info = { parentType, fieldName, returnType };
      const add = (place: string, input: InputPlace['input']) => {
        if (found.has(place)) return;
        found.set(place, { place, input, info });
        const type = getNamedType(input.type);
        if (!isInputObjectType(type)) return;
        for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field);
      };
      for (const arg of args) add(`${parentType.name}.${fieldName}(${arg.name})`, arg);
    }
  }
  return [...found.values()];
}

/** The page that is committed, so that a change of rights is seen in review. */
export function matrixPage(rows: MatrixRow[]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Who may reach what',
    '',
    'Written by `npm run access` from the rules that are enforced, and proven by calling every cell over HTTP. "Owner" is the user to',
    'whom the object belongs, or whom the arguments name; where there is no owner, it is any user. A refusal is shown by its code.',
    '"Allowed" says that the rule of this place lets in: what a root field returns is judged once more, by the rule of its type. The',
    'fields of `viewerCan` answer everybody, with false to whom the mutation would refuse. An argument or input field has a row for who',
    "may set it; with an arrow, for who may point it at something of the owner's.",
    '',
    line(['Place', 'Rule', ...PEOPLE]),
    line(['---', '---', ...PEOPLE.map(() => '---')]),
    ...rows.map(({ place, rule, allOf, cells }) =>
      line([`\`${place}\``, inWords(rule, allOf), ...PEOPLE.map((who) => cells[who])]),
    ),
    '',
  ].join('\n');
}

/** As the page says it: `OWNER or ADMIN, and RECENT`. */
export const inWords = (rule: string[], allOf: string[] = []) => [rule.join(' or '), ...allOf].join(', and ');

const asked = (declared: Parameters<typeof ruleOf>[0]) => ({ rule: ruleOf(declared), allOf: allOfOf(declared) });

/** All of the rules must hold, the first that does not refuses; the last is the place's own, for a field can only tighten its type. */
async function rowOf(
  place: string,
  rules: { rule?: string[] | undefined; allOf?: string[]; deny?: ErrorCode | 'false' | undefined }[],
  vocabulary: Vocabulary,
) {
  const declared = rules.flatMap(({ rule, allOf = [], deny }) =>
    [...(rule ? [{ rule, deny }] : []), ...allOf.map((name) => ({ rule: [name], deny: undefined }))].map((one) => ({
      rule: one.rule,
      deny: one.deny === 'false' ? one.deny : refusalOf(one.rule, one.deny, vocabulary),
    })),
  );
  const own = rules.findLast(({ rule }) => rule);
  if (!own?.rule) return undefined;
  const cellOf = async (who: Person): Promise<[Person, Cell]> => {
    for (const { rule, deny } of declared) {
      const answers = await Promise.all(
        rule.map((name) => {
          const entry = vocabulary[name];
          return entry && holds(entry, VIEWERS[who], { ownerId: () => OWNER_ID, isRelated });
        }),
      );
      if (!answers.includes(true)) return [who, VIEWERS[who] || deny === 'false' ? deny : 'UNAUTHENTICATED'];
    }
    return [who, 'allowed'];
  };
  const cells = Object.fromEntries(await Promise.all(PEOPLE.map(cellOf))) as Record<Person, Cell>;
  return { place, rule: own.rule, allOf: own.allOf ?? [], cells };
}

const viewer = (id: string, role: Viewer['role'], isRecent = true): Viewer => ({
  id,
  role,
  emailVerified: false,
  sessionId: '',
  isRecent,
});

const OWNER_ID = 'owner';
/** For a rule that asks for a relation: add a column with this id, of somebody for whom it holds. */
const RELATED_ID = 'related';
const isRelated = ({ id }: Viewer) => id === RELATED_ID;

/** Whom the matrix has a column for: one of each kind that the rules tell apart. */
export const VIEWERS = {
  anonymous: null,
  'another user': viewer('another', 'USER'),
  owner: viewer(OWNER_ID, 'USER'),
  admin: viewer('admin', 'ADMIN'),
  'admin, signed in long ago': viewer('admin', 'ADMIN', false),
};

export const PEOPLE = Object.keys(VIEWERS) as Person[];

export type Person = keyof typeof VIEWERS;
/** What a viewer gets; for a field of `viewerCan`, where nobody is refused, whether it says true. */
export type Cell = 'allowed' | 'false' | ErrorCode;

export interface InputPlace {
  place: string;
  input: GraphQLArgument | GraphQLInputField;
  /** A root field that takes it. */
  info: Pick<GraphQLResolveInfo, 'parentType' | 'fieldName' | 'returnType'>;
}

export interface MatrixRow {
  /** A type, a type and a field, or an input: `User`, `Query.me`, `Mutation.deleteNote(id)`, `NoteInput.about → User`. */
  place: string;
  rule: string[];
  /** What must hold besides. */
  allOf: string[];
  cells: Record<Person, Cell>;
}
