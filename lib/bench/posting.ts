import { brokenInvariants, countStates, exportedTotals, findMoment } from "#lib/campaign/checks-sql.ts";
import { type ScratchProduct, startScratchProduct, until } from "#lib/campaign/product.ts";
import { parseMinor } from "#lib/common/money.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import { rounded, type Used, usedBy } from "./machine.ts";
import { addInvoices, allPending, CUSTOMERS, connectedClient, PRODUCTS } from "./scene.ts";

export interface PostingBenchOptions {
  readonly seed: number;
  readonly documents: number;
  readonly say: (line: string) => void;
}

export interface PostingBenchResult {
  readonly bench: "posting";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  /** All calls for 1,000 invoices, their customers and products new to the package, and known to it. */
  readonly callsPer1000: number;
  readonly callsPer1000Known: number;
  /** Of the first upload, customers and products included. */
  readonly documentsPerSecond: number;
  readonly cpuSecondsPer1000: number;
  readonly workerRssMiB: number;
  /** What the package's answers brought in, and what was sent to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface PostingLimitsResult {
  readonly bench: "posting --limits";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  readonly minutes: number;
  /** Calls made of the calls that Xero's sixty a minute would have allowed, over the whole minutes of the run. */
  readonly quotaShare: number;
  readonly answers429: number;
}

interface Upload {
  readonly calls: readonly LoggedCall[];
  readonly seconds: number;
  readonly used: Used;
  readonly faults: readonly string[];
}

/** Six thousand invoices take Xero's own limits four minutes. */
const LONGEST_MS = 15 * 60_000;

/**
 * Uploads invoices of 1–8 lines over 400 customers and 300 products to a simulator without limits or latency until every row has its
 * tick, twice: with all customers and products new to the package, then with all of them known.
 */
export async function postingBench({ seed, documents, say }: PostingBenchOptions): Promise<PostingBenchResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: "lib/bench/worker.ts" });
  try {
    const { scope, tenantId } = await connectedClient(product);
    await product.control.patchSettings(tenantId, { limits: false, latencyMs: 0 });
    const first = await upload(product, scope, tenantId, { seed, from: 1, count: documents, say });
    const second = await upload(product, scope, tenantId, { seed, from: documents + 1, count: documents, say });
    const faults = [...first.faults, ...second.faults, ...(await compare(product, scope, tenantId, documents * 2))];
    for (const fault of faults) say(`wrong: ${fault}`);
    const per1000 = (of: number) => rounded((of * 1_000) / documents);
    return {
      bench: "posting",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: faults.length === 0,
      callsPer1000: per1000(first.calls.length),
      callsPer1000Known: per1000(second.calls.length),
      documentsPerSecond: rounded(documents / first.seconds),
      cpuSecondsPer1000: rounded((first.used.cpuSeconds * 1_000) / documents, 2),
      workerRssMiB: second.used.rssMiB,
      bytesIn: sum(first.calls, (call) => call.bytesOut),
      bytesOut: sum(first.calls, (call) => call.bytesIn),
    };
  } finally {
    await product.close();
  }
}

/** The same once, with Xero's real limits, 300 ms to every answer, and time as it is. */
export async function postingLimitsBench({ seed, documents, say }: PostingBenchOptions): Promise<PostingLimitsResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say));
  try {
    const { scope, tenantId } = await connectedClient(product);
    await product.control.patchSettings(tenantId, { limits: true, latencyMs: 300 });
    const { calls, faults } = await upload(product, scope, tenantId, { seed, from: 1, count: documents, say });
    const wrong = [...faults, ...(await compare(product, scope, tenantId, documents))];
    for (const fault of wrong) say(`wrong: ${fault}`);
    const times = calls.map((call) => Date.parse(call.at));
    const start = Math.min(...times);
    const minutes = (Math.max(...times) - start) / 60_000;
    const whole = Math.max(1, Math.floor(minutes));
    const tens = Map.groupBy(times, (time) => Math.floor((time - start) / 10_000) * 10);
    say(`calls begun from second: ${[...tens].map(([second, begun]) => `${second} ${begun.length}`).join(", ")}`);
    const within = times.filter((time) => time < start + whole * 60_000).length;
    return {
      bench: "posting --limits",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrong.length === 0,
      minutes: rounded(minutes, 2),
      quotaShare: rounded(within / (whole * 60), 3),
      answers429: calls.filter((call) => call.status === 429).length,
    };
  } finally {
    await product.close();
  }
}

