import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { casesNote, casesPath } from "#lib/testing/cases.ts";
import { importScene } from "#lib/testing/import-scene.ts";

// Each case comes out right, or nothing of it is taken and the fault, or the question, names what is wrong.

/** Number, and net, tax and gross as the currency writes them; with the day where a day is the point. */
type Document = readonly [number: string, net: string, tax: string, gross: string, day?: string];

interface Case {
  readonly file: string;
  readonly profile?: string;
  readonly answers?: Readonly<Record<string, string>>;
  /** What a commit makes. */
  readonly documents?: readonly Document[];
  /** Or the faults: line, column, and a part of the rule. */
  readonly refused?: readonly (readonly [line: number, column: string, rule: string])[];
  /** The one question that is asked the first time, by id; `answers` settle it. */
  readonly asks?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  "c01 FA2 the head once: one invoice of three lines, one of one": {
    file: "c01-header-once.csv",
    documents: [
      ["F01-1", "105.00", "21.00", "126.00"],
      ["F01-2", "310.00", "62.00", "372.00"],
    ],
  },
  "c06 FA3 a number that lost its digits is refused for what it is": {
    file: "c06-number-lost-digits.csv",
    refused: [2, 3, 4].map((line) => [line, "Number", "a spreadsheet has shortened this number"] as const),
  },
  "c08 FA6 a discount that the line total proves, and the invoice total": {
    file: "c08-discount-column.csv",
    documents: [
      ["F19-1", "180.00", "36.00", "216.00"],
      ["F19-2", "0.00", "0.00", "0.00"],
    ],
  },
  "c12 FA8 rows without their blank end, and with one blank too many": {
    file: "c12-short-rows.csv",
    documents: [
      ["F25-1", "100.00", "20.00", "120.00"],
      ["F25-2", "310.00", "62.00", "372.00"],
      ["F25-3", "75.00", "15.00", "90.00"],
    ],
  },
  "c13 FA11 an inch sign in a bare field": {
    file: "c13-inch-sign.csv",
    documents: [
      ["F26-1", "100.00", "20.00", "120.00"],
      ["F26-2", "310.00", "62.00", "372.00"],
      ["F26-3", "75.00", "15.00", "90.00"],
    ],
  },
  "c14 FA10 a price of six decimals beside its net": {
    file: "c14-six-decimals.csv",
    documents: [["F29-1", "99.83", "19.97", "119.80"]],
  },
  "c15 FA8 a line of words": {
    file: "c15-comment-line.csv",
    documents: [["F31-1", "100.00", "20.00", "120.00"]],
  },
  "c17 FA10 brackets and pounds": {
    file: "c17-brackets-pounds.csv",
    documents: [
      ["F04-1", "1000.00", "200.00", "1200.00"],
      ["F04-2", "31.00", "6.20", "37.20"],
    ],
  },
  "c17b FA10 a minus behind": {
    file: "c17b-trailing-minus.csv",
    documents: [
      ["F03-1", "40.00", "8.00", "48.00"],
      ["F03-2", "300.00", "60.00", "360.00"],
    ],
  },
  "c17c FA10 the minus of Unicode": {
    file: "c17c-unicode-minus.csv",
    documents: [["F05-1", "90.00", "18.00", "108.00"]],
  },
  "c02 FA4 thousands or decimals after the point: asked, then neither": {
    file: "c02-thousands-point.csv",
    asks: ["decimal-mark"],
    answers: { "decimal-mark": "," },
    documents: [
      ["F06-1", "3000.00", "0.00", "3000.00"],
      ["F06-2", "2500.00", "0.00", "2500.00"],
    ],
  },
  "c03 FA5 dates of numbers below 13: asked": {
    file: "c03-us-dates.csv",
    asks: ["date-order"],
    answers: { "date-order": "mdy" },
    documents: [
      ["F08-1", "100.00", "20.00", "120.00", "2026-11-02"],
      ["F08-2", "200.00", "40.00", "240.00", "2026-11-03"],
      ["F08-3", "300.00", "60.00", "360.00", "2026-11-12"],
    ],
  },
  "c04 FA5 two-digit years beside months as words: which of day and month is asked, the year's place is not": {
    file: "c04-two-digit-year.csv",
    asks: ["date-order"],
    answers: { "date-order": "dmy" },
    documents: [
      ["F09-1", "100.00", "20.00", "120.00", "2026-11-05"],
      ["F09-2", "200.00", "40.00", "240.00", "2026-11-18"],
    ],
  },
  "c05 FA9 titles above and a total below": {
    file: "c05-title-and-total.csv",
    documents: [
      ["F13-1", "100.00", "20.00", "120.00"],
      ["F13-2", "310.00", "62.00", "372.00"],
    ],
  },
  "c05b FA9 titles in a workbook": { file: "c05b-title-rows.xlsx", documents: [["F17B-1", "80.00", "16.00", "96.00"]] },
  "c07 FA8 a formula that nobody calculated": { file: "c07-formula-not-calculated.xlsx", refused: [[2, "Quantity", "formula"]] },
  "c09 FA7 tax against its code comes in as it stands, and is held before it is sent": {
    file: "c09-tax-disagrees.csv",
    documents: [
      ["F22-1", "100.00", "0.00", "100.00"],
      ["F22-2", "100.00", "20.00", "120.00"],
    ],
  },
  "c16 FA5 two columns of dates": {
    file: "c16-two-date-columns.csv",
    asks: ["two-columns:date"],
    answers: { "two-columns:date": "Invoice date" },
    documents: [["F33-1", "100.00", "20.00", "120.00", "2026-10-31"]],
  },
  "c20 FA3 a spreadsheet's day number": {
    file: "c20-excel-serials.csv",
    refused: [
      [2, "Date", "a spreadsheet's day number (5 Nov 2026)"],
      [2, "Due date", "a spreadsheet's day number"],
    ],
  },
};

