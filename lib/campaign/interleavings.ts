import { workOn } from "#lib/jobs/time-slice.ts";
import { markExported, withdraw } from "#lib/posting/mark.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import type { SceneClient } from "#lib/testing/posting-scene.ts";
import { type EngineScene, inEngineScene, isNamed, type Known, ORDINARY, settleAndJudge, tried } from "./engine-scene.ts";
import { type CampaignResult, rulesResult } from "./result.ts";

export interface InterleavingsOptions {
  readonly seed: number;
  /** How many orders are tried, each of the next seed. */
  readonly seeds: number;
  readonly say: (line: string) => void;
}

/** Longest that nobody comes to a checkpoint before somebody else is let go on, in real ms: whoever waits for a lock of another's. */
const QUIET_MS = 40;
const DOCUMENTS = 6;

/**
 * Lets one of several actors go on at a time, to its next checkpoint: each transaction and each call of theirs. Which one, the seed decides. An actor
 * that waits for another's lock comes to no checkpoint; then the next is let go on beside it.
 */
class Scheduler {
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #over = false;
  checkpoints = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A checkpoint of an actor: resolves when it is this one's turn. */
  async checkpoint(): Promise<void> {
    this.checkpoints += 1;
    this.#running -= 1;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  async run(actors: readonly (() => Promise<void>)[]): Promise<void> {
    const ended = Promise.all(
      actors.map(async (actor) => {
        this.#running += 1;
        try {
          await this.checkpoint();
          await actor();
        } finally {
          this.#running -= 1;
        }
      }),
    ).finally(() => {
      this.#over = true;
    });
    ended.catch(() => undefined);
    let quietSince = performance.now();
    while (!this.#over) {
      if (this.#waiting.length > 0 && (this.#running <= 0 || performance.now() - quietSince > QUIET_MS)) {
        const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
        next?.();
        quietSince = performance.now();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
  }
}

/** The world of a worker whose every transaction and call is a checkpoint; after the call, too: its answer may wait long to be read. */
function withCheckpoints(world: PostingWorld, scheduler: Scheduler): PostingWorld {
  return {
    ...world,
    async inScope(run) {
      await scheduler.checkpoint();
      return world.inScope(run);
    },
    connector: {
      ...world.connector,
      async send(message, context) {
        await scheduler.checkpoint();
        const result = await world.connector.send(message, context);
        await scheduler.checkpoint();
        return result;
      },
    },
  };
}

async function oneOrder(scene: EngineScene, seed: number): Promise<{ wrong: string[]; checkpoints: number }> {
  const random = seededRandom(seed * 7_919);
  const client = await scene.client();
  const kinds = ["sales-invoice", "sales-credit-note", "bill"] as const;
  const known: Known[] = Array.from({ length: DOCUMENTS }, (_, n) => ({
    number: `I-${n + 1}`,
    kind: kinds[Math.floor(random() * kinds.length)] ?? "bill",
    grossMinor: 1_200n,
    asked: true,
    voided: false,
  }));
  await client.add(...known.map(({ number, kind }) => ({ number, kind, contact: kind === "bill" ? "S1" : "C1" })));
  await client.upload("C1", "S1");
  await client.work();
  await client.click(...known.slice(0, DOCUMENTS - 2).map((one) => one.number));
  const scheduler = new Scheduler(seed);
  const first = await client.lease();
  const steps = Math.floor(random() * 40);
  const worker = (start: () => Promise<bigint>) => async () => {
    try {
      await workOn(withCheckpoints(client.worldFor(await start()), scheduler), 20_000);
    } catch (error) {
      if (!isNamed(error, ORDINARY)) throw error;
    }
  };
  // The second one takes the lease at some step; the first one works on and believes to hold it until it is told by its next write.
  const second = async () => {
    for (let step = 0; step < steps; step += 1) await scheduler.checkpoint();
    return client.lease();
  };
  await scheduler.run([worker(async () => first), worker(second), () => person(client, known, scheduler, random)]);
  return { wrong: await settleAndJudge(scene, client, known), checkpoints: scheduler.checkpoints };
}

/** Uploads the rest, edits, marks and withdraws while the workers work, each at a moment of its own. */
async function person(client: SceneClient, known: Known[], scheduler: Scheduler, random: () => number): Promise<void> {
  const numbers = known.slice(DOCUMENTS - 2).map((one) => one.number);
  const actions = [
    async () => {
      await tried(client.click(...numbers));
    },
    async () => {
      const one = known[Math.floor(random() * known.length)];
      if (!one || one.voided) return;
      await client.amend(one.number, 4_711n);
      one.grossMinor = 4_711n;
    },
    async () => {
      const one = known[Math.floor(random() * known.length)];
      const row = (await client.rows()).find((each) => each.reference === one?.number);
      if (row) await tried(client.inScope((db) => markExported(db, client.scope, { ids: [row.id] }, "Typed in by hand")));
    },
    async () => {
      const one = known[Math.floor(random() * known.length)];
      const row = (await client.rows()).find((each) => each.reference === one?.number);
      if (row) await tried(client.inScope((db) => withdraw(db, client.scope, { ids: [row.id] })));
    },
    async () => {
      await tried(client.click());
    },
  ];
  for (const action of actions.toSorted(() => random() - 0.5)) {
    await scheduler.checkpoint();
    await action();
  }
}

/**
 * C6: two workers that both believe to hold the connection's lease, and one person, in orders that seeds decide, checkpoint by checkpoint of their
 * transactions and calls. After each everything is let come to its end and judged.
 */
export async function runInterleavingsIn(
  scene: EngineScene,
  { seed, seeds, say }: InterleavingsOptions,
): Promise<CampaignResult> {
  const began = performance.now();
  const broken: string[] = [];
  let checkpoints = 0;
  for (let n = 0; n < seeds; n += 1) {
    const order = await oneOrder(scene, seed + n);
    checkpoints += order.checkpoints;
    if (order.wrong.length > 0) broken.push(`seed ${seed + n}: ${order.wrong.join("; ")}`);
    if (n % 20 === 19) say(`  ${n + 1} orders, ${checkpoints} checkpoints`);
  }
  say(`${checkpoints} checkpoints in ${seeds} orders`);
  return rulesResult({ campaign: "interleavings", seed, documents: seeds * DOCUMENTS, kills: 0, faults: 0, broken, began });
}

export const runInterleavings = (options: InterleavingsOptions) => inEngineScene((scene) => runInterleavingsIn(scene, options));
