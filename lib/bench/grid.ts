import pg from "pg";
import { listPostings, type PostingPageAsk, sumPostings } from "#db/queries/export/posting-grid.ts";
import { countStates, findMoment } from "#lib/campaign/checks-sql.ts";
import { startScratchProduct } from "#lib/campaign/product.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { type GridCursor, writeCursor } from "#lib/pending/selection.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { countPostings, seedOtherClients } from "./bench-seed-sql.ts";
import { quantile, rounded } from "./machine.ts";
import { problemsOnly } from "./posting.ts";
import { addInvoices, allPending, CUSTOMERS, connectedClient, PRODUCTS, SLUG } from "./scene.ts";
import { signInCookies } from "./sign-in.ts";

export interface GridBenchOptions {
  readonly seed: number;
  /** Rows that wait in the one client; the practice holds ten times as many in all. */
  readonly pending: number;
  readonly say: (line: string) => void;
}

/** Times in milliseconds: medians in the database, and what 95 of 100 requests take over HTTP. */
export interface GridBenchResult {
  readonly bench: "grid";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  readonly firstPageMs: number;
  readonly deepPageMs: number;
  readonly filterMs: number;
  readonly sortMs: number;
  readonly httpP95Ms: number;
  readonly queue100kMs: number;
}

const OTHER_CLIENTS = 100;
const AT_ONCE = 10;
const ROUNDS = 40;
const PAGE = 100;

