import type { Samples } from '../access/samples.ts';

export const samples: Samples = {
  arguments: { 'Mutation.revokeSession': ({ session }) => ({ id: session.id }) },
  objects: { Session: ({ session }) => session },
  population: {
    async populate({ session }, mark, _copies, { db }) {
      await db.session.update({ where: { id: session.id }, data: { userAgent: `Browser of the ${mark}` } });
      return { ids: { session: [session.id] } };
    },
    putBack: async () => {},
  },
  rows: {
    Session: async ({ db }) =>
      new Map((await db.session.findMany()).map(({ id, userId }) => [id, { OWNER: [userId] }])),
  },
};
