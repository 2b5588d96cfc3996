import { spawnSync } from "node:child_process";
import { join } from "node:path";
import {
  addCampaignClients,
  countEverything,
  countUnclearCalls,
  type Holder,
  listHolders,
  listWaitingDocuments,
  resumeStopped,
  seedCampaignDocuments,
} from "#db/queries/campaign-seed.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { openQueue, provideQueue } from "#lib/jobs/queue.ts";
import { EDGES } from "#lib/posting/edge.ts";
import { makePostings } from "#lib/posting/make-postings.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { type FaultOrder, seededRandom } from "#lib/simulator/faults.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { type CampaignCodes, connectAndMap } from "./connect.ts";
import type { CampaignResult } from "./main.ts";
import { type ScratchProduct, startScratchProduct, until } from "./product.ts";
import { type Books, compareBooks } from "./verdict.ts";
import { pidOf, startWorkers, type Workers } from "./workers.ts";

export interface FireOptions {
  readonly seed: number;
  readonly documents: number;
  /** How often something is struck. */
  readonly kills: number;
  /** How many times faster than real time the one clock runs. */
  readonly scale: number;
  readonly say: (line: string) => void;
  /** Sees the product once all is judged, before it is put away. */
  readonly inspect?: (product: ScratchProduct, books: readonly Books[]) => Promise<void>;
}

/** Workers alive at once: while one starts, the others work. */
const WORKERS = 3;
/** Organisations that the documents are spread over: what a killed worker leaves unclear on one keeps no other waiting. */
const TENANTS = 8;
const CUSTOMERS = 40;
const SUPPLIERS = 10;
/** A few documents are of a few contacts. */
const contactsOf = (documents: number, most: number) => Math.min(most, Math.max(1, Math.ceil((documents * most) / 200)));
/** A blow comes so long after the one before it, in real ms: at random between the two, and only when somebody is at work. */
const BLOW_AFTER_MS = [60, 560] as const;
/** Most blows wait at most so long for a call that is under way, and then falls at a random moment within it. */
const MID_CALL_MS = 6_000;
const MID_CALL_SHARE = 0.7;
const WITHIN_CALL_MS = 60;
const LONGEST_MS = 30 * 60_000;

export const CODES: CampaignCodes = {
  nominal: { "4000": "200", "5000": "310" },
  bank: { "1200": "090" },
  tax: () => ({ STD20: "OUTPUT2", BUY20: "INPUT2" }),
};

/** A quarter of the calls, by name of the protocol's list; times are of the simulator's clock. */
export function quarterFaulted(scale: number): FaultOrder[] {
  // What comes after we gave up must come after the least real time that a call is given, however fast the clock runs.
  const afterDeadlineMs = Math.max(45_000, 5_000 * scale);
  return [
    { name: "N05", rate: 0.05 },
    { name: "P05", rate: 0.03 },
    { name: "P06", rate: 0.03 },
    { name: "P07", rate: 0.02 },
    { name: "P14", rate: 0.04, method: "GET" },
    { name: "N06", rate: 0.02 },
    { name: "N07", rate: 0.003 },
    { name: "N09", rate: 0.005, delayMs: afterDeadlineMs },
    { name: "N10", rate: 0.02, method: "PUT", delayMs: Math.max(150_000, afterDeadlineMs) },
    { name: "N13", rate: 0.02 },
    { name: "N14", rate: 0.02 },
    { name: "P01", rate: 0.02, retryAfter: 20 },
    { name: "P03", rate: 0.01 },
    { name: "P12", rate: 0.02, method: "PUT" },
    { name: "P13", rate: 0.02, method: "PUT" },
    { name: "P20", rate: 0.005 },
  ];
}

