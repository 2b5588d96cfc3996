import fc from "fast-check";
import { findOpenRun } from "#db/queries/export/runs.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { markExported, undoMark, withdraw } from "#lib/posting/mark.ts";
import { retry } from "#lib/posting/retry.ts";
import { sendNextBatch } from "#lib/posting/send.ts";
import { stopRun } from "#lib/posting/stop-run.ts";
import { takePortion } from "#lib/posting/take-portion.ts";
import type { SceneClient } from "#lib/testing/posting-scene.ts";
import {
  type EngineScene,
  inEngineScene,
  isNamed,
  type Known,
  ORDINARY,
  settleAndJudge,
  timeSlice,
  tried,
} from "./engine-scene.ts";
import { type CampaignResult, rulesResult } from "./result.ts";

export interface CommandsOptions {
  readonly seed: number;
  /** How many commands are run in all, at least. */
  readonly commands: number;
  readonly say: (line: string) => void;
}

interface Model {
  readonly known: Known[];
}
interface Real {
  readonly scene: EngineScene;
  readonly client: SceneClient;
  readonly count: (kind: "command" | "crash" | "fault") => void;
}
type Command = fc.AsyncCommand<Model, Real>;

const KINDS: readonly DocumentKind[] = ["sales-invoice", "sales-credit-note", "bill"];
/** Those of the named faults that take no real time. */
const FAULTS = ["N05", "N06", "N13", "N14", "P01", "P05", "P06", "P12", "P13", "P20"] as const;
const A_RUN = 25;

const command = (
  words: string,
  run: (model: Model, real: Real) => Promise<void>,
  check: (model: Readonly<Model>) => boolean = () => true,
): Command => ({
  check,
  async run(model, real) {
    real.count("command");
    await run(model, real);
  },
  toString: () => words,
});

const pick = (model: Readonly<Model>, at: number): Known | undefined => model.known[at % Math.max(1, model.known.length)];