describe.skipIf(casesPath === null)(`files that people have stumbled over${casesNote}`, () => {
  const scene = importScene("case");

  /** A client of its own, with the codes of the demo. */
  async function aClient(): Promise<ClientScope> {
    const scope = await scene.aClient();
    const id = scope.clientId;
    await scene.database.inScope(scope, async (db) => {
      const nominal = ["4000", "4010", "4905"].map((code) => `('${id}', '${code}', 'Sales ${code}', 'sales')`);
      nominal.push(`('${id}', '5000', 'Purchases', 'purchase')`);
      await db.execute(`insert into nominal_codes (client_id, code, name, kind) values ${nominal.join(", ")}`);
      const tax = [
        ["STD20", "20", "standard"],
        ["RED5", "5", "reduced"],
        ["ZERO", "0", "zero"],
        ["BUY20", "20", "standard"],
      ].map(([code, rate, kind]) => `('${id}', '${code}', '${code}', '${rate}', '${kind}')`);
      await db.execute(`insert into tax_codes (client_id, code, name, rate, kind) values ${tax.join(", ")}`);
    });
    return scope;
  }

  it.each(Object.entries(CASES))("%s", async (_, one) => {
    const scope = await aClient();
    const content = readFileSync(join(casesPath ?? "", one.file));
    const reading = { profile: one.profile, name: one.file };
    let preview = await scene.read(scope, content, reading);
    expect((preview.summary.questions ?? []).map((question) => question.id)).toEqual(one.asks ?? []);
    if (one.asks) {
      expect([preview.state, one.asks.length]).toEqual(["asks", 1]);
      preview = await scene.answer(scope, preview, one.answers ?? {});
    }
    if (one.refused) {
      const faults = await scene.faultsOf(scope, preview);
      expect(preview.state).toBe("refused");
      expect(faults.map(({ line, field }) => [line, field])).toEqual(one.refused.map(([line, column]) => [line, column]));
      for (const [at, [, , rule]] of one.refused.entries()) expect(faults[at]?.rule).toContain(rule);
      return;
    }
    expect(await scene.toldFaults(scope, preview)).toEqual([]);
    expect(preview.state).toBe("previewed");
    await scene.commit(scope, preview);
    const rows = await scene.query<Record<"number" | "net" | "tax" | "gross" | "day", string>>(
      scope,
      `select number, (net_minor / 100.0)::numeric(14,2)::text as net, (tax_minor / 100.0)::numeric(14,2)::text as tax,
        (gross_minor / 100.0)::numeric(14,2)::text as gross, issued_on::text as day from documents order by number`,
    );
    const wanted = (one.documents ?? []).map(([number, net, tax, gross, day]) => [
      number,
      net,
      tax,
      gross,
      ...(day ? [day] : []),
    ]);
    expect(
      rows.map(({ number, net, tax, gross, day }, at) => [number, net, tax, gross, ...(wanted[at]?.[4] ? [day] : [])]),
    ).toEqual(wanted);
    // Once for a file, and not for the next.
    expect((await scene.read(scope, content, reading)).state).toBe("previewed");
  });
});
