import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { QUEUE_OPTIONS } from "#lib/model/queues.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const MIGRATIONS = join(HERE, "migrations");
const GRANTS = join(HERE, "grants.sql");

/** Any fixed number will do, so long as every migration of this product asks for the same one. */
const LOCK = 7_364_520_118;

export interface MigrateOptions {
  /** The owner's login: the only one that may create. */
  readonly ownerUrl: string;
  /** Names of the two logins that get rights; they must exist. */
  readonly webUser: string;
  readonly workerUser: string;
}

/**
 * Brings a database up to date: our migrations, the rights in `db/grants.sql`, pg-boss's schema and its queues, and rights on those.
 * May be repeated, and run by several at once: they wait for each other.
 *
 * @throws {Error} when a login is missing, or a migration fails; ours are then rolled back whole
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: "greentick-migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await requireLogins(client, [options.webUser, options.workerUser]);
    if (existsSync(join(MIGRATIONS, "meta", "_journal.json")))
      await runMigrations(drizzle(client), { migrationsFolder: MIGRATIONS });
    await grantOurs(client, options);
    await installQueue(options.ownerUrl);
    await grantQueue(client, options);
  } finally {
    // Ending the session gives the lock back too.
    await client.end();
  }
}

/** The login names in connection addresses, for `npm run migrate`, which is given addresses and not names. */
export function loginOf(url: string | undefined, otherwise: string): string {
  return (url === undefined ? "" : decodeURIComponent(new URL(url).username)) || otherwise;
}

async function requireLogins(client: pg.Client, logins: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ rolname: string; unbound: boolean }>(
    "select rolname, (rolsuper or rolbypassrls or rolname = current_user) as unbound from pg_roles where rolname = any($1)",
    [logins],
  );
  for (const login of logins) {
    const found = rows.find((row) => row.rolname === login);
    if (found === undefined)
      throw new Error(
        `The login ${login} does not exist. Make it first: create role ${pg.escapeIdentifier(login)} login password '...';`,
      );
    if (found.unbound)
      throw new Error(
        `The login ${login} must be neither owner nor superuser nor BYPASSRLS: row-level security would not bind it.`,
      );
  }
}

/** `db/grants.sql` says it all and is run anew each time, after every earlier right is withdrawn, in one transaction. */
async function grantOurs(client: pg.Client, { webUser, workerUser }: MigrateOptions): Promise<void> {
  if (!existsSync(GRANTS)) return;
  const names: Record<string, string> = { web: pg.escapeIdentifier(webUser), worker: pg.escapeIdentifier(workerUser) };
  const both = `${names.web}, ${names.worker}`;
  const { rows } = await client.query<{ nspname: string }>(
    "select nspname from pg_namespace where nspname in ('public', 'app') and pg_has_role(current_user, nspowner, 'usage') order by nspname",
  );
  await client.query("begin");
  try {
    for (const { nspname } of rows) {
      await client.query(`revoke all on all tables in schema ${nspname} from ${both}`);
      await client.query(`revoke all on all sequences in schema ${nspname} from ${both}`);
    }
    const sql = readFileSync(GRANTS, "utf8").replace(/(?<!:):(web|worker)\b/g, (_, name: string) => names[name] ?? "");
    await client.query(sql);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

/** pg-boss's schema and our queues; web and worker later run it with `migrate: false` and never create anything. */
async function installQueue(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: "pgboss",
    migrate: true,
    createSchema: true,
    supervise: false,
    schedule: false,
    max: 2,
  });
  boss.on("error", () => undefined);
  await boss.start();
  try {
    for (const [name, options] of Object.entries(QUEUE_OPTIONS)) {
      if ((await boss.getQueue(name)) === null) await boss.createQueue(name, options);
      else {
        // A queue's policy is fixed when it is made.
        const { policy: _policy, ...changeable } = options;
        if (Object.keys(changeable).length > 0) await boss.updateQueue(name, changeable);
      }
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}

async function grantQueue(client: pg.Client, { webUser, workerUser }: MigrateOptions): Promise<void> {
  const both = `${pg.escapeIdentifier(webUser)}, ${pg.escapeIdentifier(workerUser)}`;
  await client.query(`
    grant usage on schema pgboss to ${both};
    grant select, insert, update, delete on all tables in schema pgboss to ${both};
    grant usage, select on all sequences in schema pgboss to ${both};
    grant execute on all functions in schema pgboss to ${both};
  `);
}
