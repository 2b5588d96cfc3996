import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { auditLimits } from "#lib/campaign/audit-limits.ts";
import { countNightWrong, findNight, seedNightClients } from "#lib/campaign/night-sql.ts";
import { startScratchProduct, until } from "#lib/campaign/product.ts";
import { readCursor } from "#lib/campaign/read-cursor.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, seal } from "#lib/common/secrets.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { type Child, runChild } from "#lib/start/children.ts";
import { figuresOf } from "#lib/testing/limit-figures.ts";
import { rounded, usedBy } from "./machine.ts";
import { problemsOnly } from "./posting.ts";

export interface NightlyResult {
  readonly bench: "nightly";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  readonly callsPerQuietClient: number;
  readonly callsPerChangedClient: number;
  readonly callsPerSecond: number;
  readonly enqueueSeconds: number;
  /** Of the worker that held most. */
  readonly workerRssMiB: number;
  /** How far the forecast made at a tenth of the night was off, as a share of the night. */
  readonly forecastError: number;
  readonly wrongRows: number;
}

export interface NightlyLimitsResult {
  readonly bench: "nightly --limits";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  /** Of the calls that the app's minutes allowed while the night ran, in whole minutes. */
  readonly quotaShare: number;
  readonly answers429: number;
}

interface NightlyOptions {
  readonly seed: number;
  readonly connections: number;
  readonly say: (line: string) => void;
}

/** Documents and payments made in each changed organisation. */
const CHANGES = 2;
const LONGEST_MS = 40 * 60_000;

/**
 * Seeds so many connections that were all read before, has one in a hundred change in the package (two invoices, each paid), lets two
 * o'clock come for all of them at once, and waits until every one has been asked. The simulator has no limits.
 */
export async function nightlyBench({ seed, connections, say }: NightlyOptions): Promise<NightlyResult> {
  const began = performance.now();
  const { night, tenants, changed, wrongRows, rssMiB, callsOf, close } = await passNight({ seed, connections, say, workers: 2 });
  try {
    const successful = async (ids: readonly string[]) => {
      const logs = await callsOf(ids);
      const calls = [...logs.values()].flat().filter((call) => call.method === "GET" && call.status === 200);
      return rounded(calls.length / Math.max(1, ids.length), 2);
    };
    const quiet = tenants
      .filter((one) => !changed.includes(one))
      .filter((_, index) => index % Math.ceil(connections / 500) === 0);
    return {
      bench: "nightly",
      seed,
      ok: wrongRows === 0,
      callsPerQuietClient: await successful(quiet),
      callsPerChangedClient: await successful(changed),
      callsPerSecond: rounded(night.calls / night.seconds),
      enqueueSeconds: rounded(night.enqueueSeconds, 2),
      workerRssMiB: rssMiB,
      forecastError: rounded(night.forecastError, 3),
      wrongRows,
      seconds: rounded((performance.now() - began) / 1_000),
    };
  } finally {
    await close();
  }
}

/** Xero's app-wide calls a minute, and the connections of the largest practice that share them. */
const XERO_APP = { perMinute: 10_000, connections: 70_000 };
/** As fast as the one clock may run before the margins of the limits widen with it (`marginMs`). */
const LIMITS_SCALE = 4;

/**
 * The same under Xero's limits, the app's minute cut down to these connections' share of it, with four workers. Every window of the
 * simulator's log is held against the limits.
 */
export async function nightlyLimitsBench({ seed, connections, say }: NightlyOptions): Promise<NightlyLimitsResult> {
  const began = performance.now();
  const appPerMinute = Math.round((XERO_APP.perMinute * connections) / XERO_APP.connections);
  const { tenants, wrongRows, callsOf, close } = await passNight({ seed, connections, say, workers: 4, appPerMinute });
  try {
    const logs = await callsOf(tenants);
    const asked = new Map([...logs].map(([id, calls]) => [id, calls.filter((call) => call.at >= TWO_O_CLOCK)]));
    const limits = figuresOf(xero.limits);
    const audit = auditLimits(asked, { ...limits, appPerMinute });
    for (const { scope, limit, from, calls, allowed } of audit.over)
      say(`wrong: ${calls} calls in the ${limit} of ${scope} from ${from}, ${allowed} are allowed`);
    const times = [...asked.values()].flat().map((call) => Date.parse(call.at));
    const start = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
    const end = times.reduce((most, time) => Math.max(most, time), 0);
    const minutes = Math.max(1, Math.floor((end - start) / 60_000));
    const within = times.filter((time) => time < start + minutes * 60_000).length;
    const { fullest } = audit;
    if (wrongRows > 0) say(`wrong: ${wrongRows} rows`);
    say(
      `${audit.calls} calls in ${rounded((end - start) / 60_000, 2)} minutes; fullest windows: ${fullest.app} of ${appPerMinute} for the app, ` +
        `${fullest.minute} of ${limits.perMinute}, ${fullest.concurrent} of ${limits.concurrent} at once`,
    );
    return {
      bench: "nightly --limits",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrongRows === 0 && audit.over.length === 0,
      quotaShare: rounded(within / (minutes * appPerMinute), 3),
      answers429: audit.answers429,
    };
  } finally {
    await close();
  }
}

