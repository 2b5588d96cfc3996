import { followClock } from "#lib/clock.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { openQueue, provideQueue } from "#lib/queue/queue.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import { prepareBooks } from "./books.ts";
import { Hands } from "./hands.ts";
import { playPackage } from "./packages.ts";
import { type ScratchProduct, startScratchProduct, until } from "./product.ts";
import type { CampaignResult } from "./result.ts";
import { countEverything, countUnclearCalls, type Holder, listHolders, listWaitingDocuments, resumeStopped } from "./seed-sql.ts";
import { type Books, compareBooks } from "./verdict.ts";
import { startWorkers, type Workers } from "./workers.ts";

export interface FireOptions {
  readonly seed: number;
  readonly documents: number;
  /** How often something is struck. */
  readonly kills: number;
  /** How many times faster than real time the one clock runs. */
  readonly scale: number;
  /** The demo's own without it. */
  readonly packageId?: PackageId;
  readonly say: (line: string) => void;
  /** Sees the product once all is judged, before it is put away. */
  readonly inspect?: (product: ScratchProduct, books: readonly Books[]) => Promise<void>;
}

/** Workers alive at once: while one starts, the others work. */
const WORKERS = 3;
/** Organisations that the documents are spread over: what a killed worker leaves unclear on one keeps no other waiting. */
const TENANTS = 8;
/** A blow comes so long after the one before it, in real ms: at random between the two, and only when somebody is at work. */
const BLOW_AFTER_MS = [60, 560] as const;
/** Most blows wait at most so long for a call that is under way, and then falls at a random moment within it. */
const MID_CALL_MS = 6_000;
const MID_CALL_SHARE = 0.7;
const WITHIN_CALL_MS = 60;
/** When nobody has been at work for so long, whoever watches clicks what stopped after three tries on, in real ms. */
export const CLICK_AFTER_MS = 5_000;
/** A blow takes no longer than this on average, however busy the machine is. */
const LONGEST_BLOW_MS = 6_000;
const LEAST_MS = 30 * 60_000;
/** So often people get in the way between two blows, where they do. */
const ACTS_A_BLOW = 2;
/** At the end they ask again for what they took back, until nothing is left to ask for, this often at most. */
const ROUNDS = 8;

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
      /** Uploads so many more, while there are any. */
      readonly feed: (most: number) => Promise<unknown>;
    },
  ) => Promise<boolean>;
  /** Waits for what the blows left under way, and answers what is wrong. */
  readonly after?: (at: { workers: Workers; product: ScratchProduct; books: readonly Books[] }) => Promise<readonly string[]>;
}

/**
 * Documents of several clients, uploaded portion by portion while something is struck at moments that the seed chooses and a quarter of
 * the calls goes wrong, under Xero's real limits on a faster clock. At the end both sides' books are compared to the penny.
 */
