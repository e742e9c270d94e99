import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS } from '../errors.ts';
import type { RequestRecord } from './record.ts';

/**
 * Sends traces as the variables OTEL_* say: a span for each request, and under it one for each statement. The SDK is no dependency,
 * for it is 60 packages and takes a second to load: whoever sets the variables installs it.
 */
export async function startTraces(): Promise<Traces> {
  const { NodeSDK, api, resources } = await import('@opentelemetry/sdk-node').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      'Traces are asked for by OTEL_*, and their package is missing: npm install -P @opentelemetry/sdk-node',
    );
  });
  const { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;
  const sdk = new NodeSDK({
    // What is detected from OTEL_SERVICE_NAME wins.
    resource: resources.defaultResource().merge(resources.resourceFromAttributes({ 'service.name': 'latchkey' })),
    // Traces alone: the log and the metrics have ways of their own.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const tracer = trace.getTracer('latchkey');

  return {
    open(headers) {
      const parent = propagation.extract(ROOT_CONTEXT, headers);
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent);
      return {
        traceId: span.spanContext().traceId,
        within: (work) => context.with(trace.setSpan(parent, span), work),
        end({ requestId, operation, codes, why }, status) {
          if (operation) span.updateName(operation.type);
          span.setAttributes({
            'latchkey.request.id': requestId,
            'graphql.operation.type': operation?.type,
            'graphql.operation.name': operation?.name,
            'http.response.status_code': status,
            'latchkey.error.codes': Object.keys(codes),
          });
          if (why && ERRORS[why.code].level === 'error')
            span.setStatus({ code: SpanStatusCode.ERROR, message: why.code });
          span.end();
        },
      };
    },

    statement(text, run) {
      const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
      return tracer.startActiveSpan('statement', { kind: SpanKind.CLIENT, attributes }, (span) =>
        run()
          .catch((error) => {
            // What it says may repeat what was sent.
            span.setStatus({ code: SpanStatusCode.ERROR });
            throw error;
          })
          .finally(() => span.end()),
      );
    },

    // What cannot be sent within a second is lost: nobody waits for a collector that is away.
    stop: () => Promise.race([sdk.shutdown().catch(() => {}), sleep(1000, undefined, { ref: false })]),
  };
}

export interface Traces {
  open(headers: IncomingHttpHeaders): RequestTrace;
  /** Runs a statement in a span of its own, under that of the request. Its text holds no values. */
  statement: WatchStatement;
  stop(): Promise<void>;
}

export type WatchStatement = <Result>(text: string, run: () => Promise<Result>) => Promise<Result>;

/** The span of one request. */
export interface RequestTrace {
  traceId: string;
  within<Result>(work: () => Result): Result;
  end(record: RequestRecord, status: number | undefined): void;
}
