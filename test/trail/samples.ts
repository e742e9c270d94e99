import { eventPage } from '../../src/trail/list.ts';
import type { Newcomer } from '../access/people.ts';
import type { Samples } from '../access/samples.ts';
import type { TestApp } from '../kit/app.ts';
import { everyRow } from '../kit/reach.ts';

export const samples: Samples = {
  objects: {
    SecurityEvent: (owner, app) => eventOf(owner, app),
    SecurityEventConnection: (_owner, { db }) => eventPage(db, everyRow('SecurityEvent'), {}),
    SecurityEventEdge: async (owner, app) => {
      await eventOf(owner, app);
      return (await eventPage(app.db, everyRow('SecurityEvent'), {})).edges[0];
    },
  },
  population: {
    async populate(person, mark, copies, app) {
      const ids: string[] = [];
      for (let n = 0; n < copies; n++) ids.push((await eventOf(person, app, `The ${mark}`)).id);
      const page = await eventPage(app.db, everyRow('SecurityEvent'), { first: 5 }, { userId: person.user.id });
      return { ids: { securityEvent: ids }, cursors: page.edges.map((edge) => edge.cursor()), rows: copies };
    },
    putBack: ({ user }, mark, { db }) =>
      db.$transaction([
        db.$executeRaw`SELECT set_config('latchkey.pruning', 'on', true)`,
        db.securityEvent.deleteMany({ where: { userId: user.id, NOT: { userAgent: `The ${mark}` } } }),
        db.securityEvent.deleteMany({ where: { userId: user.id, userAgent: null } }),
      ]),
  },
  rows: {
    SecurityEvent: async ({ db }) =>
      new Map((await db.securityEvent.findMany()).map(({ id, userId }) => [id, { OWNER: [userId] }])),
  },
};

const eventOf = ({ user }: Pick<Newcomer, 'user'>, { db, now }: TestApp, userAgent: string | null = null) =>
  db.securityEvent.create({
    data: { event: 'SIGNED_IN', outcome: 'SUCCEEDED', userId: user.id, byId: user.id, occurredAt: now(), userAgent },
  });
