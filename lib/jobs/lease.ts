import { hostname } from "node:os";
import type { Database } from "#db/client.ts";
import {
  endLeasesOf,
  findLeaseOwner,
  leaseSeconds,
  listLeaseOwners,
  releaseLease,
  renewLease,
  takeLease,
} from "#db/queries/common/leases.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";

/** A connection held by this process. */
export interface Lease {
  readonly fence: bigint;
  /** Whether at least half of it is left. */
  isFresh(): boolean;
  /** Aborted when it was lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** `host:pid:random`: tells a dead owner on this machine from a live one. */
export function workerId(random: string): string {
  return `${hostname()}:${process.pid}:${random}`;
}

/** Whether the owner was a process of this machine that has ended. If another process has its pid now, we only wait longer. */
function isDeadHere(owner: string): boolean {
  const [host, pid] = owner.split(":");
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** Frees what processes of this machine held when they died, so that the sweep finds it without waiting for the lease's end. */
export async function freeDeadLeases(database: Database): Promise<void> {
  const scope = jobPracticeScope();
  const owners = await database.inScope(scope, (db) => listLeaseOwners(db, scope, hostname()));
  for (const owner of owners.filter(isDeadHere)) await database.inScope(scope, (db) => endLeasesOf(db, scope, owner));
}

/** Takes the connection for this process and keeps it, renewing every third of its life; null while somebody alive holds it. */
export async function holdLease(
  database: Database,
  connection: { id: string; clientId: string },
  owner: string,
): Promise<Lease | null> {
  const scope = jobScope(connection.clientId);
  const fence = await database.inScope(scope, async (db) => {
    const holder = await findLeaseOwner(db, connection.id);
    const dead = holder !== null && isDeadHere(holder) ? { deadOwner: holder } : {};
    return takeLease(db, { connectionId: connection.id, clientId: connection.clientId, owner, ...dead });
  });
  if (fence === null) return null;
  const lost = new AbortController();
  let renewedAt = performance.now();
  const timer = setInterval(
    () => {
      const asked = performance.now();
      database
        .inScope(scope, (db) => renewLease(db, connection.id, fence))
        .then((kept) => {
          if (kept) renewedAt = asked;
          else lost.abort();
        })
        // The next renewal tries again; without one the lease stops being fresh by itself.
        .catch(() => {});
    },
    (leaseSeconds() * 1000) / 3,
  );
  return {
    fence,
    lost: lost.signal,
    isFresh: () => !lost.signal.aborted && performance.now() - renewedAt < (leaseSeconds() * 1000) / 2,
    async release() {
      clearInterval(timer);
      await database.inScope(scope, (db) => releaseLease(db, connection.id, fence));
    },
  };
}
