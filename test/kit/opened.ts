/** The header and the claims of a token. */
export function opened(token: string) {
  const [header = '', payload = ''] = token.split('.');
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(payload) };
}
