import type { ScopedDb } from "#db/client.ts";
import { sweepOverdue } from "#db/queries/postings/outcomes.ts";
import { PackagePause } from "#lib/calling/call.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import type { makePostingScene, SceneClient } from "./posting-scene.ts";

/** The worker is gone, as if its process had been killed. */
export class Killed extends Error {}

/**
 * One time slice of a worker, with the sweep before it. A pause is an ordinary end.
 * @param over what is the package's, in place of the scene's own
 * @param killAt killed before the transaction of this number, counted from 1
 * @returns how many transactions it began, and whether it was killed
 */
export async function turnOf(
  scene: Awaited<ReturnType<typeof makePostingScene>>,
  client: SceneClient,
  over: (world: PostingWorld) => Partial<PostingWorld>,
  { killAt, sliceMs = 30_000 }: { readonly killAt?: number | undefined; readonly sliceMs?: number | undefined },
): Promise<{ readonly begun: number; readonly killed: boolean }> {
  await scene.database.inScope(jobPracticeScope(), (db) => sweepOverdue(db));
  const world = client.worldFor(await client.lease());
  let begun = 0;
  const inScope = <T>(run: (db: ScopedDb) => Promise<T>): Promise<T> => {
    begun += 1;
    if (killAt !== undefined && begun >= killAt) throw new Killed();
    return world.inScope(run);
  };
  try {
    await workOn({ ...world, ...over(world), inScope }, sliceMs);
  } catch (error) {
    if (error instanceof Killed) return { begun, killed: true };
    if (!(error instanceof PackagePause)) throw error;
  }
  return { begun, killed: false };
}
