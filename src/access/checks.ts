import {
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { checkLookUps, ruleOf, ruleOfMutation } from './declaration.ts';
import { relationOf } from './reach.ts';
import type { Vocabulary } from './rules.ts';

/** What can only be seen in the whole schema; whatever is not in order refuses to build. */
export function checkSchema(schema: GraphQLSchema, vocabulary: Vocabulary) {
  checkQuestions(schema, vocabulary);
  checkLists(schema, vocabulary);
  checkNullability(schema);
}

/** Every field that asks in advance for the rule of a mutation must find the mutation, and on the type what its rule looks up. */
function checkQuestions(schema: GraphQLSchema, vocabulary: Vocabulary) {
  for (const type of objectTypesOf(schema)) {
    for (const { name, extensions } of Object.values(type.getFields())) {
      const question = extensions.access?.asks;
      if (!question) continue;
      const of = schema.getType(question.of);
      const lookUps = (isObjectType(of) && of.extensions.access) || {};
      const place = `${question.of}, of which ${type.name}.${name} asks for ${question.mutation},`;
      checkLookUps(place, ruleOfMutation(schema, question.mutation), lookUps, vocabulary);
    }
  }
}

/**
 * Every list of a type is filtered by the type's rule, so each part of that must be one that SQL can say; and what a relation names
 * must be there.
 */
function checkLists(schema: GraphQLSchema, vocabulary: Vocabulary) {
  for (const type of objectTypesOf(schema)) {
    for (const path of Object.values(type.extensions.access?.related ?? {})) {
      if (typeof path === 'string') relationOf(type.name, path);
    }
    for (const field of Object.values(type.getFields())) {
      const item = getNamedType(field.type);
      if (isObjectType(item) && isListType(getNullableType(field.type))) {
        checkCondition(`${type.name}.${field.name}`, item, vocabulary);
      }
    }
  }
}

function checkCondition(place: string, item: GraphQLObjectType, vocabulary: Vocabulary) {
  const { owner, related } = item.extensions.access ?? {};
  for (const name of ruleOf(item) ?? []) {
    const rule = vocabulary[name];
    if (!rule || 'who' in rule) continue;
    const saysHow = rule.of === 'owner' ? owner : related?.[name];
    if (!('judge' in rule) && typeof saysHow === 'string') continue;
    const why = 'judge' in rule ? 'judges by itself' : `asks a function of ${item.name}`;
    throw new Error(
      `${place} lists ${item.name}, whose rule ${name} ${why}: a list is filtered by SQL, which cannot say that. ` +
        'Name a column (owner) or a relation (related) instead, or take the rule off the type.',
    );
  }
}

/** A field that may be refused to whom its type lets in must be able to be null, or say that it takes the whole object along. */
function checkNullability(schema: GraphQLSchema) {
  for (const type of objectTypesOf(schema)) {
    const open = ruleOf(type);
    for (const { name, type: output, extensions } of open ? Object.values(type.getFields()) : []) {
      const rule = ruleOf({ extensions });
      const isStricter = rule && !rule.includes('PUBLIC') && open?.some((one) => !rule.includes(one));
      if (!isStricter || !isNonNullType(output) || extensions.access?.takesParent) continue;
      throw new Error(
        `${type.name}.${name} may be refused to whom ${type.name} lets in, and as it cannot be null, that would take all of the ` +
          `${type.name} along. Add nullable: true, or takesParent: true if that is meant.`,
      );
    }
  }
}

const objectTypesOf = (schema: GraphQLSchema) => Object.values(schema.getTypeMap()).filter(isObjectType);
