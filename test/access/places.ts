import { type GraphQLSchema, isObjectType, specifiedDirectives } from 'graphql';
import { authDirective } from '../../src/access/declaration.ts';
import { rules } from '../../src/access/rules.ts';
import { builder } from '../../src/graphql/builder.ts';
import { schema } from '../../src/schema.ts';

/** What the schema shows of a place, such as `Task` or `Query.me`. */
export function shownAt(place: string, of: GraphQLSchema = schema) {
  const [typeName = '', fieldName] = place.split('.');
  const type = of.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no object type`);
  const { description, extensions } = fieldName === undefined ? type : (type.getFields()[fieldName] ?? type);
  const { auth = [] } = (extensions['directives'] ?? {}) as { auth?: { anyOf: string[] }[] };
  const [rule = [], ...besides] = auth.map(({ anyOf }) => anyOf);
  return { description: description ?? '', rule, allOf: besides.flat() };
}

/** The schema that the code would build if it declared another rule at this place, or none. */
export const schemaWith = (place: string, auth: string[] | undefined): GraphQLSchema =>
  schemaDeclaring(place, { auth });

/** The same for any option of the access layer. */
export function schemaDeclaring(place: string, options: object): GraphQLSchema {
  const declaration = declarationAt(place);
  const declared = { ...declaration };
  Object.assign(declaration, options);
  try {
    return builder.toSchema({ sortSchema: false, directives: [...specifiedDirectives, authDirective(rules)] });
  } finally {
    for (const name of Object.keys(options)) Reflect.deleteProperty(declaration, name);
    Object.assign(declaration, declared);
  }
}

/** The options that a module gave to Pothos. */
function declarationAt(place: string): { auth?: string[] | undefined } {
  const [typeName = '', fieldName] = place.split('.');
  const { configStore } = builder;
  const { pothosOptions } =
    fieldName === undefined
      ? configStore.getTypeConfig(typeName)
      : (configStore.getFields(typeName).get(fieldName) ?? Object.create(null));
  return pothosOptions;
}

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  (type) => type != null,
);

export const rootFields = roots.flatMap((root) => Object.keys(root.getFields()).map((name) => `${root.name}.${name}`));

export const objectTypes = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !roots.includes(type) && !type.name.startsWith('__'))
  .map(({ name }) => name);

/** Fields of objects that tighten what their type asks. */
export const tightened = objectTypes.flatMap((name) => {
  const type = schema.getType(name);
  const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
  return fields.map((field) => `${name}.${field}`).filter((place) => shownAt(place).rule.length > 0);
});
