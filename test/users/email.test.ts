import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normaliseEmail } from '../../src/users/email.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { isQuick } from '../kit/thorough.ts';

test.each([
  ['ann@example.com', 'ann@example.com'],
  [' \tANN+Tag@Example.COM\n', 'ann+tag@example.com'],
  ['josé@example.com', 'josé@example.com'],
  ['JOSE\u0301@EXAMPLE.COM', 'josé@example.com'],
  ['J\u030c@example.com', '\u01f0@example.com'],
  ['почта@пример.рф', 'почта@пример.рф'],
  [`${'a'.repeat(242)}@example.com`, `${'a'.repeat(242)}@example.com`],
])('%j is %j', (email, normal) => {
  expect(normaliseEmail(email)).toBe(normal);
});

test.each([
  ['without @', 'ann.example.com'],
  ['with two of them', 'ann@bob@example.com'],
  ['with nothing before it', '@example.com'],
  ['with nothing after it', 'ann@'],
  ['that is empty', '  '],
  ['with a space', 'an n@example.com'],
  ['with NUL', 'ann\0@example.com'],
  ['with a character that nobody sees', 'ann\u200b@example.com'],
  ['with a change of direction', 'ann\u202e@example.com'],
  ['with half a character', 'ann\ud800@example.com'],
  ['of 255 characters', `${'a'.repeat(243)}@example.com`],
  ['of 255 characters once it is lower-cased', `${'\u0390'.repeat(250)}@x.y.z`],
  ['with KELVIN SIGN for k', '\u212aelvin@example.com'],
  ['with LONG S for s', 'ro\u017fe@example.com'],
  ['with a dotted capital I', '\u0130da@example.com'],
  ['with full-width letters', 'ａｎｎ@example.com'],
  ['with a full-width @', 'ann＠example.com'],
  ['with a ligature', '\ufb01nn@example.com'],
])('an email %s is none', (_what, email) => {
  expect(normaliseEmail(email)).toBeNull();
});

test('no letter beyond ASCII can be read as one of ASCII', () => {
  for (let code = 0x80; code <= 0x10ffff; code += isQuick && code > 0xffff ? 16 : 1) {
    const read = normaliseEmail(`a${String.fromCodePoint(code)}b@example.com`);
    if (read && /^[\0-\x7f]*$/.test(read)) throw new Error(`U+${code.toString(16)} is read as ${read}`);
  }
});

test('what is normal stays as it is', () => {
  const letter = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(...'JjHTWYΑΣσς\u0301\u030c\u0323\u0345'),
  );
  const email = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => `${letters.join('')}@example.com`);
  fc.assert(
    fc.property(email, (sent) => {
      const normal = normaliseEmail(sent);
      if (normal) expect(normaliseEmail(normal)).toBe(normal);
    }),
    { numRuns: isQuick ? 1000 : 5000 },
  );
});

test('an email of look-alikes reaches nobody, at sign-up and at login', async () => {
  const app = await startApp();
  await app.as('kelvin');
  const input = { email: '\u212aelvin@example.com', password: PASSWORD };
  expect(await app.codeOf(SIGNUP, { input })).toBe('BAD_USER_INPUT');
  expect(await app.codeOf(LOGIN, { input })).toBe('INVALID_CREDENTIALS');
  expect(await app.codeOf(LOGIN, { input: { ...input, email: 'Kelvin@example.com' } })).toBeNull();
});
