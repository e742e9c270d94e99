export const timeOf = (instant: string) =>
  new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** In words: what browsers call themselves is for machines. */
export function deviceOf(userAgent: string | null): string {
  const named = (names: string[]) => names.find((name) => userAgent?.includes(name));
  const browser = named(['Firefox', 'Edg', 'Chrome', 'Safari'])?.replace(/^Edg$/, 'Edge');
  const system = named(['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux']);
  if (!browser) return userAgent?.split('/')[0] || 'Unknown device';
  return system ? `${browser} on ${system}` : browser;
}