/** What a person, a worker, the package's line and the clock may do, in any order. */
const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  fc.constantFrom(...KINDS).map((kind) =>
    command(`add a ${kind}`, async (model, { client }) => {
      const number = `${kind.slice(0, 3)}-${model.known.length + 1}`;
      await client.add({ kind, number, contact: kind === "bill" ? "S1" : "C1" });
      model.known.push({ number, kind, grossMinor: 1_200n, asked: false, voided: false });
    }),
  ),
  fc.tuple(fc.nat(20), fc.integer({ min: 100, max: 99_999 })).map(([at, minor]) =>
    command(
      `edit ${at} to ${minor}`,
      async (model, { client }) => {
        const known = pick(model, at);
        if (!known || known.voided) return;
        await client.amend(known.number, BigInt(minor));
        known.grossMinor = BigInt(minor);
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.nat(20).map((at) =>
    command(
      `void ${at}`,
      async (model, { client }) => {
        const known = pick(model, at);
        if (!known || known.voided) return;
        await client.voidDocument(known.number);
        known.voided = true;
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.tuple(fc.nat(20), fc.nat(3)).map(([at, length]) =>
    command(
      `select ${length + 1} from ${at} and upload`,
      async (model, { client }) => {
        const chosen = Array.from({ length: length + 1 }, (_, n) => pick(model, at + n)).filter((one) => one !== undefined);
        const pending = new Set((await client.rows()).filter((row) => row.panel === "pending").map((row) => row.reference));
        const numbers = chosen.map((one) => one.number).filter((number) => pending.has(number));
        if (numbers.length === 0) return;
        for (const one of chosen) one.asked = true;
        await tried(client.click("C1", "S1", ...numbers));
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.constant(
    command("upload all", async (model, { client }) => {
      for (const one of model.known) one.asked = true;
      await tried(client.click());
    }),
  ),
  fc.nat(20).map((at) =>
    command(
      `withdraw ${at}`,
      async (model, { client }) => {
        const row = (await client.rows()).find((one) => one.reference === pick(model, at)?.number);
        if (row) await tried(client.inScope((db) => withdraw(db, client.scope, { ids: [row.id] })));
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.constant(
    command("stop the run", async (_model, { client }) => {
      const open = await client.inScope((db) => findOpenRun(db, client.scope));
      if (open) await tried(client.inScope((db) => stopRun(db, client.scope, open.id)));
    }),
  ),
  fc.nat(20).map((at) =>
    command(
      `retry ${at}`,
      async (model, { client }) => {
        const known = pick(model, at);
        const row = (await client.rows()).find((one) => one.reference === known?.number);
        if (!row || !known) return;
        known.asked = true;
        await tried(client.inScope((db) => retry(db, client.scope, { ids: [row.id] })));
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([most, dies]) =>
    command(`a worker ${dies ? "dies in" : "takes"} a portion of ${most}`, async (_model, { client, count }) => {
      const world = client.worldFor(await client.lease());
      if (dies) count("crash");
      const taking = takePortion(
        {
          ...world,
          inScope: (work) =>
            world.inScope(async (db) => {
              const result = await work(db);
              if (dies) throw Object.assign(new Error("killed"), { name: "Killed" });
              return result;
            }),
        },
        { first: most, most },
      );
      await taking.catch((error: unknown) => {
        if (!isNamed(error, new Set(["Killed", ...ORDINARY]))) throw error;
      });
    }),
  ),
  fc.nat(20).map((at) =>
    command(
      `mark ${at} as exported`,
      async (model, { client }) => {
        const row = (await client.rows()).find((one) => one.reference === pick(model, at)?.number);
        if (row) await tried(client.inScope((db) => markExported(db, client.scope, { ids: [row.id] }, "Typed in by hand")));
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.nat(20).map((at) =>
    command(
      `undo the mark of ${at}`,
      async (model, { client }) => {
        const row = (await client.rows()).find((one) => one.reference === pick(model, at)?.number);
        if (row) await tried(client.inScope((db) => undoMark(db, client.scope, { ids: [row.id] })));
      },
      (model) => model.known.length > 0,
    ),
  ),
  fc.constant(command("a worker's time slice", async (_model, { client }) => timeSlice(client))),
  fc
    .tuple(fc.constantFrom(...FAULTS), fc.constantFrom("PUT", "POST", "GET"), fc.integer({ min: 1, max: 3 }))
    .map(([name, method, call]) =>
      command(`${name} at ${method} ${call}, and a worker's time slice`, async (_model, { client, count }) => {
        count("fault");
        await client.faults({ name, method, call, ...(name === "P01" ? { retryAfter: 20 } : {}) });
        await timeSlice(client);
      }),
    ),
  fc.tuple(fc.constantFrom(...KINDS), fc.boolean()).map(([kind, left]) =>
    command(`a worker dies ${left ? "after" : "before"} the bytes of a ${kind} leave`, async (_model, { client, count }) => {
      count("crash");
      const world = client.worldFor(await client.lease());
      const { connector } = world;
      const dying = sendNextBatch(
        {
          ...world,
          connector: {
            ...connector,
            send: async (message, context) => {
              if (message.method === "GET") return connector.send(message, context);
              if (left) await connector.send(message, context);
              throw Object.assign(new Error("killed"), { name: "Killed" });
            },
          },
        },
        [kind],
        { sent: 0 },
      );
      await dying.catch((error: unknown) => {
        if (!isNamed(error, new Set(["Killed", ...ORDINARY]))) throw error;
      });
    }),
  ),
  fc.constant(
    command("reconnect", async (_model, { scene, client }) => {
      await scene.control.tokens([client.tenant]);
      await client.faults({ name: "P20", call: 1 });
      await timeSlice(client);
    }),
  ),
  fc
    .constantFrom(5, 45, 130, 400, 700, 3_600)
    .map((seconds) => command(`the clock goes ${seconds} s on`, async (_model, { scene }) => scene.step(seconds))),
];

/**
 * C5: commands in random order against the engine and the simulator; after each sequence everything is let come to its end and judged. The
 * seed and path of a counter-example are in its words.
 */
export async function runCommandsIn(scene: EngineScene, { seed, commands, say }: CommandsOptions): Promise<CampaignResult> {
  const began = performance.now();
  const counted = { command: 0, crash: 0, fault: 0, document: 0 };
  const broken: string[] = [];
  for (let round = 0; counted.command < commands && broken.length === 0; round += 1) {
    const details = await fc.check(
      fc.asyncProperty(fc.commands([...COMMANDS], { maxCommands: A_RUN, size: "max" }), async (sequence) => {
        const client = await scene.client();
        const model: Model = { known: [] };
        const count = (kind: "command" | "crash" | "fault") => {
          counted[kind] += 1;
        };
        await fc.asyncModelRun(() => ({ model, real: { scene, client, count } }), sequence);
        counted.document += model.known.length;
        const wrong = await settleAndJudge(scene, client, model.known);
        if (wrong.length > 0) throw new Error(wrong.join("; "));
      }),
      { seed: seed + round, numRuns: 1, endOnFailure: true, includeErrorInReport: true },
    );
    if (details.failed) broken.push(`seed ${seed + round}: ${fc.defaultReportMessage(details)}`);
    if (round % 20 === 19) say(`  ${counted.command} commands in ${round + 1} sequences`);
  }
  return rulesResult({
    campaign: "commands",
    seed,
    documents: counted.document,
    kills: counted.crash,
    faults: counted.fault,
    broken,
    began,
  });
}

export const runCommands = (options: CommandsOptions) => inEngineScene((scene) => runCommandsIn(scene, options));