/** Clients with an organisation each and documents that wait for export. */
export async function prepareBooks(
  product: ScratchProduct,
  { seed, documents, tenants }: { seed: number; documents: number; tenants: number },
): Promise<Books[]> {
  const { database, control } = product;
  const practice = jobPracticeScope();
  const ids = await database.inScope(practice, (db) => addCampaignClients(db, practice, tenants));
  const books: Books[] = [];
  for (const [index, id] of ids.entries()) {
    const scope = jobScope(id, { userId: null, label: "Campaign" });
    const tenant = await control.addTenant(`Campaign ${index + 1} Ltd`, ["GBP"]);
    await connectAndMap(product, scope, tenant.id, CODES);
    const count = Math.floor(documents / tenants) + (index < documents % tenants ? 1 : 0);
    await database.inScope(scope, (db) =>
      seedCampaignDocuments(db, scope, {
        seed: seed + index,
        count,
        customers: contactsOf(count, CUSTOMERS),
        suppliers: contactsOf(count, SUPPLIERS),
      }),
    );
    await database.inScope(scope, (db) => makePostings(db, scope));
    books.push({ scope, tenantId: tenant.id, documents: count });
  }
  return books;
}

/** What a campaign does to the product while it works, and what must come of it beyond two equal books. */
export interface Fire {
  readonly name: string;
  /** Organisations; eight without it. */
  readonly tenants?: number;
  readonly workers?: number;
  /** More for a worker's environment, asked at each start. */
  readonly environment?: () => Readonly<Record<string, string | undefined>>;
  /** Without the quarter of faulted calls. */
  readonly calm?: boolean;
  /** Strikes whoever holds this connection; false when that was too late. */
  readonly strike: (
    victim: Holder,
    at: {
      readonly workers: Workers;
      readonly product: ScratchProduct;
      readonly random: () => number;
      readonly nth: number;
      /** Uploads some more, while there is any. */
      readonly feed: () => Promise<unknown>;
    },
  ) => Promise<boolean>;
  /** Waits for what the blows left under way, and answers what is wrong. */
  readonly after?: (at: { workers: Workers; product: ScratchProduct; books: readonly Books[] }) => Promise<readonly string[]>;
}

/** C1: workers killed outright. */
export const runPosting = (options: FireOptions): Promise<CampaignResult> => runFire(killing(), options);

const killing = (): Fire => ({ name: "posting", strike: async ({ owner }, { workers }) => workers.kill(pidOf(owner)) });

/**
 * C2: each worker ends itself at one edge of the protocol, every edge in turn; at P0 it is the process that uploads, within its
 * transaction.
 */
export const runEdges = (options: FireOptions): Promise<CampaignResult> => runFire(atEdges(options.kills), options);

function atEdges(kills: number): Fire {
  const of = EDGES.filter((one) => one !== "P0");
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
      if (uploads * EDGES.length < ended) {
        uploads += 1;
        await dieInUpload(product);
      }
      const before = ended;
      let fed = performance.now();
      await until(
        "a worker comes to its edge",
        60_000,
        async () => {
          if (workers.killed() > before) return true;
          // What was there is done with, and no edge that is left to them comes without work.
          if (performance.now() - fed > 3_000) {
            await feed();
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
      // Whoever still has an edge before it.
      workers.renew();
      return [];
    },
  };
}

/** Uploads in a process that ends before its transaction does: nothing of it may be seen afterwards. */
async function dieInUpload(product: ScratchProduct): Promise<void> {
  const practice = jobPracticeScope();
  const before = await product.database.inScope(practice, (db) => countEverything(db, practice));
  const ended = spawnSync(process.execPath, [join(ROOT, "lib", "campaign", "upload-and-end.ts")], {
    cwd: ROOT,
    env: { ...product.workerEnvironment, CRASH_AT: "P0:1" },
    encoding: "utf8",
  });
  if (ended.signal !== "SIGKILL" && !ended.stdout.includes("nothing waits"))
    throw new Error(`The upload did not end at P0: ${ended.stderr}`);
  const after = await product.database.inScope(practice, (db) => countEverything(db, practice));
  if (after.pending !== before.pending) throw new Error("An upload that did not commit moved rows");
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
/** Longest from a crash of the database until something moves again, in real ms. */
const RESUME_WITHIN_MS = 20_000;

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
    readonly edges: number;
    readonly kills: number;
    readonly freezes: number;
    readonly crashes: number;
    readonly backups: number;
  },
  options: Omit<FireOptions, "kills">,
): Promise<CampaignResult> {
  const lease = 2;
  const [edges, kills, freezes] = [atEdges(blows.edges), killing(), freezing(lease)];
  const [crashes, restores] = [crashing(options.say), restoring(options.say)];
  const turns = [
    ...Array<Fire>(blows.edges).fill(edges),
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
      environment: () => ({ ...edges.environment?.(), LEASE_SECONDS: String(lease) }),
      async strike(victim, at) {
        // Whoever still has an edge before it, once their turn is over.
        if (!renewed && at.nth >= blows.edges) {
          renewed = true;
          at.workers.renew();
        }
        return (turns[at.nth] ?? kills).strike(victim, at);
      },
      async after(at) {
        const wrong: string[] = [];
        for (const fire of [freezes, crashes, restores]) wrong.push(...((await fire.after?.(at)) ?? []));
        return wrong;
      },
    },
    { ...options, kills: turns.length },
  );
}

