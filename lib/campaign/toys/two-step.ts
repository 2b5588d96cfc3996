import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Kept, seenOf, TwoStepBooks } from "#lib/connectors/testing/two-step.ts";
import type { Message, PackageAccount, PackageTaxRate, RawAnswer } from "#lib/connectors/types.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import type { PlayedPackage } from "../played.ts";
import { connectToy } from "./connect.ts";
import { heldOf } from "./held.ts";
import { OPERATION, twoStepModule } from "./two-step-line.ts";

/** What may befall a call, and how often: a quarter of them in all. */
const TROUBLES = [
  /** It is done, and the line drops before the answer. */
  ["answer-lost", 0.06],
  /** The line drops, and it is never done. */
  ["request-lost", 0.05],
  /** The line drops, and it is done later: within what the package says of itself (`settleMs`). */
  ["late", 0.04],
  ["error-before", 0.03],
  ["error-after", 0.03],
  ["slow-down", 0.03],
  ["refused", 0.02],
] as const;
type Trouble = (typeof TROUBLES)[number][0];

/** When a late call is done, in ms on the one clock after it came. */
const LATE_MS = 50_000;
/** What the package may refuse by its own whim: the steps of a document. */
const REFUSABLE: ReadonlySet<string> = new Set(["create", "mark", "unmark", "change"]);

const account = (id: string, kind: PackageAccount["class"]): PackageAccount => ({
  externalId: id,
  code: null,
  name: id,
  type: kind,
  class: kind,
  active: true,
  isBank: kind === "asset",
  takesPayments: kind === "asset",
  isSystem: false,
  currency: null,
});
const RATE: PackageTaxRate = {
  externalId: "fifth",
  name: "A fifth",
  rate: "20",
  selfAccounts: null,
  active: true,
  appliesTo: ["revenue", "expense"],
};
const LISTS = {
  accounts: [account("income", "revenue"), account("costs", "expense"), account("bank", "asset")],
  taxRates: [RATE],
};

interface Company {
  readonly books: TwoStepBooks;
  random: (() => number) | null;
  scale: number;
  faults: number;
}

/** The throwaway of two steps: its books behind an http server of this process, which no kill of a worker reaches. */
export async function twoStepPackage(): Promise<PlayedPackage> {
  const companies = new Map<string, Company>();
  const server = createServer((request, response) => {
    serve(companies, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The books listen nowhere");
  const companyOf = (tenantId: string) => {
    const found = companies.get(tenantId);
    if (!found) throw new Error(`There are no books ${tenantId}`);
    return found;
  };
  return {
    connector: twoStepModule.connector,
    worker: "toy-worker.ts",
    isMeddledWith: true,
    async connect(product, scope, name) {
      const tenantId = `two-step-${companies.size + 1}`;
      const books = new TwoStepBooks(LISTS);
      companies.set(tenantId, { books, random: null, scale: 1, faults: 0 });
      const at = { tenantId, name, apiUrl: `http://127.0.0.1:${address.port}/${tenantId}` };
      await connectToy(product, scope, twoStepModule.connector, at, (message) => answerOf(books, message));
      return tenantId;
    },
    async spoil(tenantId, { seed, scale, calm }) {
      Object.assign(companyOf(tenantId), { random: calm ? null : seededRandom(seed), scale });
    },
    async held(tenantId) {
      const { books, faults } = companyOf(tenantId);
      const standing = books.records.filter(({ status }) => status !== "voided" && status !== "deleted");
      const seen = standing.map((one: Kept) => ({ id: one.id, seen: seenOf(one) }));
      return heldOf(seen, faults);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerOf(books: TwoStepBooks, message: Message): Promise<RawAnswer> {
  const result = await books.send(message);
  if (result.sent !== true) throw new Error("The books gave no answer");
  return result.answer;
}

function troubleOf(company: Company, operation: string): Trouble | null {
  let left = company.random?.() ?? 1;
  for (const [trouble, share] of TROUBLES) {
    left -= share;
    if (left < 0) return trouble === "refused" && !REFUSABLE.has(operation) ? null : trouble;
  }
  return null;
}

async function serve(companies: ReadonlyMap<string, Company>, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://books.invalid");
  const [, tenantId = "", ...rest] = url.pathname.split("/");
  const company = companies.get(tenantId);
  const operation = String(request.headers[OPERATION] ?? "");
  const method = (["GET", "POST", "PUT", "DELETE"] as const).find((one) => one === request.method);
  const body = await text(request);
  if (!company || !method) {
    response.writeHead(404).end();
    return;
  }
  const message: Message = {
    operation,
    method,
    path: `/${rest.join("/")}`,
    query: Object.fromEntries(url.searchParams),
    headers: {},
    body: body === "" ? null : body,
  };
  const trouble = troubleOf(company, operation);
  if (trouble !== null) company.faults += 1;
  const say = (status: number, what: string) => {
    response.writeHead(status, { "content-type": "application/json" }).end(what);
  };
  switch (trouble) {
    case "request-lost":
      return void response.destroy();
    case "late":
      setTimeout(() => void company.books.send(message), LATE_MS / company.scale);
      return void response.destroy();
    case "answer-lost":
      await company.books.send(message);
      return void response.destroy();
    case "error-before":
      return say(500, "{}");
    case "error-after":
      await company.books.send(message);
      return say(500, "{}");
    case "slow-down":
      return say(429, "{}");
    case "refused":
      return say(422, JSON.stringify({ fault: "The package says no" }));
    case null: {
      const { status, body: said } = await answerOf(company.books, message);
      return say(status, said);
    }
  }
}
