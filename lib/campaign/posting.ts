import {
  addCampaignClients,
  countEverything,
  countUnclearCalls,
  listHolders,
  listWaitingDocuments,
  seedCampaignDocuments,
} from "#db/queries/campaign-seed.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { openQueue, provideQueue } from "#lib/jobs/queue.ts";
import { makePostings } from "#lib/posting/make-postings.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { type FaultOrder, seededRandom } from "#lib/simulator/faults.ts";
import { type CampaignCodes, connectAndMap } from "./connect.ts";
import type { CampaignResult } from "./main.ts";
import { type ScratchProduct, startScratchProduct, until } from "./product.ts";
import { type Books, compareBooks } from "./verdict.ts";
import { pidOf, startWorkers } from "./workers.ts";

export interface PostingCampaignOptions {
  readonly seed: number;
  readonly documents: number;
  readonly kills: number;
  /** How many times faster than real time the one clock runs. */
  readonly scale: number;
  readonly say: (line: string) => void;
}

/** Workers alive at once: while one starts, the others work. */
const WORKERS = 3;
/** Organisations that the documents are spread over: what a killed worker leaves unclear on one keeps no other waiting. */
const TENANTS = 8;
const CUSTOMERS = 40;
const SUPPLIERS = 10;
/** A kill comes so long after the one before it, in real ms: at random between the two, and only when somebody is at work. */
const KILL_AFTER_MS = [60, 560] as const;
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
      seedCampaignDocuments(db, scope, { seed: seed + index, count, customers: CUSTOMERS, suppliers: SUPPLIERS }),
    );
    await database.inScope(scope, (db) => makePostings(db, scope));
    books.push({ scope, tenantId: tenant.id, documents: count });
  }
  return books;
}

/**
 * C1: documents of eight clients, uploaded portion by portion while workers are killed with SIGKILL at moments that the seed chooses and a
 * quarter of the calls goes wrong, under Xero's real limits on a faster clock. At the end both sides' books are compared to the penny.
 */
export async function runPosting(options: PostingCampaignOptions): Promise<CampaignResult> {
  const began = performance.now();
  const { seed, documents, scale, say } = options;
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
    const books = await prepareBooks(product, { seed, documents, tenants: TENANTS });
    for (const [index, one] of books.entries()) {
      await control.patchSettings(one.tenantId, { limits: true, creditNoteNumbersUnique: false });
      await control.faults(one.tenantId, quarterFaulted(scale), seed * 1_000 + index);
    }
    await control.setClock({ scale });
    say(
      `${documents} documents of ${TENANTS} clients are there after ${seconds(began)} s; the clock runs ${scale} times as fast`,
    );
    const workers = startWorkers({
      env: product.workerEnvironment,
      count: WORKERS,
      print: (line) => {
        if (/"level":(50|60)/.test(line) || !line.startsWith("{")) say(line);
      },
    });
    let kills = 0;
    try {
      kills = await underFire(product, books, workers, options);
      say(`${kills} kills and all is uploaded after ${seconds(began)} s; what is under way comes to its end`);
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
    return {
      campaign: "posting",
      seed,
      documents,
      kills,
      faults: verdict.faults,
      lost: verdict.lost,
      doubled: verdict.doubled,
      wrongLinks: verdict.wrongLinks,
      leftUnknown: verdict.leftUnknown,
      invariantsBroken: verdict.broken,
      seconds: Math.round((performance.now() - began) / 1000),
      ok:
        kills === options.kills &&
        verdict.lost + verdict.doubled + verdict.wrongLinks + verdict.leftUnknown + verdict.broken.length === 0,
    };
  } finally {
    await queue.stop(1_000);
    await product.close();
  }
}

const seconds = (since: number) => Math.round((performance.now() - since) / 1000);

/** Uploads a portion before each kill, so that every kill meets work; answers how many there were. */
async function underFire(
  product: ScratchProduct,
  books: readonly Books[],
  workers: ReturnType<typeof startWorkers>,
  { seed, documents, kills: wanted, say }: PostingCampaignOptions,
): Promise<number> {
  const random = seededRandom(seed);
  const practice = jobPracticeScope();
  const portion = Math.max(1, Math.ceil(documents / Math.max(1, wanted)));
  const left = [...books];
  let said = performance.now();
  let kills = 0;
  const began = performance.now();
  while (kills < wanted || left.length > 0) {
    if (performance.now() - began > LONGEST_MS) throw new Error(`Only ${kills} of ${wanted} kills within half an hour`);
    const at = Math.floor(random() * left.length);
    const chosen = left[at];
    if (chosen && (await upload(product, chosen.scope, seed, portion)) < portion) left.splice(at, 1);
    if (kills >= wanted) continue;
    await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS[0] + random() * (KILL_AFTER_MS[1] - KILL_AFTER_MS[0])));
    // Only somebody at work: a worker that idles has nothing to lose.
    let holders = await product.database.inScope(practice, (db) => listHolders(db, practice));
    let victim = holders[Math.floor(random() * holders.length)];
    const waited = performance.now();
    while (!victim || !workers.kill(pidOf(victim.owner))) {
      if (performance.now() - waited > 20_000) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
      holders = await product.database.inScope(practice, (db) => listHolders(db, practice));
      victim = holders[Math.floor(random() * holders.length)];
    }
    kills += 1;
    if (performance.now() - said > 10_000) {
      said = performance.now();
      const states = await product.database.inScope(practice, (db) => countEverything(db, practice));
      say(`  ${kills} kills; ${JSON.stringify(states)}`);
    }
  }
  return kills;
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
      const states = await product.database.inScope(practice, (db) => countEverything(db, practice));
      if (performance.now() - said > 10_000) {
        said = performance.now();
        say(`  ${JSON.stringify(states)}`);
      }
      return (states.queued ?? 0) + (states.sending ?? 0) + (states.unknown ?? 0) + (states.posted ?? 0) === 0;
    },
    250,
  );
}
