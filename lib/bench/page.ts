import { startScratchProduct } from "#lib/campaign/product.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { keepFigures } from "#lib/night/figures.ts";
import { countPostings, seedOtherClients } from "./bench-seed-sql.ts";
import { tidy } from "./grid.ts";
import { quantile, rounded } from "./machine.ts";
import { problemsOnly } from "./posting.ts";
import { addInvoices, CUSTOMERS, connectedClient, PRODUCTS, SLUG } from "./scene.ts";
import { signInCookies } from "./sign-in.ts";

export interface PageBenchOptions {
  readonly seed: number;
  /** Rows that wait in the one client; the practice holds ten times as many in all. */
  readonly pending: number;
  readonly say: (line: string) => void;
}

/** Times in milliseconds of one page: to its first byte and to its last. */
export interface PageTimes {
  readonly ttfbP50Ms: number;
  readonly ttfbP95Ms: number;
  readonly wholeP50Ms: number;
  readonly wholeP95Ms: number;
  /** First byte at the median against `/healthz` in the same rounds. */
  readonly ratio: number;
  readonly kiB: number;
}

export interface PageBenchResult {
  readonly bench: "page";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  readonly postings: number;
  /** `/healthz`: what Next itself takes. */
  readonly floorP50Ms: number;
  readonly floorP95Ms: number;
  /** Of all pages the slowest to its first byte, at the median, and that against the floor. */
  readonly worstTtfbP50Ms: number;
  readonly worstRatio: number;
  /** The Export page, which speed is promised for. */
  readonly exportTtfbP50Ms: number;
  readonly exportRatio: number;
  readonly pages: Readonly<Record<string, PageTimes>>;
}

const OTHER_CLIENTS = 100;
const AT_ONCE = 10;
/** The pages and the floor in turn, so that a busy moment of the machine falls on all of them. */
const ROUNDS = 15;

const CLIENT = `/clients/${SLUG}`;
const PAGES = {
  portfolio: "/clients",
  overview: CLIENT,
  export: `${CLIENT}/export`,
  import: `${CLIENT}/import`,
  mapping: `${CLIENT}/mapping`,
  documents: `${CLIENT}/documents`,
  upload: `${CLIENT}/documents/upload`,
  customers: `${CLIENT}/customers`,
  products: `${CLIENT}/products`,
  runs: `${CLIENT}/runs`,
  corrections: `${CLIENT}/corrections`,
  matches: `${CLIENT}/matches`,
  setup: `${CLIENT}/setup`,
  nights: "/settings/nights",
  usage: "/settings/usage",
  users: "/settings/users",
  audit: "/settings/audit",
  invariants: "/settings/invariants",
  workers: "/settings/workers",
  alerts: "/settings/alerts",
  profile: "/settings/profile",
  sessions: "/settings/sessions",
} as const;
const FLOOR = "/healthz";

/** Opens each main page over HTTP, signed in, among a million postings of a hundred clients, beside `/healthz` in the same rounds. */
export async function pageBench({ seed, pending, say }: PageBenchOptions): Promise<PageBenchResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: null, web: true });
  try {
    const { database, webUrl, password, ownerUrl } = product;
    if (webUrl === null) throw new Error("Web was not started");
    const { scope } = await connectedClient(product);
    await addInvoices(product, scope, { seed, from: 1, count: Math.max(1, pending - CUSTOMERS - PRODUCTS), mostLines: 2 });
    const practice = jobPracticeScope();
    // A few at a time: no statement may take two minutes.
    for (let from = 1; from <= OTHER_CLIENTS; from += AT_ONCE) {
      const each = Math.max(1, Math.round((pending * 9) / OTHER_CLIENTS));
      await database.inScope(practice, (db) => seedOtherClients(db, practice, { seed, from, clients: AT_ONCE, each }));
    }
    // What the worker does within seconds; none runs here.
    await keepFigures(database);
    await tidy(ownerUrl);
    const postings = await database.inScope(practice, (db) => countPostings(db, practice));
    say(`${postings} postings in ${rounded((performance.now() - began) / 1_000)} s`);

    const cookies = await signInCookies(webUrl, "admin@demo.greentick.test", password);
    const headers = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") };
    const wrong: string[] = [];
    const times = new Map<string, { first: number[]; whole: number[]; bytes: number }>();
    const open = async (name: string, path: string, counts: boolean) => {
      const since = performance.now();
      const answer = await fetch(`${webUrl}${path}`, { headers, redirect: "manual" });
      const reader = answer.body?.getReader();
      let bytes = 0;
      let first: number | null = null;
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) break;
        first ??= performance.now() - since;
        bytes += piece.value.byteLength;
      }
      const whole = performance.now() - since;
      if (answer.status !== 200) wrong.push(`${path} answered ${answer.status}`);
      if (!counts) return;
      const own = times.get(name) ?? { first: [], whole: [], bytes };
      own.first.push(first ?? whole);
      own.whole.push(whole);
      times.set(name, own);
    };
    const all = [["floor", FLOOR] as const, ...Object.entries(PAGES)];
    for (let round = 0; round <= ROUNDS; round += 1) {
      // The first round warms each page: what a server that has just started takes is not what people wait for.
      for (const [name, path] of all) await open(name, path, round > 0);
    }

    const of = (name: string) => times.get(name) ?? { first: [Number.NaN], whole: [Number.NaN], bytes: 0 };
    const floor = quantile(of("floor").first, 0.5);
    const pages: Record<string, PageTimes> = {};
    for (const name of Object.keys(PAGES)) {
      const { first, whole, bytes } = of(name);
      const page = {
        ttfbP50Ms: rounded(quantile(first, 0.5)),
        ttfbP95Ms: rounded(quantile(first, 0.95)),
        wholeP50Ms: rounded(quantile(whole, 0.5)),
        wholeP95Ms: rounded(quantile(whole, 0.95)),
        ratio: rounded(quantile(first, 0.5) / floor),
        kiB: rounded(bytes / 1_024),
      };
      pages[name] = page;
      say(
        `${name.padEnd(12)} first byte p50 ${page.ttfbP50Ms} ms, p95 ${page.ttfbP95Ms}; whole p50 ${page.wholeP50Ms}, p95 ${page.wholeP95Ms}; ${page.ratio} times the floor, ${page.kiB} KiB`,
      );
    }
    if (postings < pending * 10 * 0.99) wrong.push(`${postings} postings instead of ${pending * 10}`);
    for (const fault of new Set(wrong)) say(`wrong: ${fault}`);
    const worst = Object.values(pages).reduce((most, page) => Math.max(most, page.ttfbP50Ms), 0);
    return {
      bench: "page",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrong.length === 0,
      postings,
      floorP50Ms: rounded(floor),
      floorP95Ms: rounded(quantile(of("floor").first, 0.95)),
      worstTtfbP50Ms: worst,
      worstRatio: rounded(worst / floor),
      exportTtfbP50Ms: pages.export?.ttfbP50Ms ?? Number.NaN,
      exportRatio: pages.export?.ratio ?? Number.NaN,
      pages,
    };
  } finally {
    await product.close();
  }
}
