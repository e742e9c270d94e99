import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startApp, type TestApp } from '../kit/app.ts';
import { bearing, generationOf, LOGOUT, ME, refreshed, signIn } from '../kit/requests.ts';
import { isQuick, isThorough } from '../kit/thorough.ts';
import { createModel, DAY, type Model, SECOND } from './refresh-model.ts';

// Two replicas over the database and the clock of a third app, which is asked for nothing.
const base = await startApp();
const { email } = await base.as('ann');
const replicas: [TestApp, TestApp] = [await startApp({ besides: base }), await startApp({ besides: base })];

/** How many random histories: more with REFRESH_RUNS. */
const RUNS = Number(process.env['REFRESH_RUNS'] ?? (isThorough ? 12 : isQuick ? 1 : 4));

test('whatever clients, thieves, clocks and crashes do, two replicas follow the rules of refreshing', async () => {
  await fc.assert(
    fc.asyncProperty(histories(), (history) =>
      fc.asyncModelRun(async () => {
        const model = createModel(() => base.now().getTime());
        await signingIn().run(model, replicas);
        return { model, real: replicas };
      }, history),
    ),
    { numRuns: RUNS },
  );
}, 300_000);

function histories() {
  const session = fc.nat({ max: 5 });
  const replica = fc.constantFrom(0 as const, 1 as const);
  const refreshes = fc
    .tuple(session, fc.constantFrom(0, 0, 0, 0, 1, 2, 3), replica, fc.nat({ max: 4 }))
    .map(([which, back, at, luck]) => refreshing(which, back, at, luck === 0));
  const pauses = fc.constantFrom(1, 9_999, 10_000, 10_001, 60 * SECOND, 900 * SECOND, DAY, 6 * DAY, 7 * DAY);
  return fc.commands(
    [
      fc.constant(signingIn()),
      refreshes,
      refreshes,
      refreshes,
      fc.tuple(session, fc.constantFrom(0, 0, 1, 2)).map(([which, back]) => twentyAtOnce(which, back)),
      fc.tuple(fc.constantFrom('logout' as const, 'reuse' as const), session).map(([what, which]) => amid(what, which)),
      fc.tuple(session, replica).map(([which, at]) => loggingOut(which, at)),
      replica.map(crashing),
      pauses.map(pausing),
    ],
    { maxCommands: 25, size: 'max' },
  );
}

const signingIn = (): Step => ({
  toString: () => 'sign in',
  check: () => true,
  async run(model, [replica]) {
    model.signedIn(await signIn(replica.url, replica, email));
  },
});

/** With the newest token that the client has, or one that is `back` generations older. */
const refreshing = (which: number, back: number, at: 0 | 1, isLost: boolean): Step => ({
  toString: () => `refresh session ${which}, ${back} back, at ${at}${isLost ? ', and lose the answer' : ''}`,
  check: () => true,
  async run(model, real) {
    const { session, generation, tokens } = pick(model, which, back);
    const isTaken = model.presented(session, generation, tokens);
    const answer = await refreshed(real[at], tokens.refreshToken);
    expectAnswer(answer, isTaken, generation);
    if (typeof answer === 'object' && !isLost) session.held[generation + 1] = answer;
    await expectAgreement(model, real, at);
  },
});

const twentyAtOnce = (which: number, back: number): Step => ({
  toString: () => `refresh session ${which}, ${back} back, 20 times at once`,
  check: () => true,
  async run(model, real) {
    const { session, generation, tokens } = pick(model, which, back);
    const isTaken = model.presented(session, generation, tokens);
    const answers = await atOnce(20, (index) => refreshed(real[index % 2 ? 1 : 0], tokens.refreshToken));
    for (const answer of answers) expectAnswer(answer, isTaken, generation);
    const [kept] = answers;
    if (typeof kept === 'object') session.held[generation + 1] = kept;
    await expectAgreement(model, real);
  },
});

