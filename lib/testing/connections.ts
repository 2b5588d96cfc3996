import pg from "pg";

/** The migrated database that every test database is copied from. */
export const TEMPLATE = "greentick_template";
export const TEST_PREFIX = "greentick_test_";
/** What the comment of a database says that a failed test leaves to be looked at. */
export const KEPT_NOTE = "kept: a test failed";

/** The same server and login, another database. */
export function toDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs some statements on a connection that is closed afterwards. */
export async function onServer<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
