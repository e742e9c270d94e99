import { z } from 'zod';
import { AppError } from './errors.ts';

/** The input as the shape says; refuses with BAD_USER_INPUT, which names each wrong field and never repeats its value. */
export function checked<Shape extends z.ZodType>(shape: Shape, input: unknown, path = 'input'): z.output<Shape> {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  const fields = Object.fromEntries(
    result.error.issues.map((issue) => [[path, ...issue.path].join('.'), issue.message]),
  );
  throw new AppError('BAD_USER_INPUT', Object.keys(fields).join(', '), { fields });
}

/** Text as PostgreSQL and UTF-8 can hold it, with its length counted in characters (code points). */
export const text = (min: number, max: number) =>
  z
    .string({ error: 'Must be a text.' })
    .refine((value) => !/[\0\p{Surrogate}]/u.test(value), 'Must not hold NUL or half a character.')
    // PGlite, and whoever else reads it as a file's first bytes, would take it for a sign of the encoding and drop it.
    .refine((value) => !value.startsWith('\uFEFF'), 'Must not begin with a byte order mark.')
    .refine((value) => [...value].length >= min, 'Must not be empty.')
    .refine((value) => [...value].length <= max, `Must have at most ${max} characters.`);

/** Text without the space around it. */
export const trimmedText = (min: number, max: number) =>
  z.string({ error: 'Must be a text.' }).trim().pipe(text(min, max));

/** An instant by RFC 3339, with any offset, in the years 1 to 9999: there is no year 0, and PostgreSQL would refuse it. */
export const instant = z.iso.datetime({ offset: true }).refine((value) => {
  const time = Date.parse(value);
  return time >= Date.parse('0001-01-01T00:00:00Z') && time <= Date.parse('9999-12-31T23:59:59.999Z');
});

/** Whether it can be the id of anything: one that cannot is answered like one that does not exist. */
export const isId = (id: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(id);
