import { allows } from '../access/enforcing.ts';
import { ruleOfMutation } from '../access/matrix.ts';
import type { Viewer } from '../access/rules.ts';
import { access, builder } from './builder.ts';
import type { Context } from './context.ts';

/**
 * A type of booleans that tell in advance which mutations would let the viewer do something to an object. Each asks the rule that the
 * mutation declares, so nothing is written twice; `ownerId` is read off the object, so nothing is looked up. `related` is for rules that ask for more.
 */
export function permissions<Subject extends object>(
  name: string,
  ownerId: (subject: Subject) => string,
  actions: Record<string, string>,
  related: Record<string, (subject: Subject, viewer: Viewer, context: Context) => boolean | Promise<boolean>> = {},
) {
  const relationOf = (rule: string) => {
    const relation = related[rule];
    if (relation) return relation;
    throw new Error(`${name} does not say of whom ${rule} holds. Add it to what permissions() is told.`);
  };
  return builder.objectRef<Subject>(name).implement({
    description: 'What the viewer may do to it: the rules of the mutations, asked in advance.',
    auth: ['PUBLIC'],
    fields: (t) =>
      Object.fromEntries(
        Object.entries(actions).map(([action, mutation]) => [
          action,
          t.boolean({
            description: `Whether ${mutation} would let the viewer in.`,
            extensions: { asks: mutation },
            resolve: (subject, _args, context, { schema }) =>
              allows(access, ruleOfMutation(schema, mutation), context, (rule) => ({
                ownerId: () => ownerId(subject),
                isRelated: (viewer) => relationOf(rule)(subject, viewer, context),
              })),
          }),
        ]),
      ),
  });
}
