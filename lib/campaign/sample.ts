import { basename } from "node:path";
import { findClientBySlug } from "#db/queries/imports/file-imports.ts";
import { formatMoney, parseMinor } from "#lib/common/money.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { commitImport, readFile } from "#lib/operational/file-import.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { StartRefusal } from "#lib/start/refusal.ts";
import { samplePath } from "#lib/testing/sample.ts";
import { brokenInvariants, countStates, exportedTotals, findMoment, listExported } from "./checks-sql.ts";
import { type CampaignCodes, connectAndMap } from "./connect.ts";
import { type ScratchProduct, startScratchProduct, until } from "./product.ts";
import type { CampaignResult } from "./result.ts";

export interface SampleOptions {
  readonly seed: number;
  /** Upload only so many rows; null for all. */
  readonly documents: number | null;
  /** How often the worker is killed with SIGKILL on the way. */
  readonly kills: number;
  /** How many times faster than real time the one clock runs; the limits stay as they are on that clock. */
  readonly scale: number;
  readonly say: (line: string) => void;
}

const LABEL = "Sample campaign";
/** The codes that the sample's profile brings. */
const CODES: CampaignCodes = {
  nominal: { "4000": "200", "4100": "260", "4200": "200", "4300": "200", "4400": "200" },
  bank: { "1200": "090" },
  tax: (rates) => ({
    UK20: "OUTPUT2",
    "UK17.5":
      rates.find((rate) => rate.active && rate.rate?.startsWith("17.5") && rate.appliesTo.includes("revenue"))?.externalId ??
      null,
    ZERO: "ZERORATEDOUTPUT",
  }),
};
const LONGEST_MS = 30 * 60_000;
/** The simulator's types of document and ours. */
const TYPES: Readonly<Record<string, string>> = {
  "sales-invoice": "sales-invoice",
  "sales-credit-note": "sales-credit-note",
};

/**
 * The sample file from end to end: imported, uploaded whole to the simulator under its real limits on a faster clock while the worker is
 * killed again and again, every document read back, ledger totals of simulator and console compared to the penny by currency and type,
 * a second upload that sends nothing.
 */
export async function runSample(options: SampleOptions): Promise<CampaignResult> {
  if (samplePath === null) throw new StartRefusal("../shared/data/online-retail-sample.csv is not here; this campaign needs it.");
  const began = performance.now();
  const product = await startScratchProduct((line) => {
    if (/"level":(50|60)/.test(line)) options.say(line);
  });
  try {
    const { control, database } = product;
    const practice = jobPracticeScope();
    const client = await database.inScope(practice, (db) => findClientBySlug(db, practice, "ashdown-wholesale"));
    if (!client) throw new Error("The demo has no client");
    const scope = jobScope(client.id, { userId: null, label: LABEL });
    const preview = await readFile(database, scope, {
      path: samplePath,
      fileName: basename(samplePath),
      profileName: "online-retail",
    });
    const imported = await database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
    options.say(`imported: ${JSON.stringify(imported)}`);
    const tenantId = (await control.tenants())[0]?.id;
    if (tenantId === undefined) throw new Error("The simulator has no organisation");
    await connectAndMap(product, scope, tenantId, CODES);
    await control.patchSettings(tenantId, { limits: true });
    await control.setClock({ scale: options.scale });

    const chosen = {
      filter: { panel: "pending" as const },
      exceptIds: [],
      count: 0,
      grossByCurrency: {},
      asOf: await database.inScope(scope, findMoment),
    };
    const run = await database.inScope(scope, async (db) => queueUpload(db, scope, chosen));
    options.say(`run ${run.number}: ${run.chosen} chosen; the clock runs ${options.scale} times as fast`);
    const kills = await uploadUnderFire(product, scope, options);
    await control.setClock({ scale: 1 });

    const states = await database.inScope(scope, (db) => countStates(db, scope));
    options.say(`states: ${JSON.stringify(states)}`);
    const result = await compare(product, scope, tenantId, options.say);
    const before = (await control.calls(tenantId)).filter((call) => call.method !== "GET").length;
    const again = await database
      .inScope(scope, (db) => queueUpload(db, scope, { ...chosen, asOf: new Date(Date.now() + 86_400_000).toISOString() }))
      .then(
        (second) => second.chosen,
        () => 0,
      );
    const after = (await control.calls(tenantId)).filter((call) => call.method !== "GET").length;
    const broken = [
      ...result.broken,
      ...(again > 0 || after !== before ? [`a second upload sent ${again} rows in ${after - before} calls`] : []),
    ];
    const leftUnknown = (states.unknown ?? 0) + (states.sending ?? 0) + (states.queued ?? 0) + (states.posted ?? 0);
    return {
      campaign: "sample",
      seed: options.seed,
      documents: result.documents,
      kills,
      faults: 0,
      lost: result.lost,
      doubled: result.doubled,
      wrongLinks: result.wrongLinks,
      leftUnknown,
      invariantsBroken: broken,
      seconds: Math.round((performance.now() - began) / 1000),
      ok: result.lost + result.doubled + result.wrongLinks + leftUnknown + broken.length === 0,
    };
  } finally {
    await product.close();
  }
}