export async function runFire(fire: Fire, options: FireOptions): Promise<CampaignResult> {
  const began = performance.now();
  const { seed, documents, scale, say } = options;
  const product = await startScratchProduct(
    (line) => {
      if (/"level":(50|60)/.test(line)) say(line);
    },
    { worker: null },
  );
  const { database, control, simulatorUrl } = product;
  const played = await playPackage(options.packageId ?? DEMO_PACKAGE, product);
  const tenants = fire.tenants ?? Math.min(played.tenants ?? TENANTS, Math.max(1, Math.floor(documents / 10)));
  // What happens in this process keeps the one clock too: a program that collects, say.
  const clock = await followClock([simulatorUrl], () => {});
  const queue = await openQueue(database, { supervise: false });
  provideQueue(queue);
  try {
    const books = await prepareBooks(product, played, { seed, documents, tenants });
    for (const [index, one] of books.entries()) {
      await played.spoil(one.tenantId, { seed: seed * 1_000 + index, scale, calm: fire.calm ?? false });
    }
    await control.setClock({ scale });
    say(
      `${documents} documents of ${tenants} clients are there after ${seconds(began)} s; the clock runs ${scale} times as fast`,
    );
    const workers = startWorkers({
      env: () => ({ ...product.workerEnvironment, ...fire.environment?.() }),
      count: fire.workers ?? WORKERS,
      ...(played.worker === undefined ? {} : { program: played.worker }),
      print: (line) => {
        if (/"level":60/.test(line) || !line.startsWith("{")) say(line);
      },
    });
    const hands = played.isMeddledWith ? new Hands(product, books, seededRandom(seed * 31)) : null;
    let struck = 0;
    const wrong: string[] = [];
    try {
      struck = await underFire(fire, product, { books, workers, hands }, options);
      say(`${struck} blows and all is uploaded after ${seconds(began)} s; what is under way comes to its end`);
      wrong.push(...((await fire.after?.({ workers, product, books })) ?? []));
      await settled(product, say);
      for (let round = 0; round < ROUNDS && (await hands?.askForAll()); round += 1) await settled(product, say);
      if (hands) say(`people got in the way: ${JSON.stringify(hands.done)}`);
    } finally {
      await workers.stop();
    }
    const started = workers.startMs.toSorted((a, b) => a - b);
    say(`${started.length} workers came to work, half of them within ${Math.round(started[started.length >> 1] ?? 0)} ms`);
    await control.setClock({ scale: 1 });
    const practice = jobPracticeScope();
    say(`states: ${JSON.stringify(await database.inScope(practice, (db) => countEverything(db, practice)))}`);
    say(`calls: ${JSON.stringify(await database.inScope(practice, (db) => countUnclearCalls(db, practice)))}`);
    const verdict = await compareBooks(product, books, say, { played });
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
    await played.close();
    clock.stop();
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
  { books, workers, hands }: { books: readonly Books[]; workers: Workers; hands: Hands | null },
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
    if (performance.now() - began > Math.max(LEAST_MS, wanted * LONGEST_BLOW_MS))
      throw new Error(`Only ${struck} of ${wanted} blows within ${seconds(began)} s`);
    const feed = async (most: number) => {
      const at = Math.floor(random() * left.length);
      const chosen = left[at];
      if (chosen && (await upload(product, chosen.scope, seed, most)) < most) left.splice(at, 1);
    };
    await feed(portion);
    if (struck >= wanted) continue;
    for (let act = 0; act < ACTS_A_BLOW; act += 1) await hands?.act();
    await pause(BLOW_AFTER_MS[0] + random() * (BLOW_AFTER_MS[1] - BLOW_AFTER_MS[0]));
    const wantsCall = random() < MID_CALL_SHARE;
    const into = random() * WITHIN_CALL_MS;
    const waited = performance.now();
    for (;;) {
      const waitedMs = performance.now() - waited;
      // Nothing is under way any more, though something is open: it waits for its time.
      if (waitedMs > 20_000) throw new Error("Nobody was at work for 20 s");
      if (waitedMs > CLICK_AFTER_MS) await clickOn(product, say);
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

/** Uploads so many of a client's waiting documents at most; answers how many there were. */
export async function upload(product: ScratchProduct, scope: ClientScope, seed: number, most: number): Promise<number> {
  return product.database.inScope(scope, async (db) => {
    const ids = await listWaitingDocuments(db, scope, seed, most);
    if (ids.length > 0) await queueUpload(db, scope, { ids });
    return ids.length;
  });
}

/** Lets connections go on that stopped after three tries, as whoever watches would, and says so. */
export async function clickOn(product: ScratchProduct, say: (line: string) => void): Promise<void> {
  const practice = jobPracticeScope();
  const stopped = await product.database.inScope(practice, (db) => resumeStopped(db, practice));
  if (stopped > 0) say(`  ${stopped} connections had stopped after three tries, and are clicked on`);
}

/** Waits until nothing of anybody is on its way. */
async function settled(product: ScratchProduct, say: (line: string) => void): Promise<void> {
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
