import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { HAS_OPEN_MEMBER } from "#db/queries/postings/run-members.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ConnectionOptions } from "#lib/connectors/types.ts";

/** How a client's connection works: the switch, what syncs, from when, and the options that can be set. */
export interface Integration {
  readonly connectionId: string;
  readonly package: string;
  readonly state: "live" | "lost";
  readonly moduleOn: boolean;
  /** YYYY-MM-DD. */
  readonly startOn: string | null;
  readonly entitiesOn: readonly RecordKind[];
  /** Kinds that the package takes from us at all. */
  readonly takes: readonly RecordKind[];
  readonly settings: ConnectionSettings;
  /** What the connector's options were set to. */
  readonly options: ConnectionOptions;
}

interface Row extends Record<string, unknown> {
  id: string;
  package: string;
  state: "live" | "lost";
  module_on: boolean;
  start_on: string | null;
  entities_on: RecordKind[];
  takes: RecordKind[];
  settings: ConnectionSettings;
  options: ConnectionOptions;
}

const COLUMNS = sql`id, package, state, module_on, start_on::text as start_on, entities_on, takes, settings, options`;

const fromRow = (row: Row): Integration => ({
  connectionId: row.id,
  package: row.package,
  state: row.state,
  moduleOn: row.module_on,
  startOn: row.start_on,
  entitiesOn: row.entities_on,
  takes: row.takes,
  settings: row.settings,
  options: row.options,
});

/** The client's connection as it is set; null without one. */
export async function findIntegration(db: ScopedDb, scope: ClientScope): Promise<Integration | null> {
  const { rows } = await db.execute<Row>(
    sql`select ${COLUMNS} from connections where client_id = ${scope.clientId} and state <> 'disconnected'`,
  );
  return rows[0] ? fromRow(rows[0]) : null;
}

/** Keeps which kinds of record the connection's package takes from us; writes nothing where they are kept so already. */
export async function keepTakes(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  takes: readonly RecordKind[],
): Promise<void> {
  const kinds = sql`${sql.param([...takes])}::text[]`;
  await db.execute(sql`
    update connections set takes = ${kinds}
    where id = ${connectionId} and client_id = ${scope.clientId} and takes is distinct from ${kinds}`);
}

/** As {@link findIntegration}, held until the transaction ends, so that two changes take turns. */
export async function lockIntegration(db: ScopedDb, scope: ClientScope): Promise<Integration | null> {
  const { rows } = await db.execute<Row>(
    sql`select ${COLUMNS} from connections where client_id = ${scope.clientId} and state <> 'disconnected' for update`,
  );
  return rows[0] ? fromRow(rows[0]) : null;
}

export interface IntegrationChange {
  readonly moduleOn?: boolean;
  readonly startOn?: string | null;
  readonly entitiesOn?: readonly RecordKind[];
  readonly settings?: Partial<ConnectionSettings>;
}

/** Writes what changes and leaves the rest as it is. */
export async function saveIntegration(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  change: IntegrationChange,
): Promise<void> {
  await db.execute(sql`
    update connections set
      module_on = ${change.moduleOn === undefined ? sql`module_on` : sql`${change.moduleOn}`},
      start_on = ${change.startOn === undefined ? sql`start_on` : sql`${change.startOn}::date`},
      entities_on = ${change.entitiesOn === undefined ? sql`entities_on` : sql`${sql.param([...change.entitiesOn])}::text[]`},
      settings = settings || ${JSON.stringify(change.settings ?? {})}::jsonb
    where id = ${connectionId} and client_id = ${scope.clientId}`);
}

/** Saves the least time between two calls, in ms; null takes the connection's own away. */
export async function saveGap(db: ScopedDb, scope: ClientScope, connectionId: string, gapMs: number | null): Promise<void> {
  await db.execute(sql`
    update connections set settings = ${gapMs === null ? sql`settings - 'gapMs'` : sql`settings || jsonb_build_object('gapMs', ${gapMs}::int)`}
    where id = ${connectionId} and client_id = ${scope.clientId}`);
}

/** Saves the connector's options, all of them at once. */
export async function saveOptions(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  options: ConnectionOptions,
): Promise<void> {
  await db.execute(sql`
    update connections set options = ${JSON.stringify(options)}::jsonb where id = ${connectionId} and client_id = ${scope.clientId}`);
}

/** Gives the rows that no pre-check has seen (new and amended ones) to a run that is about to take them; answers how many. */
export async function tagNewRows(db: ScopedDb, scope: ClientScope, connectionId: string, runId: string): Promise<number> {
  const tagged = await db.execute(sql`
    update postings set run_id = ${runId} where client_id = ${scope.clientId} and connection_id = ${connectionId} and current
      and state = 'pending' and aside is null and precheck is null and not ${HAS_OPEN_MEMBER}`);
  return tagged.rowCount ?? 0;
}

/** Removes a run that took nothing. */
export async function deleteEmptyRun(db: ScopedDb, scope: ClientScope, runId: string): Promise<void> {
  await db.execute(
    sql`update postings set run_id = null where client_id = ${scope.clientId} and run_id = ${runId} and state = 'pending'`,
  );
  await db.execute(sql`delete from runs where client_id = ${scope.clientId} and id = ${runId}`);
}
