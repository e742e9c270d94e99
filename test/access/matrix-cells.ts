import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isRequiredArgument,
} from 'graphql';
import { type Cell, inputsOf, PEOPLE, type Person } from '../../src/access/matrix/matrix.ts';
import { builder } from '../../src/graphql/builder.ts';
import type { TestApp } from '../kit/app.ts';
import type { Answer } from '../kit/client.ts';
import { byGraphqlJs } from '../kit/graphql-js.ts';
import { openStream } from '../kit/stream.ts';
import { type Newcomer, peopleFor } from './people.ts';
import { objectTypes } from './places.ts';
import { argumentsOf, sampleOf, settingOf } from './samples.ts';

/** What each kind of person really gets at a place, over HTTP. */
export async function cellsOf(place: string, app: TestApp, schema: GraphQLSchema): Promise<Record<Person, Seen>> {
  const cells = await Promise.all(PEOPLE.map(async (who) => [who, await cellOf(place, who, app, schema)]));
  return Object.fromEntries(cells);
}

async function cellOf(place: string, who: Person, app: TestApp, schema: GraphQLSchema): Promise<Seen> {
  const { owner, asker, accessToken } = await peopleFor(who, app);
  const [input = ''] = place.split(' → ');
  if (inputsOf(schema).some((one) => one.place === input)) return settingAs(input, owner, asker, app, schema);
  const [typeName = '', fieldName = ''] = place.split('.');
  const type = schema.getType(typeName) as GraphQLObjectType;
  const field = type.getFields()[fieldName];
  if (!rootsOf(schema).includes(type)) {
    const { query, variables } = await unscopedDocument(type, field, owner, app);
    return inBothWays(async (query) => seenOf(place, await asker.ask(query, variables), field), query);
  }
  const { query, variables } = await documentOf(place, field, owner, app);
  const seen = async (query: string) => seenOf(place, await asker.ask(query, variables));
  if (type === schema.getQueryType()) return inBothWays(seen, query);
  if (type !== schema.getSubscriptionType()) return seen(query);
  // Who is refused is answered like any other request; who is not has to take a stream.
  const refused = await asker.ask(query, variables, { accept: 'application/json' });
  return refused.status === 406 ? opened(app, query, accessToken) : seenOf(place, refused);
}

/** What a query gives when it is planned, which must be what it gives when graphql-js executes it. */
async function inBothWays(ask: (query: string) => Promise<Seen>, query: string): Promise<Seen> {
  const [planned, reference] = await Promise.all([ask(query), ask(byGraphqlJs(query))]);
  return planned === reference ? planned : `${planned}, but ${reference} by graphql-js`;
}

/** What somebody gets who sets the input to something of the owner's. */
export async function settingAs(
  input: string,
  owner: Newcomer,
  asker: Newcomer | TestApp,
  app: TestApp,
  schema: GraphQLSchema,
): Promise<Seen> {
  const { info } = inputsOf(schema).find(({ place }) => place === input) ?? {};
  const root = `${info?.parentType.name}.${info?.fieldName}`;
  const field = info?.parentType.getFields()[info.fieldName];
  const variables = await settingOf(input)(owner, 'user' in asker ? asker : null, app);
  return seenOf([input, root], await asker.ask(...callOf(root, field, variables)));
}

/** A document that reaches the root field and nothing beyond it; says what to add where nobody can call it. */
export async function documentOf(place: string, field: Field | undefined, owner: Newcomer, app: TestApp) {
  if (!field) throw new Error(`There is no ${place}.`);
  const variables = (await argumentsOf(place)?.(owner, app)) ?? {};
  const missing = field.args.filter((arg) => isRequiredArgument(arg) && !(arg.name in variables));
  if (missing.length > 0) {
    throw new Error(
      `Nobody can call ${place} without ${missing.map(({ name }) => name).join(', ')}. Add arguments that are about the owner to the samples of its domain (test/access/samples.ts).`,
    );
  }
  const [query] = callOf(place, field, variables);
  return { query, variables };
}

/** A document that calls the root field with these variables, and them. */
function callOf(place: string, field: Field | undefined, variables: object): [query: string, variables: object] {
  if (!field) throw new Error(`There is no ${place}.`);
  const args = field.args.filter(({ name }) => name in variables);
  const declared = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = args.map(({ name }) => `${name}: $${name}`).join(', ');
  const operation = place.split('.')[0]?.toLowerCase();
  const query = `${operation}${declared && ` (${declared})`} { ${field.name}${passed && `(${passed})`}${selectionOf(field)} }`;
  return [query, variables];
}

/** Adds a way to each object type that asks nobody, so that the type's own rule stands alone between an object and who asks. */
export function addUnscopedFields() {
  for (const name of objectTypes) {
    if (builder.configStore.getFields('Query' as never).has(`any${name}`)) continue;
    builder.queryField(`any${name}`, (t) =>
      t.field({
        type: name as never,
        nullable: true,
        auth: ['PUBLIC'],
        args: { of: t.arg.string({ required: true }) },
        resolve: (_root, { of }) => held.get(of) as never,
      }),
    );
  }
}

/** A document that asks for a field of an object that belongs to the owner, or for nothing but its type. */
export async function unscopedDocument(
  { name }: GraphQLObjectType,
  field: Field | undefined,
  owner: Newcomer,
  app: TestApp,
) {
  held.set(owner.user.id, await sampleOf(name)(owner, app));
  const selection = field ? `${field.name}${selectionOf(field)}` : '__typename';
  return {
    query: `query ($of: String!) { it: any${name}(of: $of) { ${selection} } }`,
    variables: { of: owner.user.id },
  };
}

/** What the unscoped fields hand out, by the owner's id. */
const held = new Map<string, unknown>();

const selectionOf = (field: Field) => (isLeafType(getNamedType(field.type)) ? '' : ' { __typename }');

async function opened(app: TestApp, query: string, accessToken: string): Promise<Seen> {
  const stream = await openStream(app.url, query, accessToken);
  stream.close();
  return 'allowed';
}

/**
 * A refusal counts only if it is the place's own rule that refuses, or its type's: a resolver that happens to give the same code would
 * hide that the rule is gone.
 */
function seenOf(places: string | string[], { data, errors }: Answer, field?: Field): Seen {
  const error = errors?.[0];
  if (error) {
    const { code, rule } = error.extensions;
    const own = [places].flat();
    return [...own, ...own.map((place) => place.split('.')[0])].includes(rule?.on)
      ? (code as Cell)
      : `${code}, but not by its rule`;
  }
  if (field?.extensions.access?.asks) return data.it[field.name] ? 'allowed' : 'false';
  return 'it' in data && data.it === null ? 'nothing' : 'allowed';
}

const rootsOf = (schema: GraphQLSchema) => [
  schema.getQueryType(),
  schema.getMutationType(),
  schema.getSubscriptionType(),
];

type Field = GraphQLField<unknown, unknown>;
type Seen = Cell | 'nothing' | `${string}, but ${string}`;
