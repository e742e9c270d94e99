import { collectFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { forgetAnswers } from '../../access/plugin.ts';
import { refusedInAdvance } from '../../access/selection.ts';
import type { AppPlugin, Context } from '../../context.ts';
import type { Db } from '../../db/database.ts';
import { orLate, refuseLate } from '../../db/operation.ts';
import { holdIdentity } from '../../sessions/identify.ts';
import { untilCommitted } from '../../sessions/revocations.ts';
import { keptEvents } from '../../telemetry/events.ts';
import { access } from '../builder.ts';

/**
 * Executes the fields of a mutation one by one, each whole or not at all. What its answer is certain to be refused is refused before
 * anything is done; what only objects can tell is judged as the answer is made, inside the transaction of the field, and an error in
 * the answer undoes it. A field that ends the viewer's own right still gets its own answer; those after it are judged anew.
 */
export function useWholeMutations(): AppPlugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = getOperationAST(args.document, args.operationName);
      if (operation?.operation !== 'mutation') return;
      setExecuteFn((given: ExecutionArgs) => executeMutation(given, operation, executeFn as Execute));
    },
  };
}

async function executeMutation(args: ExecutionArgs, operation: OperationDefinitionNode, execute: Execute) {
  const { schema, document } = args;
  const type = schema.getMutationType();
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], args.variableValues ?? {});
  // What cannot be executed at all is for the executor to say.
  if (!type || !coerced) return execute(args);
  const parts = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = Object.fromEntries(parts.map((fragment) => [fragment.name.value, fragment]));
  const { fields } = collectFields(schema, fragments, { coerced, sources: {} }, type, operation.selectionSet);

  const data: Record<string, unknown> = {};
  const errors: GraphQLError[] = [];
  for (const [key, nodes] of fields) {
    const field = type.getFields()[nodes[0]?.name.value ?? ''];
    const one = { operation, parent: type, nodes, key, fragments, variables: coerced, field };
    const result = await executeField(args, one, execute);
    errors.push(...(result.errors ?? []));
    // A null where none may be: as GraphQL has it, nothing is left and nothing more is done.
    if (!result.data) return { data: null, errors };
    Object.assign(data, result.data);
  }
  return { data, ...(errors.length > 0 && { errors }) };
}

async function executeField(args: ExecutionArgs, field: RootField, execute: Execute): Promise<ExecutionResult> {
  const given = args.contextValue as Context;
  const context = { ...given, identity: holdIdentity(given.identity) };
  const { signsIn, transaction } = field.field?.extensions.access ?? {};
  const asked = { ...field, schema: args.schema };
  const refusal = signsIn ? null : refusedInAdvance(access, asked, context);
  if (refusal) return nothing(field, [refusal]);
  const run = async (contextValue: Context) => {
    try {
      return await execute({ ...args, document: documentOf(field), contextValue });
    } finally {
      forgetAnswers(contextValue);
    }
  };
  const revocations = untilCommitted(context.revocations);
  const events = keptEvents(context.tell);
  try {
    if (transaction === false) return await orLate(run(context));
    const work = (context.db as Db).$transaction(async (db) => {
      const result = await run({ ...context, db, revocations, tell: events.tell });
      if (result.errors) throw new Undone(result.errors);
      refuseLate();
      return result;
    }, LIMITS);
    const done = await orLate(work);
    revocations.committed();
    events.committed();
    return done;
  } catch (error) {
    if (error instanceof Undone) return nothing(field, error.errors);
    const originalError = error instanceof Error ? error : undefined;
    return nothing(field, [new GraphQLError('', { nodes: field.nodes, path: [field.key], originalError })]);
  }
}

/** What is left of a field of which nothing was done. */
const nothing = ({ field, key }: RootField, errors: readonly GraphQLError[]): ExecutionResult => ({
  data: field && String(field.type).endsWith('!') ? null : { [key]: null },
  errors,
});

/** The operation with this field alone. */
function documentOf({ operation, nodes, fragments }: RootField): DocumentNode {
  const alone = { ...operation, selectionSet: { ...operation.selectionSet, selections: nodes } };
  return { kind: Kind.DOCUMENT, definitions: [alone, ...Object.values(fragments)] };
}

/** Carries the errors of an answer out of the transaction that they undo. */
class Undone extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('an answer with errors');
  }
}

/** Milliseconds: for a connection, and for all that the field and its answer take. */
const LIMITS = { maxWait: 5000, timeout: 10_000 };

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

interface RootField {
  operation: OperationDefinitionNode;
  parent: GraphQLObjectType;
  key: string;
  nodes: FieldNode[];
  field: GraphQLField<unknown, unknown> | undefined;
  fragments: Record<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
}
