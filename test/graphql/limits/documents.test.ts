import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { useKnownDocuments } from '../../../src/graphql/limits/documents.ts';
import { schema } from '../../../src/schema.ts';
import { startApp } from '../../kit/app.ts';
import { isQuick, isThorough } from '../../kit/thorough.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = () => {
  collect();
  return process.memoryUsage().heapUsed / 1_000_000;
};

const MANY = isThorough ? 20_000 : isQuick ? 200 : 2000;

/** Sends a text through the plugin as Yoga does; whether its document was known. */
function sendTo(
  { onParse, onValidate }: ReturnType<typeof useKnownDocuments>,
  text: string,
  valid = true,
  as = schema,
) {
  let known: unknown;
  onParse?.({ params: { source: text }, setParsedDocument: (document: unknown) => (known = document) } as never);
  const documentAST = known ?? parse(text);
  let isValidated = false;
  const params = { schema: as, documentAST };
  const done = onValidate?.({ params, setResult: () => (isValidated = true) } as never);
  if (done) (done as (result: object) => void)({ valid });
  return known !== undefined && isValidated;
}

test('a document that was found valid is known when it is sent again, an invalid one is not', () => {
  const plugin = useKnownDocuments();
  expect([1, 2, 3].map(() => sendTo(plugin, '{ me { id } }'))).toEqual([false, true, true]);
  expect([1, 2].map(() => sendTo(plugin, '{ you }', false))).toEqual([false, false]);
});

test('what is valid for one schema is validated for another', () => {
  const plugin = useKnownDocuments();
  sendTo(plugin, '{ me { id } }');
  expect(sendTo(plugin, '{ me { id } }', true, Object.create(schema))).toBe(false);
});

test('a big document is not kept, and many leave room for those that are sent often', () => {
  const plugin = useKnownDocuments();
  const big = `{ ${'id '.repeat(900)} }`;
  expect([1, 2].map(() => sendTo(plugin, big))).toEqual([false, false]);
  expect([1, 2].map(() => sendTo(plugin, `{ id } ${'#'.repeat(300_000)}`))).toEqual([false, false]);
  sendTo(plugin, '{ often }');
  for (let n = 0; n < 500; n += 1) {
    sendTo(plugin, `{ a${n} { ${'id '.repeat(100)} } }`);
    expect(sendTo(plugin, '{ often }')).toBe(true);
  }
  expect(sendTo(plugin, `{ a0 { ${'id '.repeat(100)} } }`)).toBe(false);
});

test('documents fill no memory, however many and whatever they are made of', () => {
  const plugin = useKnownDocuments();
  const kinds: ((n: number) => string)[] = [
    (n) => `{ a${n} ${'a '.repeat(450)} }`,
    (n) => `{ a${n} ${'a { '.repeat(200)} a ${'} '.repeat(200)} }`,
    (n) => `{ a${n}(text: "${'é'.repeat(20_000)}") }`,
    (n) => `{ a${n} ${'#\n'.repeat(400)} }`,
    (n) => `{ a${n} }`,
  ];
  const before = heap();
  for (let n = 0; n < 250; n += 1) for (const kind of kinds) sendTo(plugin, kind(n));
  for (let n = 0; n < 5000; n += 1) sendTo(plugin, `{ b${n} }`);
  expect(heap() - before).toBeLessThan(16);
  expect(sendTo(plugin, '{ b4999 }')).toBe(true);
}, 60_000);

test('a server that is sent large documents, each another, takes no more memory', async () => {
  const { ask } = await startApp();
  const large = (n: number) => `{ ${'__typename '.repeat(19)} a${n}: __typename # ${'x'.repeat(29_000)} ${n}\n }`;
  const invalid = (n: number) => `{ ${'nothing '.repeat(19)} a${n}: nothing # ${'x'.repeat(29_000)} ${n}\n }`;
  const send = async (from: number) => {
    for (let n = from; n < from + 25; n += 1) await Promise.all([ask(large(n)), ask(invalid(n))]);
  };
  await send(0);
  const before = heap();
  await send(1000);
  expect(heap() - before).toBeLessThan(15);
}, 60_000);

test('of a million distinct documents none stays: thousands more, each of other names, take no more memory', async () => {
  const { ask, logged } = await startApp();
  const send = async (from: number, count: number) => {
    for (let n = from; n < from + count; n += 10) {
      const batch = Array.from({ length: 10 }, (_, one) => n + one);
      await Promise.all(batch.map((n) => ask(`query Q${n} { a${n}: viewer { ${'id '.repeat(100)} } }`)));
    }
  };
  // These fill what is kept of documents.
  await send(0, 300);
  logged.length = 0;
  const before = heap();
  await send(1000, MANY);
  // The kit keeps the log, which a server does not.
  logged.length = 0;
  expect(heap() - before).toBeLessThan(8);
}, 120_000);
