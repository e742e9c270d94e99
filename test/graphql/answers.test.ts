import { extendSchema, GraphQLError, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { AppError, ERRORS } from '../../src/errors.ts';
import { createAnswers, useAnswers } from '../../src/graphql/answers.ts';
import { schema as latchkey } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';

const SECRET = 'kaboom secret';
const CHALLENGE = 'Bearer';
const INVALID = 'Bearer error="invalid_token"';

/** Fields that fail, each in a way of its own, beside those of the real schema. */
const FAILURES: Record<string, () => unknown> = {
  error: () => {
    throw new Error(SECRET);
  },
  rejection: async () => {
    throw new TypeError(SECRET);
  },
  graphqlError: () => {
    throw new GraphQLError(SECRET, {
      extensions: { code: SECRET as never, http: { status: 418, headers: { 'x-secret': SECRET } } },
    });
  },
  wrapped: () => {
    throw new GraphQLError('Hello', { originalError: new Error(SECRET), extensions: { stack: SECRET } });
  },
  text: () => {
    throw SECRET;
  },
  nothing: () => {
    throw undefined;
  },
  object: () => {
    throw { message: SECRET, extensions: { code: 'FORBIDDEN' } };
  },
  returned: () => new Error(SECRET),
  caused: () => {
    throw new Error('outside', { cause: new Error(SECRET) });
  },
  privately: () => {
    throw new AppError('SERVICE_UNAVAILABLE', SECRET, { cause: new Error(SECRET) });
  },
  unserializable: () => ({ toString: SECRET }),
};
const NAMES = Object.keys(FAILURES);

function failing() {
  const fields = NAMES.map((name) => `${name}: String`).join(' ');
  const schema = extendSchema(
    latchkey,
    parse(`extend type Query { ${fields} missing: String! fine: String many: [String] }`),
  );
  const query = schema.getQueryType()?.getFields() ?? {};
  for (const [name, resolve] of Object.entries(FAILURES)) Object.assign(query[name] ?? {}, { resolve });
  Object.assign(query['many'] ?? {}, { resolve: () => Array.from({ length: 250 }, () => new Error(SECRET)) });
  Object.assign(query['fine'] ?? {}, { resolve: () => 'fine' });
  return schema;
}

describe.each([
  ['development', {}],
  ['production', PRODUCTION],
])('in %s', async (_name, env) => {
  const app = await startApp({ schema: failing(), env });

  test.each(NAMES.filter((name) => name !== 'privately'))('what a resolver throws stays inside: %s', async (name) => {
    const { status, headers, data, errors } = await app.ask(`{ ${name} }`, {}, HTTPS);
    const expected = {
      message: ERRORS.INTERNAL_SERVER_ERROR.sentence,
      locations: [{ line: 1, column: 3 }],
      path: [name],
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
    expect({ status, data, errors }).toEqual({ status: 200, data: { [name]: null }, errors: [expected] });
    expect(JSON.stringify([...headers])).not.toContain('secret');
  });

  test('the log has it, with the request id that the client got', async () => {
    const { headers } = await app.ask('{ error }', {}, HTTPS);
    const line = app.logged.map((text) => JSON.parse(text)).findLast(({ path }) => path === 'error');
    expect(line).toMatchObject({
      level: 50,
      requestId: headers.get('x-request-id'),
      err: { type: 'Error', message: SECRET, stack: expect.stringContaining('answers.test.ts') },
    });
  });

  test('the log has the cause, too', async () => {
    await app.ask('{ caused }', {}, HTTPS);
    const line = app.logged.map((text) => JSON.parse(text)).findLast(({ path }) => path === 'caused');
    expect(line.err).toMatchObject({ message: 'outside', cause: { message: SECRET } });
  });

  test('a refusal keeps its detail for the log', async () => {
    const { status, headers, errors } = await app.ask('{ privately }', {}, HTTPS);
    expect([status, errors?.[0]?.message]).toEqual([503, ERRORS.SERVICE_UNAVAILABLE.sentence]);
    expect(JSON.stringify(errors)).not.toContain('secret');
    const line = app.logged.map((text) => JSON.parse(text)).findLast(({ path }) => path === 'privately');
    expect(line).toMatchObject({ requestId: headers.get('x-request-id'), detail: SECRET, err: { message: SECRET } });
  });

  test('a null that may not be is a failure, not an explanation of the schema', async () => {
    const { data, errors } = await app.ask('{ missing }', {}, HTTPS);
    expect({ data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message }).toEqual({
      data: null,
      code: 'INTERNAL_SERVER_ERROR',
      message: ERRORS.INTERNAL_SERVER_ERROR.sentence,
    });
  });

  test('an answer holds at most 100 errors, of which the last says that there are more', async () => {
    const { status, data, errors } = await app.ask('{ many }', {}, HTTPS);
    expect([status, data.many.length, errors?.length]).toEqual([200, 250, 100]);
    const codes = errors?.map(({ extensions }) => extensions.code);
    expect(codes).toEqual([...Array(99).fill('INTERNAL_SERVER_ERROR'), 'OPERATION_REFUSED']);
    expect(errors?.at(-1)?.extensions).toMatchObject({ limit: { name: 'errors', found: 250, allowed: 100 } });
  });

  test('what is wrong at several places of a document is told once, with all of them', async () => {
    const { errors } = await app.ask('{ nowhere me { id } nowhere other }', {}, HTTPS);
    expect(errors).toMatchObject([
      { locations: [{ column: 3 }, { column: 21 }], extensions: { code: 'BAD_USER_INPUT' } },
      { locations: [{ column: 29 }] },
    ]);
    expect(errors).toHaveLength(2);
  });

  test('every request has an id of its own, whatever the client sends as one', async () => {
    const sent = { ...HTTPS, 'x-request-id': 'forged' };
    const [one, other] = await Promise.all([app.ask('{ fine }', {}, sent), app.ask('{ fine }', {}, sent)]);
    const ids = [one.headers.get('x-request-id'), other.headers.get('x-request-id')];
    expect(ids).not.toContain('forged');
    expect(new Set(ids).size).toBe(2);
  });
});

test('answers to a batch are masked like one answer, should anybody turn batching on', () => {
  const { onResultProcess } = useAnswers(createAnswers({ suggestions: false, maxErrors: 100 }), () => false);
  let answers: unknown;
  const setResult = (result: unknown) => {
    answers = result;
  };
  const result = [
    { errors: [new GraphQLError(SECRET, { path: ['a'], originalError: new Error(SECRET) })] },
    { data: {} },
  ];
  onResultProcess?.({ result, setResult, serverContext: { record: { codes: {}, limits: [] }, token: {} } } as never);
  expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }, { data: {} }]);
  expect(JSON.stringify(answers)).not.toContain(SECRET);
});

