import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { countNightWrong, findNight, seedNightClients } from "#db/queries/bench-night.ts";
import { startScratchProduct, until } from "#lib/campaign/product.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, seal } from "#lib/connections/secrets.ts";
import type { PullRequest } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { type Child, runChild } from "#lib/start/children.ts";
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

/** Documents and payments made in each changed organisation. */
const CHANGES = 2;
const WORKERS = 2;
const LONGEST_MS = 20 * 60_000;

/**
 * Seeds so many connections that were all read before, has one in a hundred change in the package (two invoices, each paid), lets two
 * o'clock come for all of them at once, and waits until every one has been asked. The simulator has no limits.
 */
export async function nightlyBench({
  seed,
  connections,
  say,
}: {
  readonly seed: number;
  readonly connections: number;
  readonly say: (line: string) => void;
}): Promise<NightlyResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: null });
  const workers: Child[] = [];
  const practice = jobPracticeScope();
  const { database, control, settings } = product;
  try {
    // Shortly before two in London: a token lives half an hour.
    await control.setClock({ now: "2027-02-02T01:40:00Z" });
    const tenants = await control.addTenants("Night", connections, { limits: false });
    const { access_token: token } = await control.tokens(tenants.map((one) => one.id));
    const grantId = randomUUID();
    await database.inScope(practice, (db) =>
      seedNightClients(db, practice, {
        grant: { id: grantId, sealed: seal(token, grantPlace(grantId, "access_token_sealed"), settings.keys) },
        tenants: tenants.map((one) => one.id),
        cursors: { documents: readCursor("documents"), payments: readCursor("payments") },
        at: "2027-02-01T13:00:00Z",
      }),
    );
    const changed = tenants.filter((_, index) => index % 100 === seed % 100).slice(0, Math.max(1, Math.floor(connections / 100)));
    for (const tenant of changed) await change(product.simulatorUrl, token, tenant.id, control);
    say(
      `${connections} connections, ${changed.length} changed in the package, ready after ${rounded((performance.now() - began) / 1000)} s`,
    );

    for (let n = 0; n < WORKERS; n += 1) {
      workers.push(
        runChild({
          name: `worker ${n + 1}`,
          args: [join(ROOT, "lib", "bench", "worker.ts")],
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
    await control.setClock({ now: "2027-02-02T02:00:00Z" });
    await until(
      "the night has ended",
      LONGEST_MS,
      async () => {
        const night = await database.inScope(practice, (db) => findNight(db, practice));
        if (night.total > 0)
          say(`  ${Math.round((performance.now() - since) / 1000)} s: ${night.done} of ${night.total}, ${night.calls} calls`);
        return night.ended && night.total === connections;
      },
      2_000,
    );
    const night = await database.inScope(practice, (db) => findNight(db, practice));
    const rss = Math.max(...workers.map((worker) => usedBy(worker.pid() ?? 0).rssMiB));

    const callsOf = async (ids: readonly { readonly id: string }[]) => {
      let calls = 0;
      for (const { id } of ids)
        calls += (await control.calls(id)).filter((call) => call.method === "GET" && call.status === 200).length;
      return calls / Math.max(1, ids.length);
    };
    const quiet = tenants
      .filter((one) => !changed.includes(one))
      .filter((_, index) => index % Math.ceil(connections / 500) === 0);
    const callsPerQuietClient = rounded(await callsOf(quiet), 2);
    const callsPerChangedClient = rounded(await callsOf(changed), 2);
    const wrongRows = await database.inScope(practice, (db) =>
      countNightWrong(db, practice, { connections, changed: changed.map((one) => one.id), each: CHANGES }),
    );
    return {
      bench: "nightly",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrongRows === 0,
      callsPerQuietClient,
      callsPerChangedClient,
      callsPerSecond: rounded(night.calls / night.seconds),
      enqueueSeconds: rounded(night.enqueueSeconds, 2),
      workerRssMiB: rss,
      forecastError: rounded(night.forecastError, 3),
      wrongRows,
    };
  } finally {
    for (const worker of workers) await worker.stop(30_000);
    await product.close();
  }
}

/** The cursor of a connection that was read to its end and had nothing. */
function readCursor(what: PullRequest["what"]): string {
  const connection = { id: "", tenantId: "", apiUrl: "", baseCurrency: "GBP" };
  let cursor: string | null = null;
  for (;;) {
    const request: PullRequest = { connection, what, cursor, light: true };
    const body = JSON.stringify({ DateTimeUTC: `/Date(${Date.parse("2027-02-01T13:00:00Z")})/` });
    const page = xero.pull.read(xero.pull.ask(request, connection), { status: 200, headers: {}, body }, request);
    cursor = page.cursor;
    if (!page.more && page.same) return cursor;
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
