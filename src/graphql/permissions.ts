import { type LookUpOptions, type Question, ruleOfMutation } from '../access/declaration.ts';
import { allows, lookUpsOf } from '../access/enforcing.ts';
import { access, builder } from './builder.ts';

/**
 * A type of booleans that tell in advance which mutations (`updateNote`) or input fields (`NoteInput.pinned`) would let the viewer do
 * something to an object of this type. Each asks the
 * rule that the mutation declares, about the owner and the relations that the type declares: nothing is written twice.
 */
export function permissionsOn(type: string, actions: Record<string, string>) {
  return builder.objectRef<object>(`${type}Permissions`).implement({
    description:
      'What the viewer may do to it: the rules of the mutations, asked in advance. A recent sign-in, for which anybody can be asked, is left aside.',
    auth: ['PUBLIC'],
    fields: (t) =>
      Object.fromEntries(
        Object.entries(actions).map(([action, mutation]) => [
          action,
          t.boolean({
            description: `Whether ${mutation} ${mutation.includes('.') ? 'may be set by the viewer' : 'would let the viewer in'}.`,
            extensions: { access: { asks: { mutation, of: type } satisfies Question } },
            resolve: (subject, _args, context, { schema }) => {
              const declared = schema.getType(type)?.extensions['access'] as LookUpOptions;
              return allows(
                access,
                ruleOfMutation(schema, mutation),
                context,
                lookUpsOf(declared, subject, context, { ...access, type }),
              );
            },
          }),
        ]),
      ),
  });
}
