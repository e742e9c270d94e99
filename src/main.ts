import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createApp } from './app.ts';
import { developmentSecret } from './auth/new-keys.ts';
import { runCommand } from './commands.ts';
import { type Config, parseConfig } from './config.ts';
import { openDatabase } from './db/client.ts';
import { migrate } from './db/migrations.ts';
import { AppError } from './errors.ts';
import { createLog } from './log.ts';

/** Milliseconds that requests under way have to finish once the server is told to stop. */
const PATIENCE = 8000;

const now = () => new Date();
const [command = 'serve', ...args] = process.argv.slice(2);

try {
  if (command === 'serve') await serve(readConfig());
  else await runCommand(command, args, readConfig, now());
} catch (error) {
  // Whoever runs a command may know the private reason.
  console.error(error instanceof AppError ? error.reason : error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// The engines that migrate leave timers of ten seconds behind, which would keep the process for nothing.
process.exit();

function readConfig() {
  if (existsSync('.env')) process.loadEnvFile();
  return parseConfig(process.env);
}

/** Serves until the process is told to stop, and then finishes what is under way. */
async function serve(config: Config) {
  // From the first moment on: a signal that comes while we start must not cut that short half-way.
  const toldToStop = new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve);
  });
  const log = createLog(config.logLevel, !config.production);
  await makeEmbedded(config);
  const database = await openDatabase(config.storage);
  try {
    await migrate(database);
    const secrets = config.jwtSecrets.length > 0 ? config.jwtSecrets : [developmentSecret(config.dataDir)];
    const app = await createApp({ config, database, log, now, secrets });
    const server = config.tls ? createTlsServer(config.tls, app.listener) : createServer(app.listener);
    try {
      const url = await listen(server, config);
      log.info(config.graphiql ? `Latchkey is ready. GraphiQL: ${url}` : `Latchkey is ready at ${url}`);
      await toldToStop;
      log.info('stopping: what is under way is finished first');
      setTimeout(() => server.closeAllConnections(), PATIENCE).unref();
      const closed = new Promise((resolve) => server.close(resolve));
      // Kept alive after its last answer, a connection would hold the server up for five seconds more.
      setInterval(() => server.closeIdleConnections(), 50).unref();
      app.endStreams();
      await closed;
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

/** In a process of its own, for the engine that migrates leaves 60 MB behind. Where it fails, the start does so again and says why. */
async function makeEmbedded({ storage }: Config) {
  if (storage.kind !== 'embedded' || existsSync(join(storage.dataDir, 'db'))) return;
  await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), 'migrate']).catch(() => {});
}

function listen(server: ReturnType<typeof createServer>, { port, host, tls }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port } = server.address() as AddressInfo;
      resolve(`${tls ? 'https' : 'http'}://${host}:${port}/graphql`);
    });
  });
}
