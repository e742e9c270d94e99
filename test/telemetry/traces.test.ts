import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { SIGNUP } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { dataDirectory } from '../kit/directory.ts';
import { latchkey, serve } from '../kit/server-process.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const SERVER_KIND = 2;
const ERROR_STATUS = 2;

test('with OTEL_* a span tells of each request, and one under it of each statement, without what was sent', async () => {
  const collector = await startCollector();
  const env = {
    DATA_DIR: dataDirectory(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'keys',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  const server = await serve(env);
  const input = { email: 'ann@example.com', password: 'hunter2 hunter2 hunter2' };
  const { data } = await server.ask(SIGNUP, { input });
  const headers = { authorization: `Bearer ${data.signup.accessToken}`, traceparent: `00-${TRACE}-${PARENT}-01` };
  await server.ask('query Mine { me { id } users { totalCount } }', {}, headers);
  await server.stop();

  const mine = collector.spans.find((span) => attribute(span, 'graphql.operation.name') === 'Mine');
  expect(mine).toMatchObject({ name: 'query', kind: SERVER_KIND, traceId: TRACE, parentSpanId: PARENT });
  expect(attribute(mine, 'http.response.status_code')).toBe(403);
  expect(attribute(mine, 'latchkey.error.codes')).toEqual(['FORBIDDEN']);
  expect(mine?.status?.code, 'a refusal is no failure of the server').not.toBe(ERROR_STATUS);
  const statements = collector.spans.filter(({ parentSpanId }) => parentSpanId === mine?.spanId);
  const texts = new Set(statements.map((span) => attribute(span, 'db.query.text')));
  expect([...texts]).toEqual([expect.stringMatching(/FROM .*"User"/s)]);

  const signup = collector.spans.find(({ name }) => name === 'mutation');
  const ofSignup = collector.spans.filter(({ parentSpanId }) => parentSpanId === signup?.spanId);
  expect(ofSignup.some((span) => /INSERT INTO .*"Session"/.test(attribute(span, 'db.query.text')))).toBe(true);
  expect(collector.received.join()).toContain('"keys"');
  expect(collector.received.join()).not.toMatch(/hunter2|ann@example|eyJ|argon2/);
}, 60_000);

test('a collector that is away keeps nobody waiting', async () => {
  const env = { DATA_DIR: dataDirectory(), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const server = await serve(env);
  expect((await server.ask('{ __typename }')).status).toBe(200);
  expect((await server.stop()).code).toBe(0);
}, 60_000);

/** Says at its end how many modules of a kind were loaded. */
const SAYS_LOADED = `data:text/javascript,import module from 'node:module';
  process.on('exit', () => console.log('loaded: ' + Object.keys(module._cache).filter((path) =>
    /sdk-node|prom-client/.test(path)).length));`;
const imported = (code: string) => ['--import', code.replaceAll('\n', ' ').replaceAll(' ', '%20')];

test('without them nothing of it is loaded, nor of the metrics', async () => {
  const loadedBy = async (env: object) => {
    const server = await serve({ DATA_DIR: dataDirectory(), ...env }, imported(SAYS_LOADED));
    return Number(/loaded: (\d+)/.exec((await server.stop()).output)?.[1]);
  };
  expect(await loadedBy({})).toBe(0);
  expect(await loadedBy({ OTEL_TRACES_EXPORTER: 'none' })).toBe(0);
  expect(await loadedBy({ OTEL_TRACES_EXPORTER: 'console', METRICS_PORT: '0' })).toBeGreaterThan(1);
}, 120_000);

test('where the package is not installed, the start ends with what to do', async () => {
  const HIDES = `data:text/javascript,import { register } from 'node:module';
    register('data:text/javascript,export const resolve = (name, context, next) => {
      if (name === "@opentelemetry/sdk-node") throw Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context); }');`;
  const env = { DATA_DIR: dataDirectory(), OTEL_TRACES_EXPORTER: 'otlp' };
  const { code, stderr } = await latchkey([], env, imported(HIDES)).ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining('npm install -P @opentelemetry/sdk-node')]);
}, 60_000);

/** Takes traces by OTLP over HTTP, as JSON. */
async function startCollector() {
  const spans: Span[] = [];
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push(body);
    for (const { scopeSpans } of JSON.parse(body).resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  afterFile(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, received };
}

function attribute(span: Span | undefined, key: string) {
  const { value } = span?.attributes.find((one) => one.key === key) ?? {};
  return plain(value ?? {});
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the attribute holds
function plain({ stringValue, intValue, arrayValue }: Value): any {
  return stringValue ?? intValue ?? arrayValue?.values.map(plain);
}

interface Value {
  stringValue?: string;
  intValue?: number;
  arrayValue?: { values: Value[] };
}

interface Span {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Value }[];
  status?: { code?: number };
}
