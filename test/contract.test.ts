import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  Kind,
  type NameNode,
  parse,
  print,
} from 'graphql';
import { expect, test } from 'vitest';
import { printSdl } from '../src/schema.ts';

/** Each domain may bring a part of its own, which extends what the others promise. */
const parts = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('contract.graphql'),
);
const texts = parts.map((path) => readFileSync(join('test', path), 'utf8'));
const contract = parse(texts.join('\n').replaceAll(/^extend /gm, ''));
const built = parse(printSdl());

test('the schema holds everything that the contract promises: names, types, arguments, defaults, directives', () => {
  const there = new Set(factsOf(built));
  expect([...factsOf(contract)].filter((fact) => !there.has(fact))).toEqual([]);
});

test('what the schema holds beyond the contract demands nothing of clients that know only the contract', () => {
  const known = new Set([...factsOf(contract)].map((fact) => fact.split(': ')[0]));
  const demands = [...demandsOf(built)].filter(({ by }) => known.has(by));
  expect(demands.length).toBeGreaterThan(15);
  expect(demands.filter(({ input }) => !known.has(input))).toEqual([]);
});

test('the comparison sees each kind of difference', () => {
  const missing = (schema: string, promise: string) => {
    const there = new Set(factsOf(parse(schema)));
    return [...factsOf(parse(promise))].filter((fact) => !there.has(fact));
  };
  const type =
    'type A @x { f(a: Int! = 1): [B!]! @x(y: [Z]) } directive @x(y: [C!]) on OBJECT | FIELD_DEFINITION enum C { Z }';
  expect(missing(type, type)).toEqual([]);
  expect(missing(type, 'type A { f: [B!] }')).toEqual(['A.f: [B!]']);
  expect(missing(type, 'type A { f(a: Int! = 2): [B!]! }')).toEqual(['A.f(a): Int! = 2']);
  expect(missing(type, 'type A { f(a: Int): [B!]! }')).toEqual(['A.f(a): Int']);
  expect(missing(type, 'type A @y { f: [B!]! @x(y: [W]) }')).toEqual(['A @y', 'A.f @x(y: [W])']);
  expect(missing(type, 'enum C { Z W }')).toEqual(['C.W: enum value']);
  expect(missing(type, 'directive @x(y: [C!]!) on OBJECT | ENUM')).toEqual(['@x(y): [C!]!', '@x on ENUM']);
  expect(missing(type, 'input A { f: B }')).toEqual(['A: InputObjectTypeDefinition', 'A.f: B']);
});

/** Every single thing that a document promises, as a line of text. */
function* factsOf(document: DocumentNode): Generator<string> {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      yield* argumentsOf(`@${definition.name.value}`, definition.arguments);
      for (const location of definition.locations) yield `@${definition.name.value} on ${location.value}`;
      continue;
    }
    if (!('name' in definition) || !definition.name) continue;
    const name = definition.name.value;
    yield `${name}: ${definition.kind}`;
    yield* directivesOf(name, definition.directives);
    for (const value of (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.values) || [])
      yield `${nameOf(name, value)}: enum value`;
    for (const field of ('fields' in definition && definition.fields) || []) {
      const place = nameOf(name, field);
      yield `${place}: ${typeOf(field)}`;
      yield* directivesOf(place, field.directives);
      if (field.kind === Kind.FIELD_DEFINITION) yield* argumentsOf(place, field.arguments);
    }
  }
}

function* argumentsOf(place: string, args: readonly InputValueDefinitionNode[] = []) {
  for (const arg of args) yield `${place}(${arg.name.value}): ${typeOf(arg)}`;
}

function* directivesOf(place: string, directives: readonly DirectiveNode[] = []) {
  for (const directive of directives) yield `${place} ${print(directive)}`;
}

/** What clients must send: required arguments, by their field, and required fields, by their input type. */
function* demandsOf(document: DocumentNode): Generator<{ by: string; input: string }> {
  for (const definition of document.definitions) {
    if (!('fields' in definition)) continue;
    const name = definition.name.value;
    for (const field of definition.fields ?? []) {
      const place = nameOf(name, field);
      if (field.kind === Kind.INPUT_VALUE_DEFINITION && isDemanded(field)) yield { by: name, input: place };
      const args = (field.kind === Kind.FIELD_DEFINITION && field.arguments) || [];
      for (const arg of args.filter(isDemanded)) yield { by: place, input: `${place}(${arg.name.value})` };
    }
  }
}

const nameOf = (parent: string, { name }: { name: NameNode }) => `${parent}.${name.value}`;

const isDemanded = (input: InputValueDefinitionNode) => input.type.kind === Kind.NON_NULL_TYPE && !input.defaultValue;

const typeOf = (node: { type: ASTNode; defaultValue?: ASTNode | undefined }) =>
  node.defaultValue ? `${print(node.type)} = ${print(node.defaultValue)}` : print(node.type);
