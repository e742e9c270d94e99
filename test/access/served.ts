import { beforeEach } from 'vitest';
import { startApp } from '../kit/app.ts';
import { addUnscopedFields } from './matrix-cells.ts';
import { schemaWith } from './places.ts';

/** An app that serves whatever schema a test puts there; the next test finds the real one again, with the fields that have no rule. */
export async function startServing() {
  addUnscopedFields();
  const real = schemaWith('Query.me', ['AUTHENTICATED']);
  const serving = { schema: real };
  beforeEach(() => {
    serving.schema = real;
  });
  return { serving, app: await startApp({ schema: () => serving.schema }) };
}