describe('the status', async () => {
  const { as, ask, advance, url } = await startApp({ schema: failing() });
  const ann = await as('ann');
  const statusOf = async (query: string, headers: Record<string, string> = {}) => {
    const { status, headers: answered } = await ask(query, {}, headers);
    return [status, answered.get('www-authenticate')];
  };
  const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

  test('is 401 with a challenge where authentication is why there is nothing', async () => {
    expect(await statusOf('{ me { id } }')).toEqual([401, CHALLENGE]);
    expect(await statusOf('mutation { logoutAll }')).toEqual([401, CHALLENGE]);
  });

  test('is 401 with error="invalid_token" where a token was sent', async () => {
    expect(await statusOf('{ me { id } }', bearing('nonsense'))).toEqual([401, INVALID]);
  });

  test('is 403 where permission is why', async () => {
    expect(await statusOf('{ users { totalCount } }', bearing(ann.accessToken))).toEqual([403, null]);
  });

  test('is 200 where part of the document was answered', async () => {
    expect(await statusOf('{ fine me { id } }')).toEqual([401, CHALLENGE]); // me cannot be null: nothing is left
    expect(await statusOf('{ fine user(id: "1") { id } }')).toEqual([200, null]);
    expect(await statusOf('{ fine error }')).toEqual([200, null]);
  });

  test('is 200 where null is the answer', async () => {
    expect(await statusOf('{ viewer { id } }')).toEqual([200, null]);
    expect(await statusOf('{ viewer { id } user(id: "1") { id } }')).toEqual([200, null]);
    expect(await statusOf('{ user(id: "1") { id } }')).toEqual([401, CHALLENGE]);
  });

  test('is 200 or 400, by what the client accepts, for a document that cannot be used', async () => {
    const post = (query: string, variables: object, accept: string) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query, variables }),
      }).then(async (response) => [response.status, Object.keys((await response.json()) as object)]);
    for (const [query, variables] of [
      ['{ fine', {}],
      ['{ nowhere }', {}],
      ['query ($id: ID!) { user(id: $id) { id } }', {}],
      ['query ($id: ID!) { user(id: $id) { id } }', { id: {} }],
    ] as const) {
      expect(await post(query, variables, 'application/json'), query).toEqual([200, ['errors']]);
      expect(await post(query, variables, 'application/graphql-response+json'), query).toEqual([400, ['errors']]);
    }
  });

  test('is 401 once the token has expired', async () => {
    await advance(3_600_000);
    expect(await statusOf('{ me { id } }', bearing(ann.accessToken))).toEqual([401, INVALID]);
  });
});
