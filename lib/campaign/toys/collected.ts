import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type CollectedBooks, collected, collectedBooks } from "#lib/connectors/testing/collected.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import { type Blow, Collector } from "#lib/testing/collector.ts";
import type { PlayedPackage } from "../played.ts";
import { connectToy } from "./connect.ts";
import { heldOf } from "./held.ts";

/** Two machines come by for the same company. */
const MACHINES = ["OFFICE-PC", "LAPTOP"];

/** What may befall a message in a machine's hands, and how often: a quarter of those that add something. */
const BLOWS: readonly (readonly [Blow, number])[] = [
  ["gone", 0.04],
  ["done-and-gone", 0.04],
  ["late", 0.05],
  ["server-error", 0.03],
  ["answer-lost", 0.03],
  ["slow-down", 0.03],
  ["reordered", 0.02],
  ["element-missing", 0.02],
];
/** Of those that only ask. */
const READ_BLOWS: readonly (readonly [Blow, number])[] = [
  ["gone", 0.02],
  ["slow-down", 0.02],
];

/** Between two visits of a machine, and until one that went off is on again, in real ms. */
const HOME_MS = 1_200;
/** A late answer is brought within so long, in real ms: before, between and after whatever else comes by. */
const LATE_MS = 3_000;

interface Company {
  readonly books: CollectedBooks;
  random: (() => number) | null;
  faults: number;
}

/** The throwaway that collects: its books, and two programs that come by for them, live in this process. */
export async function collectedPackage(): Promise<PlayedPackage> {
  const companies = new Map<string, Company>();
  const closing = new AbortController();
  const programs: Promise<void>[] = [];
  const companyOf = (tenantId: string) => {
    const found = companies.get(tenantId);
    if (!found) throw new Error(`There are no books ${tenantId}`);
    return found;
  };
  return {
    connector: collected,
    worker: "toy-worker.ts",
    tenants: 4,
    isMeddledWith: true,
    async connect(product, scope, name) {
      const tenantId = `collected-${companies.size + 1}`;
      // A number that is taken twice shows what would be doubled.
      const company: Company = { books: collectedBooks(false), random: null, faults: 0 };
      companies.set(tenantId, company);
      const at = { tenantId, name, apiUrl: null };
      const { books } = company;
      const answer = async (message: Parameters<CollectedBooks["answerTo"]>[1]) => books.answerTo(randomUUID(), message);
      const connectionId = await connectToy(product, scope, collected, at, answer);
      const on = { database: product.database, scope, connectionId, books };
      for (const machine of MACHINES) programs.push(comeBy(new Collector(on, machine), company, closing.signal));
      return tenantId;
    },
    async spoil(tenantId, { seed, calm }) {
      companyOf(tenantId).random = calm ? null : seededRandom(seed);
    },
    async held(tenantId) {
      const { books, faults } = companyOf(tenantId);
      return heldOf(books.held(), faults);
    },
    async close() {
      closing.abort();
      await Promise.all(programs);
    },
  };
}

/** One program, visit after visit, until the campaign ends. */
async function comeBy(collector: Collector, company: Company, closing: AbortSignal): Promise<void> {
  const random = () => company.random?.() ?? Math.random();
  collector.comesByMs = 120;
  collector.strikes = (message) => {
    if (company.random === null) return null;
    let left = company.random();
    for (const [blow, share] of message.operation === "add" ? BLOWS : READ_BLOWS) {
      left -= share;
      if (left >= 0) continue;
      company.faults += 1;
      return blow;
    }
    return null;
  };
  const late: Promise<unknown>[] = [];
  while (!closing.aborted) {
    const begun = await collector.begin();
    if (typeof begun !== "string") {
      await collector.work(begun.visitId, () => collector.told === "nothing" || closing.aborted);
      if (collector.late) {
        const bring = collector.bringer();
        collector.late = null;
        late.push(wait(random() * LATE_MS).then(bring));
      }
    }
    await wait(random() * HOME_MS);
  }
  await Promise.all(late);
}
