/** The trace that a request is part of, by its header (W3C Trace Context §3.2); undefined for a header that is not valid. */
export function traceIdIn(header: string | string[] | undefined): string | undefined {
  const { version, traceId, parentId, rest } = TRACEPARENT.exec(String(header))?.groups ?? {};
  if (!traceId || version === 'ff' || (version === '00' && rest)) return undefined;
  return ZEROS.test(traceId) || ZEROS.test(parentId ?? '') ? undefined : traceId;
}

const TRACEPARENT = /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<parentId>[\da-f]{16})-[\da-f]{2}(?<rest>-.*)?$/;
const ZEROS = /^0+$/;
