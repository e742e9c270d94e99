import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { samplesIn } from '../../src/graphiql/samples.ts';
import { schema } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { openStream } from '../kit/stream.ts';

const samples = samplesIn(schema);

test('there are samples, the first of which signs up', () => {
  expect(samples[0]).toContain('mutation SignUp');
  expect(samples.flatMap((sample) => validate(schema, parse(sample)))).toEqual([]);
});

test('each sample runs as it stands, after those before it', async () => {
  const app = await startApp();
  let accessToken = '';
  for (const sample of samples) {
    if (/^subscription/m.test(sample)) {
      // It is open: its first event is for the tests of its domain.
      const stream = await openStream(app.url, sample, accessToken);
      stream.close();
      continue;
    }
    const authorization: Record<string, string> = accessToken ? { authorization: `Bearer ${accessToken}` } : {};
    const { data, errors } = await app.ask(sample, {}, authorization);
    expect(errors, sample).toBe(undefined);
    accessToken ||= data.signup.accessToken;
  }
});