const TWO_O_CLOCK = "2027-02-02T02:00:00";

/** Sets the scene, lets the night pass, and leaves the product open for questions. With `appPerMinute` the simulator has limits. */
async function passNight({
  seed,
  connections,
  say,
  workers: count,
  appPerMinute,
}: NightlyOptions & { readonly workers: number; readonly appPerMinute?: number }) {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: null });
  const workers: Child[] = [];
  const close = async () => {
    for (const worker of workers) await worker.stop(30_000);
    await product.close();
  };
  const practice = jobPracticeScope();
  const { database, control, settings } = product;
  try {
    // Shortly before two in London: a token lives half an hour, and nobody refreshes this one. The scene takes minutes, so does the night.
    await control.setClock({ now: "2027-02-02T01:51:00Z" });
    const made = await control.addTenants("Night", connections, { limits: appPerMinute !== undefined });
    const tenants = made.map((one) => one.id);
    const { access_token: token } = await control.tokens(tenants);
    const grantId = randomUUID();
    await database.inScope(practice, (db) =>
      seedNightClients(db, practice, {
        grant: { id: grantId, sealed: seal(token, grantPlace(grantId, "access_token_sealed"), settings.keys) },
        tenants,
        cursors: { documents: readCursor("documents"), payments: readCursor("payments") },
        at: "2027-02-01T13:00:00Z",
      }),
    );
    const changed = tenants.filter((_, index) => index % 100 === seed % 100).slice(0, Math.max(1, Math.floor(connections / 100)));
    for (const tenant of changed) await change(product.simulatorUrl, token, tenant, control);
    if (appPerMinute !== undefined) await control.limitApps(appPerMinute);
    say(
      `${connections} connections, ${changed.length} changed in the package, ready after ${rounded((performance.now() - began) / 1000)} s`,
    );

    for (let n = 0; n < count; n += 1) {
      workers.push(
        runChild({
          name: `worker ${n + 1}`,
          args: [join(ROOT, "lib", "bench", "worker.ts"), ...(appPerMinute === undefined ? [] : [String(appPerMinute)])],
          env: product.workerEnvironment,
          restart: false,
          onEnd: () => undefined,
          print: problemsOnly(say),
        }),
      );
    }
    // The workers reckon everybody's next night first, as they do when a connection is made.
    await until("every night is reckoned", 120_000, () =>
      database.inScope(practice, async (db) => (await findNight(db, practice)).unreckoned === 0),
    );
    const since = performance.now();
    await control.setClock({ now: "2027-02-02T02:00:00Z", ...(appPerMinute === undefined ? {} : { scale: LIMITS_SCALE }) });
    let said = 0;
    await until(
      "the night has ended",
      LONGEST_MS,
      async () => {
        const night = await database.inScope(practice, (db) => findNight(db, practice));
        const seconds = Math.round((performance.now() - since) / 1000);
        if (night.total > 0 && seconds >= said + 10) {
          said = seconds;
          say(`  ${seconds} s: ${night.done} of ${night.total}, ${night.calls} calls`);
        }
        return night.ended && night.total === connections;
      },
      1_000,
    );
    const night = await database.inScope(practice, (db) => findNight(db, practice));
    const rssMiB = Math.max(...workers.map((worker) => usedBy(worker.pid() ?? 0).rssMiB));
    const wrongRows = await database.inScope(practice, (db) =>
      countNightWrong(db, practice, { connections, changed, each: CHANGES }),
    );
    const callsOf = async (ids: readonly string[]) => {
      const logs = new Map<string, Awaited<ReturnType<typeof control.calls>>>();
      for (const id of ids) logs.set(id, await control.calls(id));
      return logs;
    };
    return { night, tenants, changed, wrongRows, rssMiB, callsOf, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Somebody makes two invoices in the organisation, and each is paid. */
async function change(
  url: string,
  token: string,
  tenant: string,
  control: {
    pay: (tenant: string, order: { number: string; amount: string; date: string; reference: string }) => Promise<unknown>;
  },
): Promise<void> {
  const numbers = Array.from({ length: CHANGES }, (_, index) => `N-${index + 1}`);
  const answer = await fetch(`${url}/api.xro/2.0/Invoices`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "xero-tenant-id": tenant, Accept: "application/json" },
    body: JSON.stringify({
      Invoices: numbers.map((number) => ({
        Type: "ACCREC",
        Status: "AUTHORISED",
        InvoiceNumber: number,
        Contact: { Name: "Night Customer" },
        Date: "2027-02-01",
        DueDate: "2027-03-01",
        LineItems: [{ Description: "Line", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
      })),
    }),
  });
  if (!answer.ok) throw new Error(`The organisation refused its invoices: ${answer.status} ${await answer.text()}`);
  for (const number of numbers) await control.pay(tenant, { number, amount: "5.00", date: "2027-02-01", reference: "BACS" });
}
