import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { beginsWith } from "#db/queries/common/text.ts";
import { contacts } from "#db/schema/operational.ts";
import { jobScope } from "#lib/common/scope.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { findRecords, readWords } from "./search.ts";

const OWN = "a3f0c8de-0000-4000-8000-000000000021";
const OTHER = "a3f0c8de-0000-4000-8000-000000000022";
const ROWS = 20_000;

let database: Database;

beforeAll(async () => {
  const made = await createTestDatabase();
  const owner = new pg.Client({ connectionString: made.superUrl });
  await owner.connect();
  for (const [client, slug] of [
    [OWN, "one"],
    [OTHER, "two"],
  ]) {
    await owner.query("insert into clients (id, slug, name) values ($1, $2, $2)", [client, slug]);
    await owner.query(
      `insert into contacts (client_id, reference, name, is_customer, content_sha)
       select $1, 'C-' || n, md5(n::text) || ' Ltd', true, '-' from generate_series(1, $2) n`,
      [client, ROWS],
    );
    await owner.query(
      `insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
       select $1, 'sales-invoice', 'R' || n, $2 || '-INV-' || n, (select id from contacts where client_id = $1 limit 1), '2026-11-01', '2026-12-01',
         case when n = 1250 then 'JPY' when n = 12500 then 'KWD' else 'GBP' end, n, 0, n, '-' from generate_series(1, $3) n`,
      [client, slug, ROWS],
    );
  }
  const codes = "values ($1, '4010', 'Training income', 'sales'), ($1, '5000%', 'Odd one', 'purchase')";
  await owner.query(`insert into nominal_codes (client_id, code, name, kind) ${codes}`, [OWN]);
  await owner.query("insert into tax_codes (client_id, code, name, rate) values ($1, 'STD20', 'Standard rate', '20')", [OWN]);
  await owner.query("insert into product_groups (client_id, code, name) values ($1, 'GIFTS', 'Gift boxes')", [OWN]);
  await owner.query("analyze");
  await owner.end();
  database = openDatabase(made.webUrl, { max: 2 });
}, 60_000);
afterAll(() => database.close());

const find = (text: string) => database.inScope(jobScope(OWN), (db) => findRecords(db, jobScope(OWN), text));

describe("D6 the record search", () => {
  it("finds by the beginning of a number, whatever its capitals, and a few only", async () => {
    expect((await find("ONE-inv-1999")).map((hit) => hit.title)).toContain("one-INV-1999");
    expect((await find("one-inv")).length).toBe(6);
  });

  it("finds no other client's, in either direction", async () => {
    expect(await find("two-inv-1")).toEqual([]);
  });

  // 12.50 is 1250 pence; 1250 yen and 12.500 dinars are other amounts in the same digits.
  it("finds an amount in the decimals of each row's own currency", async () => {
    expect((await find("£12.51")).map((hit) => hit.title)).toEqual(["one-INV-1251"]);
    expect((await find("1,250")).map((hit) => hit.currency)).toEqual(["JPY"]);
    expect((await find("12.50")).map((hit) => hit.currency)).toEqual(["KWD"]);
  });

  it("finds a document by the operational system's own reference", async () => {
    expect((await find("R777")).map((hit) => hit.title)).toEqual(["one-INV-777"]);
  });

  it("M72 finds codes and product groups by code and by name, whatever their capitals", async () => {
    const found = async (text: string) => (await find(text)).map((hit) => `${hit.kind} ${hit.title}`);
    expect(await found("4010")).toContain("nominal-code 4010");
    expect(await found("training")).toEqual(["nominal-code 4010"]);
    expect(await found("std")).toEqual(["tax-code STD20"]);
    expect(await found("Gift b")).toEqual(["product-group GIFTS"]);
  });

  it("B29 takes wildcards and quotes as plain characters", async () => {
    for (const words of ["%%", "__", "one_inv", "one%", "'; --", "\\\\"]) expect(await find(words), words).toEqual([]);
  });

  // An index over lower(name) was never entered under row-level security: lower is not leakproof.
  it("reads a beginning as one range of an index, under the policy too", async () => {
    const { rows } = await database.inScope(jobScope(OWN), (db) =>
      db.execute<{ "QUERY PLAN": string }>(
        sql`explain select id from contacts where ${contacts.clientId} = ${OWN} and ${beginsWith(contacts.nameFolded, "abc")} limit 6`,
      ),
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(/contacts_name_idx/);
    expect(plan).toMatch(/Index Cond:.*name_folded/);
  });
});

describe("what is typed into the search", () => {
  it("is read for an id within an address, an amount, and a run", () => {
    const id = "0f6c1d1e-9a2b-4c3d-8e4f-5a6b7c8d9e0f";
    expect(readWords(`https://go.xero.com/x?InvoiceID=${id.toUpperCase()}&y`, xero)).toMatchObject({
      externalIds: [id],
      begins: "",
    });
    expect(readWords("−1,234.5", xero).amounts).toEqual([
      { digits: 2, minor: "123450" },
      { digits: 3, minor: "1234500" },
    ]);
    expect(readWords("Run 12", xero)).toMatchObject({ runNumber: 12, begins: "Run 12" });
    expect(readWords("12,34", xero).amounts).toEqual([]);
    expect(readWords("x", xero).begins).toBe("");
    expect(readWords("9".repeat(40), xero)).toMatchObject({ amounts: [], runNumber: null });
  });
});
