import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { AppPlugin, Context } from '../../context.ts';
import { overLimit } from '../../errors.ts';
import { costOf } from './cost.ts';
import { countsOf, fragmentsOf, tokensIn } from './counts.ts';

/** What one operation may be and ask for. docs/limits.md has a table of the same, with what each is counted in. */
export interface Limits {
  characters: number;
  tokens: number;
  depth: number;
  rootFields: number;
  aliases: number;
  directives: number;
  cost: number;
  errors: number;
}

/** Refuses what is over a limit before anything is done for it: a text before it is parsed, a document before it is validated. */
export function useLimits(limits: Limits): AppPlugin {
  const costWithin = (args: ExecutionArgs) => {
    const cost = costIn(args);
    refuseOver('cost', cost, limits.cost);
    return cost;
  };
  return {
    onParse({ params: { source }, parseFn, setParseFn }) {
      const text = String(source);
      refuseOver('characters', text.length, limits.characters);
      setParseFn((...given) => {
        refuseOver('tokens', tokensIn(text), limits.tokens);
        return within(limits, () => parseFn(...given));
      });
    },
    onValidate({ params: { documentAST }, validateFn, setValidationFn }) {
      setValidationFn((...given) => {
        try {
          within(limits, () => checkCounts(limits, documentAST));
        } catch (error) {
          // Whoever validates expects to be told.
          return [new GraphQLError('', { originalError: error as Error })];
        }
        return complaintsOf(() => validateFn(...given) as readonly GraphQLError[]);
      });
    },
    onExecute: ({ args }: { args: ExecutionArgs }) => (args.contextValue as Context).makeRoom(costWithin(args)),
    onSubscribe: ({ args }) => void costWithin(args),
  };
}

/** A rule of graphql-js may throw what it should report: that of subscriptions does, at `@skip` without a condition. */
function complaintsOf(validate: () => readonly GraphQLError[]): readonly GraphQLError[] {
  try {
    return validate();
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

function refuseOver(name: string, found: number, allowed: number) {
  if (found > allowed) throw overLimit(name, found, allowed);
}

function checkCounts(limits: Limits, document: DocumentNode) {
  for (const { introspections, ...counts } of countsOf(document)) {
    for (const [name, found] of Object.entries(counts)) refuseOver(name, found, limits[name as keyof typeof counts]);
    refuseOver('introspections', introspections, 1);
  }
}

/** With the variables, which may carry the sizes of pages. What of them does not fit was refused before. */
function costIn({ schema, document, operationName, variableValues }: ExecutionArgs): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  return costOf(operation, { schema, fragments: fragmentsOf(document), variables: coerced });
}

/** Parser and counts go down by recursion: where the stack ends, a document is nested too deeply. */
function within<Result>({ depth }: Limits, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw overLimit('depth', depth + 1, depth);
    throw error;
  }
}
