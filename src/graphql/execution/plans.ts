import {
  BREAK,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { AppPlugin } from '../../context.ts';
import { isLate, tooLate } from '../../db/operation.ts';
import { type Answering, answering, attempt, NO_PLAN, type Run } from './answering.ts';
import { unexecuted } from './time-limit.ts';

/**
 * Executes queries by plans: which fields a document asks for, and how their values become an answer, is found out when it is first
 * executed, and kept for as long as the document is. A plan knows no errors: where anything goes wrong, graphql-js executes the whole
 * query again, and says what it says. So it does where there is no plan: for directives, introspection, interfaces and unions.
 */
export function useQueryPlans(): AppPlugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = getOperationAST(args.document, args.operationName);
      if (operation?.operation !== 'query') return;
      setExecuteFn((given: ExecutionArgs) => executePlanned(given, operation, executeFn as Execute));
    },
  };
}

function executePlanned(args: ExecutionArgs, operation: OperationDefinitionNode, byGraphqlJs: Execute) {
  const { schema, document, rootValue, contextValue: context, variableValues } = args;
  const plans = plansOf(schema);
  const known = plans.get(operation);
  const plan = known === undefined ? planFor(operation, document, schema) : known;
  plans.set(operation, plan);
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  if (!plan || !coerced) return byGraphqlJs(args);

  const about = { schema, fragments: plan.fragments, rootValue, operation, variableValues: coerced };
  let settle = () => {};
  // A function that is set on `run` later would keep it, with all that hangs on it, until V8's next full collection.
  const run: Run = { context, about, waiting: 0, failure: null, done: () => settle() };
  const data = {};
  attempt(run, () => plan.answer(run, rootValue, data, undefined));
  const result = () => {
    if (!run.failure) return { data };
    if (isLate()) return { errors: [unexecuted(tooLate())] };
    if (run.failure.cause === NO_PLAN) plans.set(operation, null);
    return byGraphqlJs(args);
  };
  if (run.waiting === 0) return result();
  return new Promise<ExecutionResult>((resolve) => {
    settle = () => resolve(result());
  });
}

/** For each operation of a document, as long as that is kept; null where there can be none. */
function plansOf(schema: GraphQLSchema) {
  const plans = PLANS.get(schema) ?? new WeakMap<OperationDefinitionNode, Plan | null>();
  PLANS.set(schema, plans);
  return plans;
}

function planFor(operation: OperationDefinitionNode, document: DocumentNode, schema: GraphQLSchema): Plan | null {
  const type = schema.getQueryType();
  if (!type || hasDirectives(document)) return null;
  const parts = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = Object.fromEntries(parts.map((fragment) => [fragment.name.value, fragment]));
  return { answer: answering(type, operation.selectionSet.selections, { schema, fragments }), fragments };
}

/** Whether anything is asked for under conditions: what there is to answer is then another each time. */
function hasDirectives(document: DocumentNode) {
  let has = false;
  visit(document, {
    Directive() {
      has = true;
      return BREAK;
    },
  });
  return has;
}

/** A plan holds what it executes: each schema has its own. */
const PLANS = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, Plan | null>>();

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

interface Plan {
  answer: Answering;
  fragments: Run['about']['fragments'];
}