/** Waits until nothing is on its way, killing the worker at moments that the seed chooses. */
async function uploadUnderFire(product: ScratchProduct, scope: ClientScope, options: SampleOptions): Promise<number> {
  const random = randomOf(options.seed);
  // Shares of the rows sent at which the worker is killed: over the whole upload, contacts and documents alike.
  const moments = Array.from({ length: options.kills }, () => random()).toSorted((a, b) => a - b);
  let kills = 0;
  let said = performance.now();
  await until(
    "every row has its tick",
    LONGEST_MS,
    async () => {
      const states = await product.database.inScope(scope, (db) => countStates(db, scope));
      const open = (states.queued ?? 0) + (states.sending ?? 0) + (states.unknown ?? 0) + (states.posted ?? 0);
      const sent = (states.posted ?? 0) + (states.confirmed ?? 0) + (states.unknown ?? 0);
      const moment = moments[kills];
      if (moment !== undefined && open > 0 && sent >= moment * (sent + (states.queued ?? 0) + (states.sending ?? 0))) {
        const pid = product.worker?.pid();
        if (pid !== undefined && killed(pid)) kills += 1;
      }
      if (performance.now() - said > 5_000) {
        said = performance.now();
        options.say(`  ${JSON.stringify(states)}${kills > 0 ? `, ${kills} kills` : ""}`);
      }
      return open === 0;
    },
    200,
  );
  return kills;
}

/** Kills a worker outright; false when it is between two lives. */
function killed(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** Small and repeatable: a linear congruential generator is random enough to choose moments. */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Compared {
  readonly documents: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrongLinks: number;
  readonly broken: readonly string[];
}

async function compare(
  product: ScratchProduct,
  scope: ClientScope,
  tenantId: string,
  say: (line: string) => void,
): Promise<Compared> {
  const { database, control } = product;
  const ours = await database.inScope(scope, (db) => listExported(db, scope));
  const totals = await database.inScope(scope, (db) => exportedTotals(db, scope));
  const broken = await database.inScope(scope, (db) => brokenInvariants(db, scope));
  const ledger = await control.ledger(tenantId);
  const theirs = Map.groupBy(
    ledger.documents.filter((document) => document.status !== "VOIDED" && document.status !== "DELETED"),
    (document) => document.number,
  );
  let lost = 0;
  let wrongLinks = 0;
  for (const document of ours) {
    const found = theirs.get(document.number) ?? [];
    if (found.length === 0) lost += 1;
    else if (!found.some((one) => one.id === document.externalId && parseMinor(one.gross, one.currency) === document.grossMinor))
      wrongLinks += 1;
  }
  const doubled = [...theirs.values()].reduce((sum, group) => sum + group.length - 1, 0);
  for (const total of totals) {
    const there = ledger.totals.find((one) => one.type === TYPES[total.kind] && one.currency === total.currency);
    const same = there && there.count === total.count && parseMinor(there.gross, there.currency) === total.grossMinor;
    say(
      `${total.kind} ${total.currency}: console ${total.count}, ${formatMoney(total.grossMinor, total.currency)}; simulator ${there?.count ?? 0}, ${there?.gross ?? "0.00"}`,
    );
    if (!same) broken.push(`I5 the totals of ${total.kind} in ${total.currency} differ`);
  }
  if (ledger.totals.length !== totals.length) broken.push("I5 one side has a type or currency that the other lacks");
  return { documents: ours.length, lost, doubled, wrongLinks, broken };
}
