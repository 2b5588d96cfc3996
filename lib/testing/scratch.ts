import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "#lib/start/binaries.ts";
import { removeScratch } from "#lib/start/embedded.ts";
import { makeFolder } from "#lib/start/files.ts";
import { takeLock } from "#lib/start/processes.ts";

/** The place, inside the repository, of one kind of test's data: a folder for every run, named by the process that runs it. */
export function scratchPath(kind: "test" | "e2e" | "start", pid: number): string {
  return join(ROOT, ".data", kind, String(pid));
}

/**
 * A data folder for this process alone. What earlier runs left behind, servers too, is removed first, unless the run still lives.
 *
 * @returns the folder, not made yet, and the function to call when the run is over
 */
export async function claimScratch(kind: "test" | "e2e" | "start"): Promise<{ dataDir: string; release: () => void }> {
  const dataDir = scratchPath(kind, process.pid);
  const folder = join(dataDir, "..");
  makeFolder(folder, 0o755);
  for (const name of readdirSync(folder)) {
    if (!/^\d+$/.test(name)) continue;
    const lock = takeLock(join(folder, `${name}.lock`), "tidying");
    if (!("release" in lock)) continue;
    await removeScratch(join(folder, name));
    lock.release();
  }
  const lock = takeLock(`${dataDir}.lock`, "testing");
  if (!("release" in lock)) throw new Error(`${dataDir}.lock is held by process ${lock.holder.pid}.`);
  return { dataDir, release: lock.release };
}
