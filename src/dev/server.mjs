// The process in which `npm run dev` runs a server. It ends with dev.mjs, whatever ended that, and as cleanly as at a signal.
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

process.on('disconnect', () => process.emit('SIGTERM') || process.exit());
const { printSdl } = await import('../../dist/schema.js');
const sdl = `${printSdl()}\n`;
const isOld = !existsSync('schema.graphql') || readFileSync('schema.graphql', 'utf8') !== sdl;
if (isOld) writeFileSync('schema.graphql', sdl);

process.send('built');
await once(process, 'message'); // The server from before has given the database back.
await import('../../dist/main.js');
