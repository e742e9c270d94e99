import { specifiedDirectives } from 'graphql';
import { authDirective } from '../../src/access/declaration.ts';
import { rules } from '../../src/access/rules.ts';
import { builder } from '../../src/graphql/builder.ts';
import { CHANGE_KINDS, type Change } from '../../src/live/changes.ts';
import { User } from '../../src/users/schema.ts';
import { findUser } from '../../src/users/users.ts';
import { afterFile } from '../kit/cleanup.ts';
import '../../src/schema.ts';

/** Users become live as any model does: by one field, and the trigger of `watchUsers`. */
const UserChange = builder.objectRef<Change>('UserChange').implement({
  auth: ['OWNER', 'ADMIN'],
  owner: (change) => change.ownerId,
  fields: (t) => ({
    kind: t.field({ type: builder.enumType('UserChangeKind', { values: CHANGE_KINDS }), resolve: ({ kind }) => kind }),
    user: t.field({ type: User, nullable: true, resolve: ({ id }, _args, { db }) => findUser(db, id) }),
  }),
});

if (!builder.configStore.hasConfig('Subscription' as never)) builder.subscriptionType();
builder.subscriptionField('userChanged', (t) =>
  t.field({
    type: UserChange,
    auth: ['AUTHENTICATED'],
    subscribe: (_root, _args, { changes, identity }) => changes.of('User', identity),
    resolve: (change) => change,
  }),
);

export const schema = builder.toSchema({
  sortSchema: false,
  directives: [...specifiedDirectives, authDirective(rules)],
});

/** Until the test file is done: the next one may get the same database. */
export async function watchUsers({ db }: Pick<import('../kit/app.ts').TestApp, 'db'>) {
  await db.$executeRaw`CREATE TRIGGER changes AFTER INSERT OR UPDATE OR DELETE ON "User"
    FOR EACH ROW EXECUTE FUNCTION notify_change('id')`;
  afterFile(() => db.$executeRaw`DROP TRIGGER changes ON "User"`);
}

export const WATCH = 'subscription { userChanged { kind user { name } } }';
export const RENAME = 'mutation ($name: String!) { updateMe(input: { name: $name }) { id } }';
/** The event of a rename. */
export const renamed = (name: string) => ({ data: { userChanged: { kind: 'UPDATED', user: { name } } } });
