import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { AppPlugin, Context } from '../../context.ts';
import { recordOperation } from '../../telemetry/record.ts';

/** Puts on the record of each request what it executes. */
export const useRecord = (): AppPlugin => ({
  onExecute: ({ args }) => put(args),
  onSubscribe: ({ args }) => put(args),
});

const put = ({ contextValue, document, operationName }: ExecutionArgs) =>
  recordOperation((contextValue as Context).record, getOperationAST(document, operationName));
