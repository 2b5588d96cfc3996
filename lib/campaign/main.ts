import { parseArgs } from "node:util";
import { isPackage } from "#lib/connectors/cards.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { StartRefusal } from "#lib/start/refusal.ts";
import { runBugs } from "./bugs.ts";
import { runLimits } from "./limits.ts";
import { runMoney } from "./money.ts";
import { runCheckpoints, runCrash, runFreeze, runPosting, runRestore } from "./posting.ts";
import type { CampaignResult } from "./result.ts";
import { runSample } from "./sample.ts";

interface Options {
  readonly seed: number;
  readonly documents: number | null;
  readonly kills: number | null;
  readonly scale: number | null;
  readonly tenants: number | null;
  /** The demo's own without it. */
  readonly packageId?: PackageId;
  /** What stands after the campaign's name. */
  readonly words: readonly string[];
  readonly say: (line: string) => void;
}

const CAMPAIGNS: Readonly<
  Record<string, { readonly says: string; readonly run: (options: Options) => Promise<CampaignResult> }>
> = {
  posting: {
    says: "C1: 10,000 documents, 1,000 workers killed with SIGKILL, a quarter of the calls faulted; both books compared to the penny",
    run: (options) =>
      runPosting({
        ...options,
        documents: options.documents ?? 10_000,
        kills: options.kills ?? 1_000,
        scale: options.scale ?? 40,
      }),
  },
  edges: {
    says: "C2: 1,000 workers, each ended at one checkpoint of the protocol, P0 to P9 in turn",
    run: (options) =>
      runCheckpoints({
        ...options,
        documents: options.documents ?? 12_000,
        kills: options.kills ?? 1_000,
        scale: options.scale ?? 40,
      }),
  },
  freeze: {
    says: "C3: 200 times a worker is frozen for twice its lease, while others take over",
    run: (options) =>
      runFreeze({ ...options, documents: options.documents ?? 2_000, kills: options.kills ?? 200, scale: options.scale ?? 40 }),
  },
  crash: {
    says: "C4: 50 times Postgres is stopped in the middle of everything and started again",
    run: (options) =>
      runCrash({ ...options, documents: options.documents ?? 2_000, kills: options.kills ?? 50, scale: options.scale ?? 40 }),
  },
  commands: {
    says: "C5: 10,000 commands in random order (edit, upload, mark, void, reconnect, crash, faults, clock), every invariant after each sequence (--documents: commands)",
    // Loaded when it is asked for: a production install leaves the library out that makes the commands.
    run: async (options) => (await import("./commands.ts")).runCommands({ ...options, commands: options.documents ?? 10_000 }),
  },
  interleavings: {
    says: "C6: two workers that both believe to hold the lease, and a person, in 200 orders of their steps (--documents: orders)",
    run: async (options) =>
      (await import("./interleavings.ts")).runInterleavings({ ...options, seeds: options.documents ?? 200 }),
  },
  restore: {
    says: "C9: five backups taken in mid-run, each restored a little later, and the run goes on",
    run: (options) =>
      runRestore({ ...options, documents: options.documents ?? 1_000, kills: options.kills ?? 10, scale: options.scale ?? 40 }),
  },
  limits: {
    says: "C7: four workers, 8,000 tenants at once and four busy ones, Xero's real limits; every window of the call log audited",
    run: (options) => runLimits({ ...options, tenants: options.tenants ?? 8_000, documents: options.documents ?? 900 }),
  },
  bugs: {
    says: "C10: takes each safety rule out of a copy of the code, one by one; its test must turn red. With words: those rules alone",
    run: runBugs,
  },
  money: {
    says: "C12: 1,000,000 random documents of currencies with 0, 2 and 3 decimals, over all paths of mapping; what goes in must come out",
    run: async (options) => runMoney({ ...options, documents: options.documents ?? 1_000_000 }),
  },
  files: {
    says: "C13: 5,000 spoiled variants of ten honest files; each is read as the honest one, asked about or refused (--documents: variants)",
    // Loaded when it is asked for: it writes workbooks with what a production install leaves out.
    run: async (options) => (await import("./files.ts")).runFiles({ ...options, documents: options.documents ?? 5_000 }),
  },
  sample: {
    says: "imports the sample file, uploads all of it under Xero's real limits on a faster clock, and compares the ledgers to the penny",
    run: (options) => runSample({ ...options, kills: options.kills ?? 0, scale: options.scale ?? 20 }),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    documents: { type: "string" },
    kills: { type: "string" },
    scale: { type: "string" },
    tenants: { type: "string" },
    package: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const whole = (name: "seed" | "documents" | "kills" | "scale" | "tenants"): number | null => {
  const text = values[name];
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new StartRefusal(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
};

/** What the campaigns of fire send to; one that nobody can play is refused when it is begun. */
function packageNamed(id: string): PackageId {
  const isToy = (one: string): one is `toy-${string}` => one.startsWith("toy-");
  if (isToy(id) || isPackage(id)) return id;
  throw new StartRefusal(`There is no package "${id}".`);
}

const name = positionals[0] ?? "";
const campaign = CAMPAIGNS[name];
if (!Object.hasOwn(CAMPAIGNS, name) || !campaign) {
  throw new StartRefusal(
    `Usage: npm run campaign -- NAME [--seed N] [--documents N] [--kills N] [--scale N] [--tenants N] [--package ID] [--json]\n${Object.entries(
      CAMPAIGNS,
    )
      .map(([one, { says }]) => `  ${one}: ${says}`)
      .join("\n")}`,
  );
}

const say = (line: string) => {
  if (!values.json) console.log(line);
};
const seed = whole("seed") ?? 1;
say(`campaign ${name}, seed ${seed}`);
const result = await campaign.run({
  seed,
  documents: whole("documents"),
  kills: whole("kills"),
  scale: whole("scale"),
  tenants: whole("tenants"),
  ...(values.package === undefined ? {} : { packageId: packageNamed(values.package) }),
  words: positionals.slice(1),
  say,
});
if (values.json) console.log(JSON.stringify(result));
else {
  console.table(
    Object.fromEntries(
      Object.entries(result).map(([key, value]) => [key, Array.isArray(value) ? value.join("; ") || "none" : value]),
    ),
  );
}
process.exitCode = result.ok ? 0 : 1;
