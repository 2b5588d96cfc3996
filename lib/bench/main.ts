import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { StartRefusal } from "#lib/start/refusal.ts";

/** What every benchmark answers beside its own figures; all keys are fixed. */
interface BenchResult {
  readonly bench: string;
  readonly seed: number;
  readonly seconds: number;
  /** Every count that it can prove is right. */
  readonly ok: boolean;
}

interface Asked {
  readonly seed: number;
  readonly documents: number | null;
  readonly connections: number | null;
  readonly limits: boolean;
  readonly say: (line: string) => void;
}

/** What one pass of the sample makes. */
const SAMPLE_DOCUMENTS = 12_357;

/** Each is loaded when it is asked for: `browser` alone needs the browser library, which a production install leaves out. */
const BENCHES: Readonly<Record<string, { says: string; run: (asked: Asked) => Promise<BenchResult> }>> = {
  posting: {
    says: "uploads invoices until every row has its tick (--documents, 2,000 without; --limits: 6,000 under Xero's real limits)",
    run: async ({ documents, limits, connections: _, ...asked }) => {
      const { postingBench, postingLimitsBench } = await import("./posting.ts");
      return (limits ? postingLimitsBench : postingBench)({ ...asked, documents: documents ?? (limits ? 6_000 : 2_000) });
    },
  },
  grid: {
    says: "pages, filters, sorts and queues 100,000 pending rows among a million (--documents: pending rows)",
    run: async ({ documents, connections: _, ...asked }) =>
      (await import("./grid.ts")).gridBench({ ...asked, pending: documents ?? 100_000 }),
  },
  page: {
    says: "opens each main page among a million postings of a hundred clients, beside /healthz (--documents: pending rows of the one client, 100,000 without)",
    run: async ({ documents, connections: _, limits: __, ...asked }) =>
      (await import("./page.ts")).pageBench({ ...asked, pending: documents ?? 100_000 }),
  },
  upload: {
    says: "clicks Upload data on 100,000 rows beside a narrow insert of them, and waits for its first call (--documents: rows)",
    run: async ({ documents, connections: _, limits: __, ...asked }) =>
      (await import("./upload.ts")).uploadBench({ ...asked, pending: documents ?? 100_000 }),
  },
  nightly: {
    says: "lets two o'clock come for 70,000 connections at once, one in a hundred of them changed (--connections; --limits: 2,000 under their share of Xero's limits)",
    run: async ({ connections, documents: _, limits, ...asked }) => {
      const { nightlyBench, nightlyLimitsBench } = await import("./nightly.ts");
      return limits
        ? nightlyLimitsBench({ ...asked, connections: connections ?? 2_000 })
        : nightlyBench({ ...asked, connections: connections ?? 70_000 });
    },
  },
  browser: {
    says: "draws and scrolls the Export screen with 100,000 pending rows in Chromium at a quarter of its speed (--documents: rows)",
    run: async ({ documents, connections: _, ...asked }) =>
      (await import("./browser.ts")).browserBench({ ...asked, pending: documents ?? 100_000 }),
  },
  import: {
    says: "imports a file of 540,000 lines, the sample eighteen times over (--documents: of about so many documents)",
    run: async ({ documents, limits: _, connections: __, ...asked }) => {
      const { importBench } = await import("./import.ts");
      return importBench({ ...asked, ...(documents === null ? {} : { repeats: Math.ceil(documents / SAMPLE_DOCUMENTS) }) });
    },
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    documents: { type: "string" },
    connections: { type: "string" },
    limits: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const whole = (name: "seed" | "documents" | "connections"): number | null => {
  const text = values[name];
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new StartRefusal(`--${name} takes a whole number above 0, not "${text}".`);
  return Number(text);
};

const name = positionals[0] ?? "";
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench === undefined) {
  throw new StartRefusal(
    `Usage: npm run bench -- NAME [--seed N] [--documents N] [--connections N] [--limits] [--json]\n${Object.entries(BENCHES)
      .map(([one, { says }]) => `  ${one}: ${says}`)
      .join("\n")}`,
  );
}

const say = (line: string) => {
  if (!values.json) console.log(line);
};
const seed = whole("seed") ?? 1;
say(
  `bench ${name}, seed ${seed}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
);
const result = await bench.run({
  seed,
  documents: whole("documents"),
  connections: whole("connections"),
  limits: values.limits,
  say,
});
if (values.json) console.log(JSON.stringify(result));
else
  console.table(
    Object.entries(result)
      .filter(([, value]) => typeof value !== "object")
      .map(([figure, value]) => ({ figure, value })),
  );
process.exitCode = result.ok ? 0 : 1;