/** Which of them comes first is open; how it ends is not. */
const amid = (what: 'logout' | 'reuse', which: number): Step => ({
  toString: () => `refresh session ${which} 19 times with a ${what} among them`,
  check: (model) => what === 'logout' || pick(model, which, 0).generation >= 2,
  async run(model, real) {
    const { session, generation, tokens } = pick(model, which, 0);
    const old = pick(model, which, 2);
    const answers = await atOnce(20, async (index) => {
      const replica = real[index % 2 ? 1 : 0];
      if (index !== 7) return refreshed(replica, tokens.refreshToken);
      if (what === 'reuse') return refreshed(replica, old.tokens.refreshToken);
      return (await replica.ask(LOGOUT, { token: tokens.refreshToken })).data.logout === true;
    });
    for (const answer of answers) {
      if (typeof answer === 'object') expectAnswer(answer, true, generation);
      // Refused at the door, or with the tokens in hand: the answer asks for the user, whom an ended session may not see.
      else expect([true, 'REFRESH_REJECTED', 'SESSION_ENDED']).toContain(answer);
    }
    model.presented(session, generation, tokens);
    if (what === 'reuse') model.presented(session, old.generation, old.tokens);
    else session.ended ||= !model.isPast(tokens);
    const late = answers.find((answer) => typeof answer === 'object');
    if (typeof late === 'object') session.held[generation + 1] = late;
    await expectAgreement(model, real);
  },
});

const loggingOut = (which: number, at: 0 | 1): Step => ({
  toString: () => `log out of session ${which} at ${at}`,
  check: () => true,
  async run(model, real) {
    const { session, tokens } = pick(model, which, 0);
    expect((await real[at].ask(LOGOUT, { token: tokens.refreshToken })).data.logout).toBe(true);
    session.ended ||= !model.isPast(tokens);
    await expectAgreement(model, real, at);
  },
});

const crashing = (at: 0 | 1): Step => ({
  toString: () => `replica ${at} crashes, and another takes its place`,
  check: () => true,
  async run(model, real) {
    await real[at].stop();
    real[at] = await startApp({ besides: base });
    await expectAgreement(model, real, at);
  },
});

const pausing = (milliseconds: number): Step => ({
  toString: () => `wait ${milliseconds / SECOND} s`,
  check: () => true,
  async run(model, real) {
    await real[0].advance(milliseconds);
    await expectAgreement(model, real);
  },
});

function pick({ sessions }: Readonly<Model>, which: number, back: number) {
  const session = sessions[which % sessions.length] as Model['sessions'][number];
  const generation = Math.max(0, session.held.length - 1 - back);
  return { session, generation, tokens: session.held[generation] as (typeof session.held)[number] };
}

function expectAnswer(answer: Awaited<ReturnType<typeof refreshed>>, isTaken: boolean, generation: number) {
  const got = typeof answer === 'object' ? generationOf(answer.refreshToken) : answer;
  expect(got).toBe(isTaken ? generation + 1 : 'REFRESH_REJECTED');
}

/** Where something was done it is felt at once, and everywhere else once the feed is read. */
async function expectAgreement(model: Model, real: [TestApp, TestApp], at?: 0 | 1) {
  if (at !== undefined) await expectCodes(model, real[at]);
  for (const replica of real) {
    await replica.advance(0);
    await expectCodes(model, replica);
  }
}

async function expectCodes(model: Model, replica: TestApp) {
  const newest = model.sessions.map((session) => ({
    session,
    tokens: session.held.at(-1) as (typeof session.held)[0],
  }));
  const codes = await Promise.all(newest.map(({ tokens }) => bearing(replica, tokens.accessToken).codeOf(ME)));
  expect(codes).toEqual(newest.map(({ session, tokens }) => model.codeOf(session, tokens)));
}

const atOnce = <T>(times: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, index) => work(index)));

type Step = fc.AsyncCommand<Model, [TestApp, TestApp]>;
