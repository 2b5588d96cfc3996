import { sql } from "drizzle-orm";
import { requireLease } from "#db/queries/postings/outcomes.ts";
import { listAlong, MAY_GO, requeueMissingProducts } from "#db/queries/postings/posting-moves.ts";
import { claimMembers, findTakingRun, JUDGED, moveAsMembers, movePortion, postingsIn } from "#db/queries/postings/run-members.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import type { PostingWorld } from "./world.ts";

/** Rows taken at once: few first, so that a run's first call leaves within a second; then more, which costs less a row. */
const SIZES = { first: 400, most: 2_000 };

export interface PortionTaken {
  readonly runId: string;
  /** Members looked at: moved, or ended because they are no longer what was chosen. */
  readonly taken: number;
  readonly queued: number;
  readonly held: number;
  /** Customers, suppliers and products that went along. */
  readonly along: number;
}

/**
 * Takes the next rows of the connection's oldest run that has some left: adds the customers, suppliers and products that they need, runs
 * pre-check, then queues each row or holds it with its cause. All of it is one transaction that only the holder of the lease may make:
 * after a crash nothing has moved.
 * @returns null when no run has members to take
 * @throws {LeaseLostError}
 */
export async function takePortion(
  world: Pick<PostingWorld, "inScope" | "scope" | "connection" | "fence">,
  sizes: typeof SIZES = SIZES,
): Promise<PortionTaken | null> {
  const { scope, connection } = world;
  return world.inScope(async (db) => {
    await requireLease(db, connection.id, world.fence);
    const run = await findTakingRun(db, connection.id);
    if (!run) return null;
    const portion = await claimMembers(db, run, run.takenTo === 0 ? sizes.first : sizes.most);
    if (portion.positions.length === 0) return { runId: run.id, taken: 0, queued: 0, held: 0, along: 0 };
    const chosen = postingsIn(portion.postingIds);
    if (run.kind === "retry") await requeueMissingProducts(db, scope, run.id, chosen);
    const needed = await listAlong(db, scope, connection.id, run, chosen);
    await judgePostings(db, scope, postingsIn([...portion.postingIds, ...needed]));
    const along =
      needed.length === 0 ? 0 : await moveAsMembers(db, scope, run.id, sql`${postingsIn(needed)} and ${MAY_GO}`, JUDGED);
    const moved = await movePortion(db, scope, portion);
    return { runId: run.id, taken: portion.positions.length, ...moved, along };
  });
}
