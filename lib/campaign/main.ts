import { parseArgs } from "node:util";
import { Refusal } from "#lib/start/refusal.ts";
import { runSample } from "./sample.ts";

/** What every campaign answers; its keys are fixed. */
export interface CampaignResult {
  readonly campaign: string;
  readonly seed: number;
  readonly documents: number;
  readonly kills: number;
  readonly faults: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrongLinks: number;
  readonly leftUnknown: number;
  readonly invariantsBroken: readonly string[];
  readonly seconds: number;
  readonly ok: boolean;
}

const CAMPAIGNS = {
  sample: {
    says: "imports the sample file, uploads all of it under Xero's real limits on a faster clock, and compares the ledgers to the penny",
    run: runSample,
  },
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    documents: { type: "string" },
    kills: { type: "string" },
    scale: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const whole = (name: "seed" | "documents" | "kills" | "scale", fallback: number): number => {
  const text = values[name];
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
};

const name = positionals[0] ?? "";
if (!Object.hasOwn(CAMPAIGNS, name)) {
  throw new Refusal(
    `Usage: npm run campaign -- NAME [--seed N] [--documents N] [--kills N] [--json]\n${Object.entries(CAMPAIGNS)
      .map(([one, { says }]) => `  ${one}: ${says}`)
      .join("\n")}`,
  );
}

const say = (line: string) => {
  if (!values.json) console.log(line);
};
const seed = whole("seed", 1);
say(`campaign ${name}, seed ${seed}`);
const result: CampaignResult = await CAMPAIGNS[name as keyof typeof CAMPAIGNS].run({
  seed,
  documents: values.documents === undefined ? null : whole("documents", 0),
  kills: whole("kills", 0),
  scale: whole("scale", 20),
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