async function upload(
  product: ScratchProduct,
  scope: ClientScope,
  tenantId: string,
  { say, ...invoices }: { seed: number; from: number; count: number; say: (line: string) => void },
): Promise<Upload> {
  const { database, control, worker } = product;
  await addInvoices(product, scope, { ...invoices, mostLines: 8 });
  const since = (await control.calls(tenantId)).at(-1)?.n ?? 0;
  const pid = worker?.pid() ?? 0;
  const before = usedBy(pid);
  const began = performance.now();
  const asOf = await database.inScope(scope, findMoment);
  const run = await database.inScope(scope, (db) => queueUpload(db, scope, allPending(asOf)));
  await until(
    "every row has its tick",
    LONGEST_MS,
    async () => {
      const states = await database.inScope(scope, (db) => countStates(db, scope));
      return (states.queued ?? 0) + (states.sending ?? 0) + (states.posted ?? 0) + (states.unknown ?? 0) === 0;
    },
    50,
  );
  const seconds = (performance.now() - began) / 1_000;
  const used = usedBy(pid);
  const calls = await control.calls(tenantId, since);
  const states = await database.inScope(scope, (db) => countStates(db, scope));
  const byCall = Map.groupBy(calls, (call) => `${call.method} ${call.path.replace(/\?.*/, "").split("/").at(-1)}`);
  say(
    `${run.chosen} rows chosen, ${calls.length} calls in ${rounded(seconds)} s: ${[...byCall].map(([name, of]) => `${name} ${of.length}`).join(", ")}`,
  );
  const written = sum(calls, (call) => call.committed);
  const faults = [
    ...(written === run.chosen ? [] : [`the call log proves ${written} records written, and ${run.chosen} were chosen`]),
    ...(Object.keys(states).join() === "confirmed" ? [] : [`states at the end: ${JSON.stringify(states)}`]),
    ...calls.filter((call) => call.status >= 400).map((call) => `${call.method} ${call.path} answered ${call.status}`),
  ];
  return { calls, seconds, used: { ...used, cpuSeconds: used.cpuSeconds - before.cpuSeconds }, faults };
}

/** What stands in the two ledgers: the same documents to the penny, each contact and item once. */
async function compare(product: ScratchProduct, scope: ClientScope, tenantId: string, documents: number): Promise<string[]> {
  const ledger = await product.control.ledger(tenantId);
  const broken = await product.database.inScope(scope, (db) => brokenInvariants(db, scope));
  const [ours] = await product.database.inScope(scope, (db) => exportedTotals(db, scope));
  const [theirs] = ledger.totals;
  const same =
    ours &&
    theirs &&
    ours.count === documents &&
    theirs.count === documents &&
    parseMinor(theirs.gross, "GBP") === ours.grossMinor;
  return [
    ...broken,
    ...(same
      ? []
      : [`the ledgers differ: ${ours?.count} and ${theirs?.count} documents, ${ours?.grossMinor} and ${theirs?.gross}`]),
    ...(new Set(ledger.documents.map((one) => one.number)).size === documents ? [] : ["a number stands twice in the package"]),
    ...(ledger.contacts.length <= CUSTOMERS && ledger.items.length <= PRODUCTS ? [] : ["a contact or an item stands twice"]),
  ];
}

function sum(calls: readonly LoggedCall[], of: (call: LoggedCall) => number): number {
  return calls.reduce((total, call) => total + of(call), 0);
}

/** Of what the processes print, the log's errors and whatever is no log at all: a process that cannot start says why. */
export function problemsOnly(say: (line: string) => void): (line: string) => void {
  return (line) => {
    if (/"level":(50|60)/.test(line) || !/^\s*(\{|[▲✓-])/.test(line)) say(line);
  };
}
