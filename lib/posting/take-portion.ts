import { sql } from "drizzle-orm";
import { requireLease } from "#db/queries/postings/outcomes.ts";
import { listAlong, MAY_GO, requeueMissingProducts } from "#db/queries/postings/posting-moves.ts";
import { claimMembers, findTakingRun, JUDGED, moveAsMembers, movePortion, postingsIn } from "#db/queries/postings/run-members.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import type { PostingWorld } from "./world.ts";

/** Members a portion: a run's first is small, so that its first call leaves within a second; the others cost less a row. */
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
 * Takes the next portion of the connection's oldest run that has members waiting: with the customers, suppliers and products that they
 * need, judged, and moved from where they were chosen on their way. All of it is one transaction behind the fence: a crash rolls the
 * portion back with its members, and an older holder of the lease moves nothing.
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
