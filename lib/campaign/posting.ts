import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CHECKPOINTS } from "#lib/calling/checkpoint.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { CLICK_AFTER_MS, clickOn, type Fire, type FireOptions, runFire, upload } from "./fire.ts";
import { type ScratchProduct, until } from "./product.ts";
import type { CampaignResult } from "./result.ts";
import { countEverything, countRunsOf, listHolders } from "./seed-sql.ts";
import { ENDED_AT_CLICK, pidOf } from "./workers.ts";

/** Longest from a worker's or the database's end until work goes on, in real ms. */
const RESUME_WITHIN_MS = 20_000;

/** C1: workers killed outright. */
export const runPosting = (options: FireOptions): Promise<CampaignResult> => runFire(killing(options.say), options);

function killing(say: (line: string) => void): Fire {
  let longest = 0;
  const freed = new Set<Promise<unknown>>();
  return {
    name: "posting",
    async strike({ owner }, { workers, product }) {
      const began = performance.now();
      if (!workers.kill(pidOf(owner))) return false;
      const practice = jobPracticeScope();
      const free = until("another may take what the killed worker held", 60_000, async () => {
        const holders = await product.database.inScope(practice, (db) => listHolders(db, practice));
        return !holders.some((holder) => holder.owner === owner);
      })
        .catch(() => undefined)
        .then(() => {
          longest = Math.max(longest, performance.now() - began);
        })
        .finally(() => freed.delete(free));
      freed.add(free);
      return true;
    },
    async after() {
      await Promise.all(freed);
      say(`what a killed worker held was free again within ${Math.round(longest)} ms`);
      return longest > RESUME_WITHIN_MS
        ? [`it took ${Math.round(longest / 1000)} s until a killed worker's connection was free`]
        : [];
    },
  };
}

/**
 * C2: each worker ends itself at one checkpoint of the protocol, every checkpoint in turn; at P0 it is the process that uploads, within its
 * transaction.
 */
export const runCheckpoints = (options: FireOptions): Promise<CampaignResult> => runFire(atCheckpoints(options.kills), options);

function atCheckpoints(kills: number): Fire {
  const of = CHECKPOINTS.filter((one) => one !== "P0");
  let begun = 0;
  let ended = 0;
  let uploads = 0;
  return {
    name: "edges",
    environment() {
      const nth = begun;
      begun += 1;
      // The last ones work on to the end.
      return ended >= kills ? {} : { CRASH_AT: `${of[nth % of.length]}:${1 + (Math.floor(nth / of.length) % 2)}` };
    },
    async strike(_victim, { workers, product, feed }) {
      if (uploads * CHECKPOINTS.length < ended) {
        uploads += 1;
        await dieInUpload(product);
      }
      const before = ended;
      let fed = performance.now();
      await until(
        "a worker comes to its checkpoint",
        60_000,
        async () => {
          if (workers.killed() > before) return true;
          // What was there is done with, and no checkpoint that is left to them comes without work.
          if (performance.now() - fed > 3_000) {
            await feed(1);
            fed = performance.now();
          }
          return false;
        },
        20,
      );
      ended += 1;
      return true;
    },
    async after({ workers }) {
      // Whoever still has a checkpoint before it.
      workers.renew();
      return [];
    },
  };
}

/** Uploads in a process that ends before its transaction does: nothing of it may be seen afterwards. */
async function dieInUpload(product: ScratchProduct): Promise<void> {
  const practice = jobPracticeScope();
  const ended = spawnSync(process.execPath, [join(ROOT, "lib", "campaign", "upload-and-end.ts")], {
    cwd: ROOT,
    env: { ...product.workerEnvironment, CRASH_AT: "P0:1" },
    encoding: "utf8",
  });
  if (ended.signal !== "SIGKILL" && !ended.stdout.includes("nothing waits"))
    throw new Error(`The upload did not end at P0: ${ended.stderr}`);
  // By its name: workers go on meanwhile, so that how many rows wait says nothing.
  const left = await product.database.inScope(practice, (db) => countRunsOf(db, practice, ENDED_AT_CLICK));
  if (left > 0) throw new Error("An upload that did not commit left a run");
}

/** C3: workers frozen for twice as long as their lease, as a machine that sleeps; others take over meanwhile, then the first goes on. */
export const runFreeze = (options: FireOptions): Promise<CampaignResult> => runFire(freezing(FROZEN_LEASE_S), options);

function freezing(leaseSeconds: number): Fire {
  const frozen = new Set<Promise<unknown>>();
  return {
    name: "freeze",
    workers: 6,
    environment: () => ({ LEASE_SECONDS: String(leaseSeconds) }),
    async strike({ owner }, { workers }) {
      // Some must be awake to take over.
      while (frozen.size >= 4) await Promise.race(frozen);
      const pid = pidOf(owner);
      if (workers.isFrozen(pid)) return false;
      const freeze: Promise<unknown> = workers.freeze(pid, leaseSeconds * 2_000).finally(() => frozen.delete(freeze));
      frozen.add(freeze);
      return true;
    },
    async after() {
      await Promise.all(frozen);
      return [];
    },
  };
}

