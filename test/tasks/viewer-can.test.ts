import { expect, test, vi } from 'vitest';
import { newcomer } from '../access/people.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { seedTasks } from './kit.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const app = await startApp();

test('it costs no query, however many tasks ask, nor those of how many users', async () => {
  const ann = await newcomer(app);
  const eve = await newcomer(app, 'ADMIN');
  await seedTasks(
    app.db,
    ann.user.id,
    Array.from({ length: 20 }, () => ({})),
  );
  const tasks = (more: string) => `{ tasks { nodes { id owner { id ${more && 'viewerCan { setRole }'} } ${more} } } }`;
  const users = (more: string) => `{ users { nodes { id tasks { nodes { id ${more} } } } } }`;
  for (const [asker, query] of [
    [ann, tasks],
    [eve, users],
  ] as const) {
    const answers = 'viewerCan { update delete }';
    const { data } = await asker.ask(query(answers));
    expect(JSON.stringify(data).match(/"viewerCan"/g)?.length).toBeGreaterThanOrEqual(20);
    const without = await statementsOf(() => asker.ask(query('')));
    expect(await statementsOf(() => asker.ask(query(answers)))).toHaveLength(without.length);
  }
});

test('it is judged at that moment: who signs in along the way is told what they may do', async () => {
  const ann = await newcomer(app);
  await seedTasks(app.db, ann.user.id, [{}]);
  const login = `login(input: { email: "${ann.user.email}", password: "${PASSWORD}" })`;
  const { data } = await app.ask(`mutation { ${login} { user { tasks { nodes { viewerCan { update } } } } } }`);
  expect(data.login.user).toEqual({ tasks: { nodes: [{ viewerCan: { update: true } }] } });
});
