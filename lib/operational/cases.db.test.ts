import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientScope, type Database, openDatabase } from "#db/client.ts";
import { listFaults } from "#db/queries/file-imports.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { casesNote, casesPath } from "#lib/testing/cases.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { commitImport, readFile } from "./file-import.ts";

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
  /** Or the questions, by id. */
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
};

describe.skipIf(casesPath === null)(`files that people have stumbled over${casesNote}`, () => {
  let database: Database;
  let clients = 0;

  beforeAll(async () => {
    const test = await createTestDatabase();
    database = openDatabase(test.webUrl, { max: 4 });
  });
  afterAll(() => database.close());

  /** A client of its own, with the codes of the demo. */
  async function aClient(): Promise<ClientScope> {
    clients += 1;
    const slug = `case-${clients}`;
    const { rows } = await database.inScope(jobPracticeScope(), (db) =>
      db.execute<{ id: string }>(`insert into clients (slug, name) values ('${slug}', 'Case ${clients}') returning id`),
    );
    const id = rows[0]?.id ?? "";
    const scope = jobScope(id);
    await database.inScope(scope, async (db) => {
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
    const path = join(casesPath ?? "", one.file);
    expect(readFileSync(path).length).toBeGreaterThan(0);
    const preview = await readFile(database, scope, {
      path,
      fileName: one.file,
      profileName: one.profile ?? "standard",
      ...(one.answers ? { answers: one.answers } : {}),
    });
    if (one.asks) {
      expect(preview.state).toBe("asks");
      expect((preview.summary.questions ?? []).map((question) => question.id)).toEqual(one.asks);
      return;
    }
    const faults = await database.inScope(scope, (db) => listFaults(db, scope, preview.importId, 100));
    const told = faults.map(({ line, field, value, rule }) => `${line} ${field} "${value}" ${rule}`);
    if (one.refused) {
      expect(preview.state).toBe("refused");
      expect(faults.map(({ line, field }) => [line, field])).toEqual(one.refused.map(([line, column]) => [line, column]));
      for (const [at, [, , rule]] of one.refused.entries()) expect(told[at]).toContain(rule);
      return;
    }
    expect(told).toEqual([]);
    expect(preview.state).toBe("previewed");
    await database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
    const { rows } = await database.inScope(scope, (db) =>
      db.execute<Record<"number" | "net" | "tax" | "gross" | "day", string>>(
        `select number, (net_minor / 100.0)::numeric(14,2)::text as net, (tax_minor / 100.0)::numeric(14,2)::text as tax,
          (gross_minor / 100.0)::numeric(14,2)::text as gross, issued_on::text as day from documents order by number`,
      ),
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
  });
});
