import pg from 'pg';

/** Those of the tasks with these titles that the user does not have. */
export async function tasksMissing(url: string, titles: string[], email: string): Promise<string[]> {
  const rows = await queried(url, `SELECT title FROM "Task" JOIN "User" ON "User".id = "ownerId" WHERE email = $1`, [
    email,
  ]);
  const stored = new Set(rows.map(({ title }) => title));
  return titles.filter((title) => !stored.has(title));
}

export async function queried(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
