import { type AnyVariables, type OperationContext, type TypedDocumentNode, useMutation } from 'urql';

/** A mutation that fails where urql answers with an error. */
export function useSend<Data, Variables extends AnyVariables>(
  mutation: TypedDocumentNode<Data, Variables>,
  context?: Partial<OperationContext>,
) {
  const [, execute] = useMutation(mutation);
  return async (variables: Variables) => {
    const { data, error } = await execute(variables, context);
    if (error) throw error;
    return data;
  };
}
