import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
} from 'graphql';
import type { AppPlugin } from '../../context.ts';
import { AppError } from '../../errors.ts';

/** Refuses variables that do not fit, naming each place; graphql-js would repeat the values, passwords among them. */
export function useVariables(): AppPlugin {
  return {
    onExecute: ({ args }) => refuseMisfits(args.schema, args.document, args.operationName, args.variableValues),
    onSubscribe: ({ args }) => refuseMisfits(args.schema, args.document, args.operationName, args.variableValues),
  };
}

function refuseMisfits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  values: Record<string, unknown> = {},
) {
  const misfits = new Map<string, string>();
  for (const definition of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) continue;
    if (!Object.hasOwn(values, name)) {
      if (isNonNullType(type) && !definition.defaultValue) misfits.set(name, 'Is required.');
      continue;
    }
    coerceInputValue(values[name], type, (path, _value, { message }) => {
      const [, field, required] = /^Field "(\w+)" (of required)?/.exec(message) ?? [];
      const place = [name, ...path, field].filter((part) => part !== undefined).join('.');
      if (misfits.size >= MAX_MISFITS) return;
      if (field) misfits.set(place, required ? 'Is required.' : 'There is no such field.');
      else misfits.set(place, `Must be of type ${typeAt(type, path)}.`);
    });
  }
  if (misfits.size === 0) return;
  throw new AppError('BAD_USER_INPUT', [...misfits.keys()].join(', '), { fields: Object.fromEntries(misfits) });
}

function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): string {
  const nullable = getNullableType(type);
  const [step, ...rest] = path;
  if (step === undefined) return String(type);
  if (isListType(nullable)) return typeAt(nullable.ofType, typeof step === 'number' ? rest : path);
  const field = isInputObjectType(nullable) ? nullable.getFields()[step] : undefined;
  return field ? typeAt(field.type, rest) : String(type);
}

const MAX_MISFITS = 20;
