import { describe, expect, it } from "vitest";
import {
  type Batch,
  type Connection,
  type Connector,
  type PackageAccount,
  type PushOutcomes,
  type RawAnswer,
  rulesFor,
} from "../types.ts";
import { makeRecord, type Named } from "./records.ts";

const id = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, "0")}`;

const account = (last: number, over: Partial<PackageAccount>): PackageAccount => ({
  externalId: id(last),
  code: String(last),
  name: `Account ${last}`,
  type: "",
  class: "other",
  active: true,
  isBank: false,
  takesPayments: false,
  isSystem: false,
  currency: null,
  ...over,
});

/** Ids of a package that nobody asks: this ring is of bytes alone. */
export const NAMED_FOR_TESTS: Named = {
  baseCurrency: "GBP",
  lists: {
    accounts: [
      account(200, { class: "revenue" }),
      account(310, { class: "expense" }),
      account(320, { class: "expense" }),
      account(90, { class: "asset", isBank: true }),
    ],
    taxRates: [
      {
        externalId: "STANDARD",
        name: "Standard",
        rate: "20",
        selfAccounts: null,
        active: true,
        appliesTo: ["revenue", "expense"],
      },
    ],
  },
  contacts: new Map([
    ["customer", id(1)],
    ["supplier", id(2)],
  ]),
  payable: id(3),
  allocatable: id(4),
  items: new Map([[id(200), id(7)]]),
};

const CONNECTION: Connection = {
  id: id(5),
  tenantId: id(6),
  apiUrl: "http://package.invalid",
  baseCurrency: "GBP",
  options: {},
};

/** Answers that nobody can read. */
const UNREADABLE: readonly (readonly [string, RawAnswer])[] = [
  ["nothing", { status: 200, headers: {}, body: "" }],
  ["half of something", { status: 200, headers: {}, body: '{"Id":"1","Invoices":[{"Inv' }],
  ["a page for people", { status: 200, headers: {}, body: "<html><body>Sign in<br></html>" }],
  ["a failure", { status: 500, headers: {}, body: "Internal error" }],
  ["a failure on the way", { status: 502, headers: {}, body: "<h1>Bad gateway</h1>" }],
  ["a status that nobody knows", { status: 299, headers: {}, body: "{}" }],
];

/** What holds of a connector's pure halves: no package is asked, in milliseconds. */
export function pureRing(connector: Connector): void {
  const { can } = connector;
  // A package without a list of rates knows its own alone.
  const taxRates = connector.fixedTaxRates ?? NAMED_FOR_TESTS.lists.taxRates;
  const named: Named = { ...NAMED_FOR_TESTS, lists: { ...NAMED_FOR_TESTS.lists, taxRates } };
  const digest = (n: number) => new Uint8Array(32).fill(n);
  const key = connector.keyOf(digest(1));
  const batch = (kind: (typeof can.push)[number]) => ({
    connection: CONNECTION,
    records: (rulesFor(can, [kind]).batch === 1 ? [1] : [1, 2]).map((n) =>
      makeRecord(kind, n, named),
    ),
  });
  const about = { connection: CONNECTION, key };
  const first = (asked: Batch) => {
    const step = connector.push.next(asked, about, []);
    if (step.do === "done") throw new Error("It has nothing to say");
    return step.message;
  };

  it("names what it can do, and never a batch larger than it takes", () => {
    for (const kind of can.push) {
      expect(rulesFor(can, [kind]).batch).toBeGreaterThan(0);
      expect(rulesFor(can, [kind]).readAtOnce).toBeGreaterThan(0);
    }
    expect(can.push.length).toBeGreaterThan(0);
    expect(can.settleMs).toBeGreaterThanOrEqual(0);
    expect(["direct", "collected", "file"]).toContain(connector.style);
    for (const kinds of [can.update, can.uniqueNumbers, Object.keys(can.kinds)])
      expect(can.push).toEqual(expect.arrayContaining([...kinds]));
  });

  it("BB2 gives the same bytes the same key, in a form of its own, and others another", () => {
    expect(key).toMatch(/^[\x21-\x7e]{20,128}$/);
    expect(connector.keyOf(digest(1))).toBe(key);
    // Ten bytes in, they are in the shortest key that a package takes.
    for (let at = 0; at < 10; at += 1) {
      const other = digest(1);
      other[at] = 2;
      expect(connector.keyOf(other)).not.toBe(key);
    }
  });

  const stored =
    "asks the same bytes for the same records, in a form that can be stored and sent again";
  describe(stored, () => {
    it.each(can.push)("%s", (kind) => {
      const message = first(batch(kind));
      expect(first(structuredClone(batch(kind)))).toEqual(message);
      expect(JSON.parse(JSON.stringify(message))).toEqual(message);
    });
  });

  describe("takes an answer that nobody can read for neither a yes nor a no", () => {
    describe.each(can.push)("%s", (kind) => {
      it.each(UNREADABLE)("%s", (_name, answer) => {
        const asked = batch(kind);
        const message = first(asked);
        const step = connector.push.next(asked, about, [{ message, answer }]);
        const outcomes: PushOutcomes = step.do === "done" ? step.answer : new Map();
        expect([...outcomes.keys()]).toEqual(asked.records.map((record) => record.recordId));
        for (const outcome of outcomes.values()) expect(outcome.status).toBe("unknown");
      });
    });
  });
}