/** The lease of campaign C3's workers, in real seconds: two hundred freezes of twice the product's own would take hours. */
const FROZEN_LEASE_S = 3;
/** C4: Postgres stopped in the middle of everything, as `pg_ctl -m immediate` does, and started again. */
export const runCrash = (options: FireOptions): Promise<CampaignResult> => runFire(crashing(options.say), options);

function crashing(say: (line: string) => void): Fire {
  let longest = 0;
  return {
    name: "crash",
    async strike(_victim, { product }) {
      const began = performance.now();
      await product.crashDatabase();
      const practice = jobPracticeScope();
      await until(
        "a worker holds a connection again",
        60_000,
        async () => {
          try {
            if (performance.now() - began > CLICK_AFTER_MS) await clickOn(product, say);
            return (await product.database.inScope(practice, (db) => listHolders(db, practice))).length > 0;
          } catch {
            return false;
          }
        },
        100,
      );
      longest = Math.max(longest, performance.now() - began);
      return true;
    },
    async after() {
      say(`work went on within ${Math.round(longest)} ms of every crash`);
      return longest > RESUME_WITHIN_MS ? [`it took ${Math.round(longest / 1000)} s until work went on`] : [];
    },
  };
}

/**
 * C9: every second blow backs the database up while the workers work; the one after it ends all workers and goes back to that backup, so
 * that what was posted in between is forgotten here and stands in the package.
 */
export const runRestore = (options: FireOptions): Promise<CampaignResult> => runFire(restoring(options.say), options);

/** So many records at least are sent between a backup and the moment at which it is gone back to, when there is as much to send. */
const FORGOTTEN = 8;

function restoring(say: (line: string) => void): Fire {
  let kept: number | null = null;
  const sent = async ({ database }: ScratchProduct) => {
    const practice = jobPracticeScope();
    const states = await database.inScope(practice, (db) => countEverything(db, practice));
    return (states.posted ?? 0) + (states.confirmed ?? 0);
  };
  return {
    name: "restore",
    async strike(_victim, { workers, product }) {
      if (kept === null) {
        kept = await sent(product);
        await product.backUp();
        return true;
      }
      const before = kept;
      kept = null;
      const began = performance.now();
      await until(
        "something is sent after the backup",
        60_000,
        async () => (await sent(product)) - before >= (performance.now() - began < 10_000 ? FORGOTTEN : 1),
      );
      say(`a backup is gone back to; ${(await sent(product)) - before} records were sent since`);
      workers.renew();
      await product.restore();
      return true;
    },
    async after({ product, books }) {
      // What was asked for after the backup is asked for again, as staff would.
      for (const { scope } of books) while ((await upload(product, scope, 1, 1_000)) > 0);
      return [];
    },
  };
}

/** The short form of C1 to C4 and C9 in one: blows of each kind over the same books, one kind after the other. */
export function runInTurn(
  blows: {
    readonly checkpoints: number;
    readonly kills: number;
    readonly freezes: number;
    readonly crashes: number;
    readonly backups: number;
  },
  options: Omit<FireOptions, "kills">,
): Promise<CampaignResult> {
  const lease = 2;
  const [checkpoints, kills, freezes] = [atCheckpoints(blows.checkpoints), killing(options.say), freezing(lease)];
  const [crashes, restores] = [crashing(options.say), restoring(options.say)];
  const turns = [
    ...Array<Fire>(blows.checkpoints).fill(checkpoints),
    ...Array<Fire>(blows.kills).fill(kills),
    ...Array<Fire>(blows.freezes).fill(freezes),
    ...Array<Fire>(blows.crashes).fill(crashes),
    ...Array<Fire>(blows.backups * 2).fill(restores),
  ];
  let renewed = false;
  return runFire(
    {
      name: "in-turn",
      tenants: 3,
      environment: () => ({ ...checkpoints.environment?.(), LEASE_SECONDS: String(lease) }),
      async strike(victim, at) {
        // Whoever still has a checkpoint before it, once their turn is over.
        if (!renewed && at.nth >= blows.checkpoints) {
          renewed = true;
          at.workers.renew();
        }
        return (turns[at.nth] ?? kills).strike(victim, at);
      },
      async after(at) {
        const wrong: string[] = [];
        for (const fire of [kills, freezes, crashes, restores]) wrong.push(...((await fire.after?.(at)) ?? []));
        return wrong;
      },
    },
    { ...options, kills: turns.length },
  );
}
