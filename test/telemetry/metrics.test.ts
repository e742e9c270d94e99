import { describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP } from '../kit/app.ts';
import { dataDirectory } from '../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../kit/postgres.ts';
import { REFRESH } from '../kit/requests.ts';
import { latchkey, listening } from '../kit/server-process.ts';

describe('a server with METRICS_PORT', async () => {
  const { counts, metrics, url, ask } = await counting();

  test('serves metrics on that port alone, to this machine alone, and nothing else there', async () => {
    expect(metrics).toMatch(/^http:\/\/localhost:\d+\/metrics$/);
    const response = await fetch(metrics);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/plain'),
    ]);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(metrics.replace('/metrics', '/graphql'))).status).toBe(404);
  });

  test('counts each request once, by whichever path, with its type, its status and how long it took', async () => {
    const before = await counts();
    await ask('{ __typename }');
    await ask('{ __typename }', {}, { origin: 'https://elsewhere.example' });
    await ask('{ me { id } }');
    await ask('{ nothing }');
    const added = await counts(before);
    expect(added('latchkey_requests_total{type="query",status="200"}')).toBe(2);
    expect(added('latchkey_requests_total{type="query",status="401"}')).toBe(1);
    expect(added('latchkey_requests_total{type="none",status="200"}')).toBe(1);
    expect(added('latchkey_request_duration_seconds_count{type="query"}')).toBe(3);
    expect(added('latchkey_errors_total{code="UNAUTHENTICATED"}')).toBe(1);
    expect(added('latchkey_errors_total{code="BAD_USER_INPUT"}')).toBe(1);
    expect(added('latchkey_errors_total{code="FORBIDDEN"}')).toBe(0);
  });

  test('counts logins by outcome, what limits refuse, and reuse', async () => {
    const before = await counts();
    const input = { email: 'ann@example.com', password: PASSWORD };
    const { data } = await ask(SIGNUP, { input });
    await ask(LOGIN, { input });
    for (let n = 0; n < 12; n++) await ask(LOGIN, { input: { ...input, password: 'wrong' } });
    for (let n = 0; n < 2; n++) await ask(REFRESH, { token: data.signup.refreshToken });
    const added = await counts(before);
    expect(added('latchkey_logins_total{outcome="success"}')).toBe(1);
    expect(added('latchkey_logins_total{outcome="failure"}')).toBe(10);
    expect(added('latchkey_logins_total{outcome="throttled"}')).toBe(2);
    expect(added('latchkey_refused_total{limit="pair"}')).toBe(2);
    expect(added('latchkey_refresh_reuse_total')).toBe(1);
  });

  test('shows what there is at the moment', async () => {
    const page = await (await fetch(metrics)).text();
    expect(page).toMatch(/^latchkey_hashing_waiting 0$/m);
    expect(page).toMatch(/^latchkey_streams_open 0$/m);
    expect(page).toMatch(/^latchkey_mails_waiting 0$/m);
    expect(page).toMatch(/^latchkey_revocations_known 1$/m);
    expect(page).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
  });

  test('tells nothing that a client has chosen', async () => {
    await ask('query hunter2 { hunter2: __typename }');
    await fetch(`${url}/hunter2`);
    expect(await (await fetch(metrics)).text()).not.toMatch(/hunter2|ann@/);
  });
});

if (!serverUrl) console.warn('SKIPPED: the connections to a PostgreSQL server, which needs TEST_SERVER.');
test.skipIf(!serverUrl)('a server on PostgreSQL shows its connections', async () => {
  const { url } = await databaseOnServer();
  const { counts } = await counting({ DATABASE_URL: url });
  const now = await counts();
  expect(now('latchkey_connections_total')).toBeGreaterThan(0);
  expect(now('latchkey_connections_waited_for')).toBe(0);
});

async function counting(env: Record<string, string> = { DATA_DIR: dataDirectory() }) {
  const process = latchkey([], { METRICS_PORT: '0', REFRESH_GRACE: '0s', ...env });
  const metrics = await process.says(/Metrics: (http:\S+)/);
  const server = await listening(process);
  /** Reads a metric; less what it was before. */
  const counts = async (before: Read = () => 0): Promise<Read> => {
    const page = await (await fetch(metrics)).text();
    const values = new Map(page.split('\n').map((line) => line.split(' ') as [string, string]));
    // One with labels appears when it is first counted.
    return (name) => Number(values.get(name) ?? 0) - before(name);
  };
  return { ...server, metrics, counts };
}

type Read = (name: string) => number;
