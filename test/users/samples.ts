import { userPage } from '../../src/users/users.ts';
import type { Newcomer } from '../access/people.ts';
import type { Samples } from '../access/samples.ts';
import type { TestApp } from '../kit/app.ts';
import { everyRow } from '../kit/reach.ts';

export const samples: Samples = {
  arguments: {
    'Query.user': ({ user }) => ({ id: user.id }),
    'Mutation.updateMailSettings': () => ({ input: { newNetwork: false } }),
    'Mutation.updateMe': () => ({ input: { name: 'Somebody else' } }),
  },
  objects: {
    User: ({ user }) => user,
    MailSettings: ({ user }) => user,
    UserPermissions: ({ user }) => user,
    UserConnection: (_owner, { db }) => userPage(db, everyRow('User'), {}),
    UserEdge: async (_owner, { db }) => (await userPage(db, everyRow('User'), {})).edges[0],
    PageInfo: async (_owner, { db }) => (await userPage(db, everyRow('User'), {})).pageInfo,
  },
  population: {
    async populate({ user }, mark, _copies, app) {
      const { id } = user;
      await app.db.user.update({ where: { id }, data: { email: `${mark}@example.com` } });
      await putBack({ user }, mark, app);
      return { ids: { user: [id] } };
    },
    putBack,
  },
  rows: { User: async ({ db }) => new Map((await db.user.findMany()).map(({ id }) => [id, { OWNER: [id] }])) },
};

function putBack({ user: { id, role } }: Pick<Newcomer, 'user'>, mark: string, { db }: TestApp) {
  return db.user.update({ where: { id }, data: { name: `The ${mark}`, role, disabled: false } });
}
