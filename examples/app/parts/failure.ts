import { Refusal } from '../../client/session.ts';

/** What a form shows: a text for each input that the server found fault with, or one for all of it. */
export function failureOf(error: unknown): Failure {
  const refusal = refusalIn(error);
  if (!refusal) return { fields: {}, text: 'Latchkey cannot be reached. Try again in a moment.' };
  const { fields = {}, reason, retryAfter } = refusal.extensions;
  const wait = retryAfter ? ` Try again in ${retryAfter} seconds.` : '';
  const faults = Object.values(fields).join(' ');
  return { fields, text: (reason || faults || refusal.message) + wait };
}

/** The session fails with a Refusal, Apollo with `errors`, urql with `graphQLErrors`; where nobody has answered, with anything else. */
function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  const { errors, graphQLErrors } = error as Record<string, GraphQLErrors | undefined>;
  const [first] = errors ?? graphQLErrors ?? [];
  return first && new Refusal(first);
}

export type Failure = { fields: Record<string, string>; text: string };
type GraphQLErrors = ConstructorParameters<typeof Refusal>[0][];
