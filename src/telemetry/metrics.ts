import type { RequestListener } from 'node:http';
import { ERRORS } from '../errors.ts';
import type { EventFacts, SecurityEvent } from './events.ts';
import type { RequestRecord } from './record.ts';

/** Metrics in Prometheus' form. Their library is loaded here, so that whoever has none does not pay for it. */
export async function createMetrics(observed: Observed): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'latchkey_requests_total',
    help: 'Requests that are over, by type of operation (none: no GraphQL was executed) and HTTP status.',
    labelNames: ['type', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'latchkey_request_duration_seconds',
    help: 'From the head of a request to the end of its answer; streams are left out.',
    labelNames: ['type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const errors = new Counter({
    name: 'latchkey_errors_total',
    help: 'Errors in answers, by code.',
    labelNames: ['code'],
    registers,
  });
  const refused = new Counter({
    name: 'latchkey_refused_total',
    help: 'What a limit refused, by limit.',
    labelNames: ['limit'],
    registers,
  });
  const logins = new Counter({
    name: 'latchkey_logins_total',
    help: 'Sign-ins, and passwords asked for once more that were wrong or throttled.',
    labelNames: ['outcome'],
    registers,
  });
  const reuse = new Counter({
    name: 'latchkey_refresh_reuse_total',
    help: 'Refresh tokens that were used again, each of which ended a session.',
    registers,
  });
  // A counter that appears with its first count has no increase to alert on.
  for (const code of Object.keys(ERRORS)) errors.inc({ code }, 0);
  for (const outcome of Object.values(OUTCOMES)) logins.inc({ outcome }, 0);

  for (const [name, { help, read }] of Object.entries(observed)) {
    new Gauge({
      name: `latchkey_${name}`,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  }

  return {
    request({ operation, codes, limits }, status, seconds) {
      const type = operation?.type ?? 'none';
      requests.inc({ type, status: String(status ?? 'none') });
      if (type !== 'subscription') durations.observe({ type }, seconds);
      for (const [code, count] of Object.entries(codes)) errors.inc({ code }, count);
      for (const limit of limits) refused.inc({ limit });
    },
    event(event, { limit }) {
      const outcome = OUTCOMES[event as keyof typeof OUTCOMES];
      if (outcome && limit !== 'signup') logins.inc({ outcome });
      if (event === 'REFRESH_REUSED') reuse.inc();
    },
    async listener({ method, url }, response) {
      if (method !== 'GET' || url !== '/metrics') return void response.writeHead(404).end();
      const page = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(page);
    },
  };
}

const OUTCOMES = { SIGNED_IN: 'success', SIGN_IN_FAILED: 'failure', THROTTLED: 'throttled' } as const satisfies Partial<
  Record<SecurityEvent, string>
>;

/** What is looked at whenever somebody asks, by the name of its metric. */
export type Observed = Record<string, { help: string; read(): number | Promise<number> }>;

export interface Metrics {
  request(record: RequestRecord, status: number | undefined, seconds: number): void;
  event(event: SecurityEvent, facts: EventFacts): void;
  /** Answers GET /metrics. */
  listener: RequestListener;
}
