import { Kind, parse } from 'graphql';

/** The same query, asking for nothing more, as one for which no plan is made: graphql-js executes what has a directive. */
export function byGraphqlJs(query: string): string {
  const operation = parse(query).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const end = operation && 'selectionSet' in operation && operation.selectionSet.loc?.end;
  if (!end) throw new Error('There is no operation.');
  return `${query.slice(0, end - 1)} ... @include(if: false) { __typename } ${query.slice(end - 1)}`;
}
