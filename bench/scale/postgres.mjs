import pg from 'pg';
import { parentOf, timeOfFamily } from './processors.mjs';

export async function connected(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

/** Milliseconds of processor time that PostgreSQL takes meanwhile. It must run on this machine, and do nothing else. */
export async function processorTimeOf(client, work) {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(rows[0].pid);
  const before = timeOfFamily(postmaster);
  await work();
  return timeOfFamily(postmaster) - before;
}

export async function timeOf(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