/** Pages of the Export screen's grid among a million postings, in the database and over HTTP, and Upload data on all that waits. */
export async function gridBench({ seed, pending, say }: GridBenchOptions): Promise<GridBenchResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: null, web: true });
  try {
    const { database, webUrl, password, ownerUrl } = product;
    if (webUrl === null) throw new Error("Web was not started");
    const { scope } = await connectedClient(product);
    await addInvoices(product, scope, { seed, from: 1, count: pending - CUSTOMERS - PRODUCTS, mostLines: 1 });
    const practice = jobPracticeScope();
    // A few at a time: no statement may take two minutes.
    for (let from = 1; from <= OTHER_CLIENTS; from += AT_ONCE) {
      const each = Math.round((pending * 9) / OTHER_CLIENTS);
      await database.inScope(practice, (db) => seedOtherClients(db, practice, { seed, from, clients: AT_ONCE, each }));
    }
    await tidy(ownerUrl);
    const all = await database.inScope(practice, (db) => countPostings(db, practice));
    say(`${all} postings in ${rounded((performance.now() - began) / 1_000)} s`);

    const filter = { panel: "pending" } as const;
    const page = (ask: Partial<PostingPageAsk>) =>
      database.inScope(scope, (db) =>
        listPostings(db, scope, { filter, sort: "date", direction: "desc", after: null, limit: PAGE, ...ask }),
      );
    const deepAt = Math.floor(pending * 0.9);
    const deep = await cursorAt(deepAt, (after) => page({ after, limit: 500 }));
    const seen = await database.inScope(scope, (db) => sumPostings(db, scope, filter));

    const asks = {
      "first page": { path: "", work: () => page({}) },
      "deep page": { path: `&after=${writeCursor(deep)}`, work: () => page({ after: deep }) },
      "filter by customer": { path: "&search=0123", work: () => page({ filter: { ...filter, search: "Customer 0123" } }) },
      "filter, nothing found": { path: "&search=nothere", work: () => page({ filter: { ...filter, search: "no such words" } }) },
      "filter by kind": { path: "&kinds=product", work: () => page({ filter: { ...filter, kinds: ["product"] } }) },
      "sort by gross": { path: "&sort=gross", work: () => page({ sort: "gross" }) },
      "sort by customer": { path: "&sort=party&direction=asc", work: () => page({ sort: "party", direction: "asc" }) },
      "sort by number": { path: "&sort=number", work: () => page({ sort: "number" }) },
    } as const satisfies Record<string, { path: string; work: () => Promise<{ rows: readonly unknown[] }> }>;
    const inDatabase: Record<string, { p50: number; p95: number; rows: number }> = {};
    for (const [name, { work }] of Object.entries(asks)) {
      const times: number[] = [];
      let rows = 0;
      await work();
      for (let round = 0; round < ROUNDS; round += 1) {
        const since = performance.now();
        rows = (await work()).rows.length;
        times.push(performance.now() - since);
      }
      inDatabase[name] = { p50: rounded(quantile(times, 0.5), 2), p95: rounded(quantile(times, 0.95), 2), rows };
      say(`${name.padEnd(22)} database p50 ${inDatabase[name].p50} ms, p95 ${inDatabase[name].p95} ms, ${rows} rows`);
    }

    const cookies = await signInCookies(webUrl, "admin@demo.greentick.test", password);
    const headers = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") };
    const overHttp: number[] = [];
    let refused = 0;
    for (const [name, { path }] of Object.entries(asks)) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const since = performance.now();
        const answer = await fetch(`${webUrl}/api/clients/${SLUG}/postings?panel=pending&limit=${PAGE}${path}`, { headers });
        await answer.arrayBuffer();
        if (!answer.ok) refused += 1;
        // The first opens the connection and warms the handler.
        if (round > 0) times.push(performance.now() - since);
      }
      overHttp.push(...times);
      say(`${name.padEnd(22)} over HTTP p50 ${rounded(quantile(times, 0.5))} ms, p95 ${rounded(quantile(times, 0.95))} ms`);
    }

    const asOf = await database.inScope(scope, findMoment);
    const since = performance.now();
    const run = await database.inScope(scope, (db) => queueUpload(db, scope, allPending(asOf)));
    const queueMs = performance.now() - since;
    const states = await database.inScope(scope, (db) => countStates(db, scope));
    say(`Upload data on ${run.chosen} rows: ${rounded(queueMs)} ms`);

    const wrong = [
      ...(all === pending * 10 ? [] : [`${all} postings instead of ${pending * 10}`]),
      ...(seen.count === pending ? [] : [`${seen.count} rows wait instead of ${pending}`]),
      ...(run.chosen === pending && states.queued === pending ? [] : [`queued: ${JSON.stringify(states)}`]),
      ...Object.entries(inDatabase)
        .filter(([name, { rows }]) =>
          name.endsWith("nothing found") ? rows !== 0 : rows < (name.endsWith("customer") ? 1 : PAGE),
        )
        .map(([name, { rows }]) => `${name} showed ${rows} rows`),
      ...(refused > 0 ? [`${refused} requests were refused`] : []),
    ];
    for (const fault of wrong) say(`wrong: ${fault}`);
    const worst = (...names: (keyof typeof asks)[]) => Math.max(...names.map((name) => inDatabase[name]?.p50 ?? Number.NaN));
    return {
      bench: "grid",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrong.length === 0,
      firstPageMs: worst("first page"),
      deepPageMs: worst("deep page"),
      filterMs: worst("filter by customer", "filter, nothing found", "filter by kind"),
      sortMs: worst("sort by gross", "sort by customer", "sort by number"),
      httpP95Ms: rounded(quantile(overHttp, 0.95)),
      queue100kMs: rounded(queueMs),
    };
  } finally {
    await product.close();
  }
}

/** What autovacuum does within a minute of such an upload. */
export async function tidy(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    for (const table of ["postings", "documents", "document_lines", "contacts", "products", "connections", "clients"])
      await client.query(`vacuum analyze ${table}`);
  } finally {
    await client.end();
  }
}

/** The place of the row that so many others stand before, found by paging as a person's browser does. */
async function cursorAt(
  rows: number,
  page: (after: GridCursor | null) => Promise<{ rows: readonly unknown[]; next: GridCursor | null }>,
): Promise<GridCursor> {
  let after: GridCursor | null = null;
  for (let passed = 0; passed < rows; ) {
    const found: { rows: readonly unknown[]; next: GridCursor | null } = await page(after);
    if (found.next === null) throw new Error(`There are only ${passed + found.rows.length} rows`);
    passed += found.rows.length;
    after = found.next;
  }
  if (after === null) throw new Error("There is no deep page");
  return after;
}
