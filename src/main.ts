import cluster from 'node:cluster';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createHashing } from './auth/hashing.ts';
import { argon2InHelper } from './auth/hashing-helper.ts';
import { type Config, parseConfig } from './config/config.ts';
import { developmentSecret } from './config/development-secret.ts';
import { openDatabase } from './db/database.ts';
import { makeEmbedded } from './db/embedded.ts';
import { migrate } from './db/migrations/migrate.ts';
import { isOutage } from './db/outage.ts';
import { AppError } from './errors.ts';
import { answerWaiting } from './http/waiting.ts';
import { createLog, type Log, readable } from './log.ts';
import { createHttpServer, finish } from './serving/server.ts';
import { runWorkers } from './serving/workers.ts';

/** Milliseconds between two tries to reach a database that is away. */
const RETRY_AFTER = 1000;

const MAIN = fileURLToPath(import.meta.url);
const HASHING = fileURLToPath(new URL('auth/hashing-main.js', import.meta.url));
const now = () => new Date();
const [command = 'serve', ...args] = process.argv.slice(2);

try {
  if (command === 'serve') await start(readConfig());
  else {
    const { runCommand } = await import('./commands.ts');
    await runCommand(command, args, readConfig, now(), process.stdin.isTTY && process.stdout.isTTY ? ask : null);
  }
} catch (error) {
  // Whoever runs a command may know the private detail.
  console.error(error instanceof AppError ? error.detail : error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// The engines that migrate leave timers of ten seconds behind, which would keep the process for nothing.
process.exit();

function readConfig() {
  if (existsSync('.env')) process.loadEnvFile();
  return parseConfig(process.env);
}

/** Whoever goes away has not said yes. */
async function ask(question: string) {
  const terminal = createInterface(process.stdin, process.stdout);
  const answer = await Promise.race([terminal.question(question), once(terminal, 'close')]);
  terminal.close();
  return /^y(es)?$/i.test(String(answer).trim());
}

/** Serves until the process is told to stop, and then finishes what is under way. */
async function start(config: Config) {
  // From the first moment on: a signal that comes while we start must not cut that short half-way.
  const toldToStop = new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve);
  });
  const log = createLog(config.logLevel, config.production ? undefined : await readable());
  if (config.workers === 1 || cluster.isWorker) return serve(config, log, toldToStop);
  const database = await openDatabase(config.storage);
  // Where it is away, the workers wait for it.
  await migrate(database)
    .catch((error) => {
      if (!isOutage(error)) throw error;
    })
    .finally(database.close);
  await runWorkers(config.workers, { main: MAIN, log, toldToStop, ready });
}

async function serve(config: Config, log: Log, toldToStop: Promise<unknown>) {
  let answer = answerWaiting(config.corsOrigins);
  const server = createHttpServer(config, (request, response) => answer(request, response));
  const port = await listen(server, config);
  const made = config.storage.kind === 'embedded' && makeEmbedded(config.storage.dataDir, [MAIN, 'migrate']);
  // Loaded meanwhile, and only by who serves: it is most of all modules.
  const [{ createApp }] = await Promise.all([import('./app.ts'), made]);
  const traces = config.traces ? await (await import('./telemetry/traces.ts')).startTraces() : undefined;
  const database = await openDatabase(config.storage, traces?.statement);
  try {
    const secrets = config.jwtSecrets.length > 0 ? config.jwtSecrets : [developmentSecret(config.dataDir)];
    const hashing = createHashing({ argon2: argon2InHelper(HASHING) });
    const app = await untilReached({ log, toldToStop }, async () => {
      await migrate(database);
      return createApp({ config, database, log, now, secrets, hashing, traces });
    });
    try {
      if (app) {
        answer = app.listener;
        if (app.metrics && config.metrics) {
          const metricsPort = await listen(createServer(app.metrics), config.metrics);
          log.info(`Metrics: http://${config.metrics.host}:${metricsPort}/metrics`);
        }
        const url = `${config.tls ? 'https' : 'http'}://${config.host}:${port}/graphql`;
        log.info(config.graphiql ? `Latchkey is ready. GraphiQL: ${url}` : `Latchkey is ready at ${url}`);
        if (config.mail && !config.mail.smtpUrl) log.info(`Mails: ${new URL('/dev/mail', url)}`);
        ready();
      }
      await toldToStop;
      log.info('stopping: what is under way is finished first');
      app?.leave();
      await setTimeout(config.stopDelay);
      app?.endStreams();
      await finish(server);
    } finally {
      await app?.close();
    }
  } finally {
    await database.close();
    await traces?.stop();
  }
}

/** Does what needs the database as soon as that is there; null where the server is told to stop before. */
async function untilReached<T>({ log, toldToStop }: Waiting, work: () => Promise<T>): Promise<T | null> {
  const stopped = toldToStop.then(() => null);
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (tries === 1) log.error({ err: error }, 'the database cannot be reached, and is tried again until it can');
    }
    if ((await Promise.race([stopped, setTimeout(RETRY_AFTER, 'again')])) === null) return null;
  }
}

/** dev.mjs waits for it; so do process managers such as pm2. */
function ready() {
  process.send?.('ready');
}

/** On the port that it got, where any will do. */
function listen(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is taken (EADDRINUSE): name another one.`) : error),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

interface Waiting {
  log: Log;
  toldToStop: Promise<unknown>;
}