/**
 * Documents of several clients, uploaded portion by portion while something is struck at moments that the seed chooses and a quarter of
 * the calls goes wrong, under Xero's real limits on a faster clock. At the end both sides' books are compared to the penny.
 */
export async function runFire(fire: Fire, options: FireOptions): Promise<CampaignResult> {
  const began = performance.now();
  const { seed, documents, scale, say } = options;
  const tenants = fire.tenants ?? Math.min(TENANTS, Math.max(1, Math.floor(documents / 10)));
  const product = await startScratchProduct(
    (line) => {
      if (/"level":(50|60)/.test(line)) say(line);
    },
    { worker: null },
  );
  const { database, control } = product;
  const queue = await openQueue(database, { supervise: false });
  provideQueue(queue);
  try {
    const books = await prepareBooks(product, { seed, documents, tenants });
    for (const [index, one] of books.entries()) {
      await control.patchSettings(one.tenantId, { limits: true, creditNoteNumbersUnique: false });
      if (!fire.calm) await control.faults(one.tenantId, quarterFaulted(scale), seed * 1_000 + index);
    }
    await control.setClock({ scale });
    say(
      `${documents} documents of ${tenants} clients are there after ${seconds(began)} s; the clock runs ${scale} times as fast`,
    );
    const workers = startWorkers({
      env: () => ({ ...product.workerEnvironment, ...fire.environment?.() }),
      count: fire.workers ?? WORKERS,
      print: (line) => {
        if (/"level":60/.test(line) || !line.startsWith("{")) say(line);
      },
    });
    let struck = 0;
    const wrong: string[] = [];
    try {
      struck = await underFire(fire, product, books, workers, options);
      say(`${struck} blows and all is uploaded after ${seconds(began)} s; what is under way comes to its end`);
      wrong.push(...((await fire.after?.({ workers, product, books })) ?? []));
      await settled(product, say);
    } finally {
      await workers.stop();
    }
    const started = workers.startMs.toSorted((a, b) => a - b);
    say(`${started.length} workers came to work, half of them within ${Math.round(started[started.length >> 1] ?? 0)} ms`);
    await control.setClock({ scale: 1 });
    const practice = jobPracticeScope();
    say(`states: ${JSON.stringify(await database.inScope(practice, (db) => countEverything(db, practice)))}`);
    say(`calls: ${JSON.stringify(await database.inScope(practice, (db) => countUnclearCalls(db, practice)))}`);
    const verdict = await compareBooks(product, books, say);
    wrong.push(...verdict.broken);
    await options.inspect?.(product, books);
    return {
      campaign: fire.name,
      seed,
      documents,
      kills: struck,
      faults: verdict.faults,
      lost: verdict.lost,
      doubled: verdict.doubled,
      wrongLinks: verdict.wrongLinks,
      leftUnknown: verdict.leftUnknown,
      invariantsBroken: wrong,
      seconds: seconds(began),
      ok:
        struck === options.kills &&
        verdict.lost + verdict.doubled + verdict.wrongLinks + verdict.leftUnknown + wrong.length === 0,
    };
  } finally {
    await queue.stop(1_000).catch(() => undefined);
    await product.close();
  }
}

