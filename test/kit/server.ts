import pg from 'pg';

/** A new database on the server; with `template`, a copy of that one. */
export const createDatabase = (server: string, name: string, template = 'template1') =>
  query(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);

export const dropDatabase = (server: string, name: string) => query(server, `DROP DATABASE "${name}" WITH (FORCE)`);

export function urlOf(server: string, name: string) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function query(server: string, sql: string) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
