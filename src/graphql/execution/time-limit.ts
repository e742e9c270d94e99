import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
} from 'graphql';
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import type { AppPlugin } from '../../context.ts';
import { asOperation, orLate } from '../../db/operation.ts';

/**
 * Ends queries and fields of mutations once their operation has taken so many milliseconds, with all that runs for them in the
 * database. A subscription has no such end, but its opening and each of its events have.
 */
export function useTimeLimit(milliseconds: number): AppPlugin {
  const inTime = (args: ExecutionArgs, work: Execute) => asOperation(milliseconds, () => orRefused(args, work(args)));
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => inTime(args, executeFn as Execute));
    },
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const events = await inTime(args, createSourceEventStream as Execute);
        if (!isAsyncIterable(events)) return events;
        const event = (rootValue: unknown) => inTime({ ...args, rootValue }, execute);
        return mapAsyncIterator(events, event, (cause: unknown) => Promise.reject(unexecuted(cause)));
      });
    },
  };
}

/** What a mutation has done is answered field by field. */
function orRefused({ document, operationName }: ExecutionArgs, result: Result) {
  if (!(result instanceof Promise) || getOperationAST(document, operationName)?.operation === 'mutation') return result;
  return orLate(result).catch((cause) => ({ errors: [unexecuted(cause)] }));
}

export const unexecuted = (cause: unknown) =>
  new GraphQLError('', { originalError: cause instanceof Error ? cause : new Error(String(cause)) });

type Result = ExecutionResult | Promise<ExecutionResult>;
type Execute = (args: ExecutionArgs) => Result;
