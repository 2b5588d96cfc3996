import { describe, expect, it } from "vitest";
import type { OutgoingDocument, OutgoingLine, SeenDocument } from "#lib/common/records.ts";
import { toXero } from "#lib/connectors/xero/map.ts";
import { findDifferences, type Names } from "./compare.ts";
import { summarised } from "./summarise.ts";

const markOf = ({ target, tax }: OutgoingLine) => `${target.account.externalId} ${tax.externalId}`;

const names: Names = { account: (id) => id, accountIdByCode: () => null, taxRate: (id) => id, contact: (id) => id };

/** Small and repeatable (mulberry32). */
function diceOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) % below < 0 ? ((mixed ^ (mixed >>> 14)) % below) + below : (mixed ^ (mixed >>> 14)) % below;
  };
}

/** An invoice of many lines over a few accounts and tax codes: discounts in lines, lines below nothing, tax a penny off, three currencies. */
function anInvoice(seed: number): OutgoingDocument {
  const dice = diceOf(seed);
  const currency = ["GBP", "JPY", "KWD"][dice(3)] ?? "GBP";
  const lines = Array.from({ length: 1 + dice(40) }, (_, index): OutgoingLine => {
    const netMinor = BigInt(dice(500_000)) - (index > 0 && dice(9) === 0 ? 200_000n : 0n);
    return {
      description: dice(4) === 0 ? "Delivery" : `Line ${index} & "more"`,
      quantity: String(1 + dice(9)),
      unitPrice: "1.5",
      netMinor,
      taxMinor: netMinor / 5n + BigInt(dice(3)) - 1n,
      target: { account: { externalId: `account-${dice(3)}`, code: null } },
      tax: { externalId: ["OUTPUT2", "ZERORATEDOUTPUT", "RROUTPUT"][dice(3)] ?? "NONE", rate: "20" },
      productReference: dice(2) === 0 ? `SKU-${dice(9)}` : null,
    };
  });
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  return {
    kind: "sales-invoice",
    recordId: `r-${seed}`,
    reference: `INV-${seed}`,
    number: `INV-${seed}`,
    revision: 1,
    contactExternalId: "c1",
    issuedOn: "2026-11-02",
    dueOn: "2026-12-02",
    currency,
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    postAs: "authorised",
    url: "",
    lines,
  };
}

/** What a package holds of it, as the tick's read sees it. */
function seenAs(document: OutgoingDocument): SeenDocument {
  return {
    family: "document",
    kind: "sales-invoice",
    number: document.number,
    contactExternalId: document.contactExternalId,
    issuedOn: document.issuedOn,
    dueOn: document.dueOn,
    currency: document.currency,
    status: "authorised",
    netMinor: document.netMinor,
    taxMinor: document.taxMinor,
    grossMinor: document.grossMinor,
    split: document.lines.map(({ target, tax, netMinor, taxMinor }) => ({
      accountExternalId: target.account.externalId,
      taxExternalId: tax.externalId,
      netMinor,
      taxMinor,
    })),
    url: null,
  };
}

describe("N20 N16 lines summarised by account and tax code", () => {
  const invoices = Array.from({ length: 200 }, (_, seed) => anInvoice(seed + 1));

  it("200 invoices of all sorts: one line for each, net and tax the same to the penny, and the same to the tick's comparison", () => {
    for (const invoice of invoices) {
      const short = summarised(invoice);
      const marks = short.lines.map(markOf);
      expect(new Set(marks).size).toBe(marks.length);
      expect(new Set(marks)).toEqual(new Set(invoice.lines.map(markOf)));
      expect(short.lines.reduce((sum, line) => sum + line.netMinor, 0n)).toBe(invoice.netMinor);
      expect(short.lines.reduce((sum, line) => sum + line.taxMinor, 0n)).toBe(invoice.taxMinor);
      expect(findDifferences(invoice, seenAs(short), names)).toEqual([]);
      expect(findDifferences(short, seenAs(invoice), names)).toEqual([]);
    }
  });

  it("a penny off in one of them is seen", () => {
    const [invoice] = invoices;
    if (!invoice) throw new Error("no invoice");
    const short = summarised(invoice);
    const [first, ...others] = short.lines;
    if (!first) throw new Error("no line");
    const off = { ...short, lines: [{ ...first, taxMinor: first.taxMinor + 1n }, ...others] };
    expect(findDifferences(invoice, seenAs(off), names)).not.toEqual([]);
  });

  it("the tax goes as it is, with a price that multiplies out, and words that say how many", () => {
    const invoice = invoices.find((one) => one.currency === "GBP" && one.grossMinor > 0n && one.lines.length > 12);
    if (!invoice) throw new Error("no such invoice");
    const short = summarised(invoice);
    const wire = toXero(short) as { LineItems: Record<string, unknown>[] };
    expect(wire.LineItems).toHaveLength(short.lines.length);
    for (const line of wire.LineItems) {
      expect(line).toHaveProperty("TaxAmount");
      expect(line).not.toHaveProperty("ItemCode");
    }
    expect(short.lines.some((line) => /^\d+ lines: /.test(line.description))).toBe(true);
  });
});
