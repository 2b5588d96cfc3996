import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientScope, type Database, openDatabase } from "#db/client.ts";
import { type Actor, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { answerQuestions, commitImport, type Preview, readFile } from "./file-import.ts";
import type { Answers } from "./questions.ts";
import { taxLines } from "./report.ts";
import { setTaxLevel, type TaxLevelEdit } from "./tax-levels.ts";

let database: Database;
const folder = mkdtempSync(join(tmpdir(), "greentick-line-tax-"));
const BOOKKEEPER: Actor = { userId: null, label: "Bookkeeper" };

beforeAll(async () => {
  database = openDatabase((await createTestDatabase()).webUrl, { max: 4 });
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const inScope = <Answer>(scope: ClientScope, text: string) =>
  database.inScope(scope, async (db) => (await db.execute<Answer & Record<string, unknown>>(text)).rows);
let clients = 0;
/** Standard rates before and after a change, and a code for each level. */
async function aClient(): Promise<ClientScope> {
  clients += 1;
  const { rows } = await database.inScope(jobPracticeScope(), (db) =>
    db.execute<{ id: string }>(`insert into clients (slug, name) values ('levels-${clients}', 'Levels ${clients}') returning id`),
  );
  const scope = jobScope(rows[0]?.id ?? "", BOOKKEEPER);
  await inScope(
    scope,
    `insert into tax_codes (client_id, code, name, rate, kind, followed_by, followed_from) select c.id, v.* from (values
      ('OLD', 'Standard rate until March', '17.5', 'standard', 'NEW', date '2026-04-01'), ('NEW', 'Standard rate', '20', 'standard', null, null),
      ('GRP', 'Reduced rate', '5', 'reduced', null, null), ('ITEM', 'Zero rate', '0', 'zero', null, null),
      ('CUST', 'Exempt', '0', 'exempt', null, null), ('OUT', 'Outside the scope', '0', 'outside-scope', null, null)
    ) v cross join clients c where c.id = '${scope.clientId}'`,
  );
  await inScope(
    scope,
    `insert into product_groups (client_id, code, name, tax_code) values ('${scope.clientId}', 'G', 'Group', 'GRP')`,
  );
  await inScope(
    scope,
    `insert into products (client_id, reference, name, group_id, tax_code, content_sha) select '${scope.clientId}', v.reference, v.reference, g.id, v.code, ''
      from (values ('P-OWN', 'ITEM', true), ('P-GROUP', null, true), ('P-PLAIN', null, false)) v (reference, code, grouped)
      left join product_groups g on v.grouped and g.client_id = '${scope.clientId}'`,
  );
  await inScope(
    scope,
    `insert into contacts (client_id, reference, name, is_customer, content_sha) values ('${scope.clientId}', 'K-1', 'Brook', true, '')`,
  );
  await level(scope, { level: "default", subject: "", side: "sales", taxCode: "NEW" });
  await level(scope, { level: "contact", subject: "K-1", side: "sales", taxCode: "CUST" });
  return scope;
}
const level = (scope: ClientScope, edit: TaxLevelEdit) => database.inScope(scope, (db) => setTaxLevel(db, scope, edit));

let files = 0;
function read(scope: ClientScope, lines: readonly string[], answers: Answers = {}) {
  files += 1;
  const path = join(folder, `${files}`);
  const head =
    "Type,Number,Date,Tax point,Invoice credited,Customer reference,Name,Country,Product,Net,Tax,Nominal code,Tax code";
  writeFileSync(path, `${[head, ...lines].join("\n")}\n`);
  return readFile(database, scope, { path, fileName: "file.csv", profileName: "standard", answers });
}
const commit = (scope: ClientScope, { importId }: Preview) =>
  database.inScope(scope, async (db) => (await commitImport(db, scope, importId)).result);
const taken = ({ summary }: Preview) =>
  (summary.taxTaken ?? []).map(({ level: by, code, rate, first }) => `${first.join(" ")}: ${code} ${rate} by ${by}`).sort();
const questions = ({ summary }: Preview) => (summary.questions ?? []).map((one) => one.id);
/** A sales line of 100.00 whose tax is left to its code. */
const line = (
  number: string,
  over: Partial<
    Record<"type" | "on" | "point" | "credits" | "who" | "country" | "product" | "net" | "tax" | "code", string>
  > = {},
) =>
  [
    over.type ?? "Sales invoice",
    number,
    over.on ?? "2026-11-14",
    over.point ?? "",
    over.credits ?? "",
    over.who ?? "K-2",
    over.who === "K-1" ? "Brook" : "Dale",
    over.country ?? "",
    over.product ?? "",
    over.net ?? "100.00",
    over.tax ?? "",
    "4000",
    over.code ?? "",
  ].join(",");
const credit = (number: string, over: Parameters<typeof line>[1] = {}) =>
  line(number, { type: "Sales credit note", net: "-100.00", ...over });

describe("M70 which tax code a line takes that brings none", () => {
  it("M70 four levels set differently: the preview shows the rate used and the level that won; a line's own code and amount are carried", async () => {
    const scope = await aClient();
    const preview = await read(scope, [
      line("L-1", { who: "K-1", product: "P-OWN" }),
      line("L-2", { who: "K-1", product: "P-GROUP" }),
      line("L-3", { who: "K-1", product: "P-PLAIN" }),
      line("L-4", { product: "P-PLAIN" }),
      line("L-5", { who: "K-1", product: "P-OWN", code: "NEW", tax: "20.00" }),
      line("L-6", { tax: "7.00" }),
    ]);
    expect(preview.state).toBe("previewed");
    expect(taken(preview)).toEqual([
      "2: ITEM 0 by product",
      "3: GRP 5 by product-group",
      "4: CUST 0 by contact",
      "5 7: NEW 20 by default",
    ]);
    expect(taxLines(preview.summary, "en-GB")).toContain(
      "no tax code in the file: 1 line takes GRP (5%) from the product’s group, net £100.00",
    );
    await commit(scope, preview);
    expect(
      await inScope(
        scope,
        "select d.number, l.tax_code as code, l.tax_minor::int as tax from documents d join document_lines l on l.document_id = d.id order by 1",
      ),
    ).toEqual([
      { number: "L-1", code: "ITEM", tax: 0 },
      { number: "L-2", code: "GRP", tax: 500 },
      { number: "L-3", code: "CUST", tax: 0 },
      { number: "L-4", code: "NEW", tax: 2_000 },
      { number: "L-5", code: "NEW", tax: 2_000 },
      // Carried as it is and never worked out anew: it is held when it is judged.
      { number: "L-6", code: "NEW", tax: 700 },
    ]);
  });

  it("M70 with no level that has one, such a line is a fault and says so", async () => {
    const scope = await aClient();
    await level(scope, { level: "default", subject: "", side: "sales", taxCode: null });
    expect((await read(scope, [line("N-1")])).state).toBe("refused");
    await expect(level(scope, { level: "default", subject: "", side: "sales", taxCode: "NONE" })).rejects.toThrow(
      "no tax code NONE",
    );
    await expect(level(scope, { level: "contact", subject: "K-77", side: "sales", taxCode: "NEW" })).rejects.toThrow("K-77");
  });

  it("M70 the tax point decides which rate: the document's date, unless the file names one; another month is asked about", async () => {
    const scope = await aClient();
    const preview = await read(scope, [
      line("T-1", { on: "2026-03-31" }),
      line("T-2", { on: "2026-04-01" }),
      line("T-3", { on: "2026-04-02", point: "2026-03-30" }),
    ]);
    expect(questions(preview)).toEqual(["tax-point"]);
    expect(taken(preview)).toEqual(["2 4: OLD 17.5 by default", "3: NEW 20 by default"]);
    const done = await database.inScope(scope, (db) =>
      answerQuestions(db, scope, preview.importId, { "tax-point": "one-period" }),
    );
    expect(done.state).toBe("previewed");
    expect(done.summary.documents).toMatchObject([{ taxMinor: "5500" }]);
  });

  it("M70 a credit note takes the rate of the invoice that it credits, here or in the file; where that is unknown within a year of a change it is asked", async () => {
    const scope = await aClient();
    await commit(scope, await read(scope, [line("V-1", { on: "2026-03-15" }), line("V-2", { code: "ITEM" })]));
    const preview = await read(scope, [
      line("V-3", { on: "2026-03-20" }),
      credit("C-1", { credits: "V-1" }),
      credit("C-2", { credits: "V-2" }),
      credit("C-3", { credits: "V-3" }),
      credit("C-4"),
      credit("C-5", { credits: "V-unknown" }),
      credit("C-6", { point: "2026-11-10" }),
    ]);
    expect(questions(preview)).toEqual(["credit-rate:NEW:2026-04-01"]);
    const [question] = preview.summary.questions ?? [];
    expect(question?.why).toContain("2 lines (6, 7)");
    expect(question?.options.map(({ value, comesTo }) => [value, comesTo])).toEqual([
      ["OLD", "net −£200.00, VAT −£35.00"],
      ["NEW", "net −£200.00, VAT −£40.00"],
    ]);
    const done = await database.inScope(scope, (db) =>
      answerQuestions(db, scope, preview.importId, { "credit-rate:NEW:2026-04-01": "OLD" }),
    );
    expect(done.state).toBe("previewed");
    expect(taken(done)).toEqual([
      "2 6 7: OLD 17.5 by default",
      "3 5: OLD 17.5 by credited",
      "4: ITEM 0 by credited",
      "8: NEW 20 by default",
    ]);
    // Beyond the year nobody is asked.
    expect((await read(scope, [credit("C-9", { on: "2027-04-02" })])).state).toBe("previewed");
  });

  it("M70 a customer abroad without a VAT treatment is asked about once; the answer is kept with the levels, stands before the product, and can be taken away", async () => {
    const scope = await aClient();
    const abroad = { who: "K-9", country: "Germany", product: "P-GROUP" };
    const preview = await read(scope, [line("A-1", abroad), line("A-2", { who: "K-3", country: "United Kingdom" })]);
    expect(questions(preview)).toEqual(["vat-treatment:sales:K-9"]);
    const [question] = preview.summary.questions ?? [];
    expect(question?.text).toBe("Which tax code do lines of K-9, Dale take, a customer abroad (Germany)?");
    expect(question?.options.find((one) => one.value === "OUT")?.comesTo).toBe("net £100.00, VAT £0.00");
    expect(question?.options.at(-1)?.value).toBe("as-at-home");
    const done = await database.inScope(scope, (db) =>
      answerQuestions(db, scope, preview.importId, { "vat-treatment:sales:K-9": "OUT" }),
    );
    expect(taken(done)).toEqual(["2: OUT 0 by abroad", "3: NEW 20 by default"]);
    await commit(scope, done);
    // Not asked again, nor where the file leaves the country blank by now.
    const next = await read(scope, [line("A-3", { ...abroad, country: "" })]);
    expect(questions(next)).toEqual([]);
    expect(next.state).toBe("previewed");
    expect(taken(next)).toEqual(["2: OUT 0 by abroad"]);
    await level(scope, { level: "abroad", subject: "K-9", side: "sales", taxCode: null });
    expect(questions(await read(scope, [line("A-4", abroad)]))).toEqual(["vat-treatment:sales:K-9"]);
    const home = await read(scope, [line("A-5", abroad)], { "vat-treatment:sales:K-9": "as-at-home" });
    expect(taken(home)).toEqual(["2: GRP 5 by product-group"]);
    // Who has a tax code of his own has a treatment.
    await level(scope, { level: "contact", subject: "K-9", side: "sales", taxCode: "CUST" });
    expect(taken(await read(scope, [line("A-6", abroad)]))).toEqual(["2: CUST 0 by abroad"]);
  });
});
