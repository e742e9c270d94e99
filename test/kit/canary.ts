/**
 * Fails if a line of the log holds a secret, or if a request was told of more than once but for security events: every app of the
 * suite is asked when its file is done.
 */
export function expectDiscretion(lines: readonly string[], secrets: readonly string[]) {
  const told = lines.filter((line) => SECRET.test(line) || secrets.some((secret) => line.includes(secret)));
  if (told.length > 0) throw new Error(`The log tells secrets:\n${told.slice(0, 5).join('')}`);
  const aboutRequests = lines
    .map((line) => JSON.parse(line))
    .filter(({ requestId, event }) => requestId && !event)
    .map(({ requestId }) => requestId);
  const tooMany = aboutRequests.length - new Set(aboutRequests).size;
  if (tooMany > 0) throw new Error(`The log has ${tooMany} lines too many about requests.`);
}

/** A part of a JWT, a hash, a cookie, the address of a database. */
const SECRET = /eyJ[\w-]{16}|\$argon2|__Host-|postgres(ql)?:\/\//;