const seconds = (since: number) => Math.round((performance.now() - since) / 1000);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Uploads a portion before each blow, so that every blow meets work; answers how many there were. */
async function underFire(
  fire: Fire,
  product: ScratchProduct,
  books: readonly Books[],
  workers: Workers,
  { seed, documents, kills: wanted, say }: FireOptions,
): Promise<number> {
  const random = seededRandom(seed);
  const practice = jobPracticeScope();
  const portion = Math.max(1, Math.ceil(documents / Math.max(1, wanted)));
  const left = [...books];
  const began = performance.now();
  let said = began;
  let struck = 0;
  let midCall = 0;
  while (struck < wanted || left.length > 0) {
    if (performance.now() - began > LONGEST_MS) throw new Error(`Only ${struck} of ${wanted} blows within half an hour`);
    const feed = async () => {
      const at = Math.floor(random() * left.length);
      const chosen = left[at];
      if (chosen && (await upload(product, chosen.scope, seed, portion)) < portion) left.splice(at, 1);
    };
    await feed();
    if (struck >= wanted) continue;
    await pause(BLOW_AFTER_MS[0] + random() * (BLOW_AFTER_MS[1] - BLOW_AFTER_MS[0]));
    const wantsCall = random() < MID_CALL_SHARE;
    const into = random() * WITHIN_CALL_MS;
    const waited = performance.now();
    for (;;) {
      const waitedMs = performance.now() - waited;
      // Nothing is under way any more, though something is open: it waits for its time.
      if (waitedMs > 20_000) throw new Error("Nobody was at work for 20 s");
      // Only somebody at work: a worker that idles has nothing to lose.
      const all = await product.database.inScope(practice, (db) => listHolders(db, practice));
      const calling = all.filter((one) => one.sending);
      const holders = wantsCall && waitedMs < MID_CALL_MS ? calling : all;
      const victim = holders[Math.floor(random() * holders.length)];
      if (!victim) {
        await pause(10);
        continue;
      }
      if (victim.sending) await pause(into);
      if (await fire.strike(victim, { workers, product, random, nth: struck, feed })) {
        if (victim.sending) midCall += 1;
        break;
      }
    }
    struck += 1;
    if (performance.now() - said > 10_000) {
      said = performance.now();
      const states = await product.database.inScope(practice, (db) => countEverything(db, practice));
      say(`  ${struck} blows; ${JSON.stringify(states)}`);
    }
  }
  say(`${midCall} of the blows fell while a call was under way`);
  return struck;
}

async function upload(product: ScratchProduct, scope: ClientScope, seed: number, most: number): Promise<number> {
  return product.database.inScope(scope, async (db) => {
    const ids = await listWaitingDocuments(db, scope, seed, most);
    if (ids.length > 0) await queueUpload(db, scope, { ids });
    return ids.length;
  });
}

/** Waits until nothing of anybody is on its way. */
export async function settled(product: ScratchProduct, say: (line: string) => void): Promise<void> {
  const practice = jobPracticeScope();
  let said = performance.now();
  await until(
    "every row has its tick",
    10 * 60_000,
    async () => {
      const states = await product.database.inScope(practice, async (db) => {
        await resumeStopped(db, practice);
        return countEverything(db, practice);
      });
      if (performance.now() - said > 10_000) {
        said = performance.now();
        say(`  ${JSON.stringify(states)}`);
      }
      return (states.queued ?? 0) + (states.sending ?? 0) + (states.unknown ?? 0) + (states.posted ?? 0) === 0;
    },
    250,
  );
}
