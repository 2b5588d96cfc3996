import { sql } from "drizzle-orm";
import type { Scope, ScopedDb } from "#db/client.ts";
import { env } from "#lib/env.ts";

/** How long a lease holds without being renewed, in real seconds: the longest that a dead worker keeps a connection. */
export const leaseSeconds = (): number => env().LEASE_SECONDS;

/**
 * Takes the connection for `owner`, unless somebody alive has it: the fence rises, so that an older holder's writes find nothing.
 * @param deadOwner an owner known to be gone, whose lease is not waited for
 */
export async function takeLease(
  db: ScopedDb,
  lease: { connectionId: string; clientId: string; owner: string; deadOwner?: string },
): Promise<bigint | null> {
  const taken = await db.execute<{ fence: string }>(sql`
    insert into connection_leases as l (connection_id, client_id, owner, fence, until)
    values (${lease.connectionId}, ${lease.clientId}, ${lease.owner}, 1, clock_timestamp() + make_interval(secs => ${leaseSeconds()}))
    on conflict (connection_id) do update set owner = excluded.owner, fence = l.fence + 1, until = excluded.until
      where l.until is null or l.until < clock_timestamp() or l.owner = ${lease.deadOwner ?? null}
    returning fence`);
  const row = taken.rows[0];
  return row ? BigInt(row.fence) : null;
}

export async function findLeaseOwner(db: ScopedDb, connectionId: string): Promise<string | null> {
  const found = await db.execute<{ owner: string | null }>(
    sql`select owner from connection_leases where connection_id = ${connectionId} and until > clock_timestamp()`,
  );
  return found.rows[0]?.owner ?? null;
}

/** Everybody of that machine who holds a connection. */
export async function listLeaseOwners(db: ScopedDb, _scope: Scope, host: string): Promise<string[]> {
  const found = await db.execute<{ owner: string }>(
    sql`select distinct owner from connection_leases where until > clock_timestamp() and owner is not null and split_part(owner, ':', 1) = ${host}`,
  );
  return found.rows.map((row) => row.owner);
}

/** Ends the leases of an owner known to be gone; the next holder's fence is higher all the same. */
export async function endLeasesOf(db: ScopedDb, _scope: Scope, owner: string): Promise<void> {
  await db.execute(sql`update connection_leases set until = null, owner = null where owner = ${owner}`);
}

/** Prolongs the lease; false when it has gone to another. */
export async function renewLease(db: ScopedDb, connectionId: string, fence: bigint): Promise<boolean> {
  const renewed = await db.execute(sql`
    update connection_leases set until = clock_timestamp() + make_interval(secs => ${leaseSeconds()})
    where connection_id = ${connectionId} and fence = ${fence} and until > clock_timestamp()`);
  return (renewed.rowCount ?? 0) === 1;
}

export async function releaseLease(db: ScopedDb, connectionId: string, fence: bigint): Promise<void> {
  await db.execute(
    sql`update connection_leases set until = null, owner = null where connection_id = ${connectionId} and fence = ${fence}`,
  );
}

/** Holds the lease row until the transaction ends; false when the fence is no longer ours: nothing may be written then. */
export async function holdsLease(db: ScopedDb, connectionId: string, fence: bigint): Promise<boolean> {
  const held = await db.execute(sql`
    select 1 from connection_leases where connection_id = ${connectionId} and fence = ${fence} and until > clock_timestamp() for share`);
  return (held.rowCount ?? 0) === 1;
}

export interface WorkerRow {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/** The worker's heartbeat, in real database time. */
export async function beatWorker(db: ScopedDb, _scope: Scope, worker: WorkerRow): Promise<void> {
  await db.execute(sql`
    insert into workers (id, host, pid, started_at, seen_at) values (${worker.id}, ${worker.host}, ${worker.pid}, clock_timestamp(), clock_timestamp())
    on conflict (id) do update set seen_at = clock_timestamp()`);
  await db.execute(sql`delete from workers where seen_at < clock_timestamp() - interval '7 days'`);
}

/** The worker has stopped: it stands in the list for a week, so that the console can say since when none runs. */
export async function endWorker(db: ScopedDb, _scope: Scope, id: string): Promise<void> {
  await db.execute(sql`update workers set stopping_at = clock_timestamp(), seen_at = clock_timestamp() where id = ${id}`);
}
