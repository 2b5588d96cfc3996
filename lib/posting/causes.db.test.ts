import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listCauses } from "#db/queries/export/causes.ts";
import { findPostingCard, sumPostings } from "#db/queries/export/posting-grid.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const causes = (client: SceneClient, which?: "errors" | "blocked") =>
  client.inScope((db) => listCauses(db, client.scope, which ? { which } : {}));

const INVOICE = {
  Type: "ACCREC",
  Contact: { Name: "Somebody else" },
  Date: "2026-11-02",
  DueDate: "2026-12-02",
  Status: "AUTHORISED",
  LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
};

const recordIds = async (client: SceneClient, ...references: string[]) => {
  const { rows } = await client.inScope((db) =>
    db.execute<{ reference: string; id: string }>(
      sql`select reference, record_id as id from postings where client_id = ${client.clientId} and current`,
    ),
  );
  return references.map((reference) => rows.find((row) => row.reference === reference)?.id);
};

describe("FB9 a cause and its rows", () => {
  it("FB9 archived contacts: the documents and both companies by name, and the sums of each side and currency apart", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", contact: "C1" },
      { number: "INV-2", contact: "C2" },
      { number: "B-1", kind: "bill", contact: "C2" },
    );
    await client.upload("C1", "C2");
    await client.work();
    await client.settings({ archivedContacts: ["C1", "C2"] });
    await client.upload();
    await client.work();
    const [cause] = await causes(client);
    expect(cause).toMatchObject({
      code: "package.contact-archived",
      count: 3,
      parties: 2,
      partyNames: ["Company C1", "Company C2"],
      kind: null,
      rows: [{ reference: "B-1" }, { reference: "INV-1" }, { reference: "INV-2" }],
    });
    expect(cause?.sums.map((sum) => [sum.side, sum.currency, sum.minor])).toEqual([
      ["sales", "GBP", "2400"],
      ["purchase", "GBP", "1200"],
    ]);
  });

  it("FB9 N26 documents that may be there already: a question for each, with the record there and its own words", async () => {
    const client = await scene.client();
    const numbers = ["INV-1", "INV-2", "INV-3"];
    await client.call("PUT", "Invoices", { Invoices: numbers.map((InvoiceNumber) => ({ ...INVOICE, InvoiceNumber })) });
    await client.add(...numbers.map((number) => ({ number })));
    await client.upload();
    await client.work();
    await client.work();
    const cause = (await causes(client)).find((one) => one.code === "source.perhaps-in-package");
    expect(cause).toMatchObject({ count: 3 });
    expect(cause?.rows.map((row) => row.detail?.value)).toEqual(numbers);
    // What differs from row to row is none of what they share.
    expect(cause?.shared).toEqual({ field: "number", subject: "Somebody else" });
    const there = (await client.ledger()).documents;
    for (const row of cause?.rows ?? []) {
      const id = there.find((one) => one.number === row.reference)?.id;
      expect(row.conflicts).toEqual([{ kind: "sales-invoice", name: row.reference, recordId: null, externalId: id }]);
    }
    const card = await client.inScope((db) => findPostingCard(db, client.scope, cause?.rows[0]?.id ?? ""));
    expect(card?.conflicts).toEqual(cause?.rows[0]?.conflicts);
  });

  it("N26 the same number on two of our records, and what is not there yet: one click opens the other, here and there", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", reference: "one" });
    await client.upload();
    await client.work();
    await client.add({ number: "INV-1", reference: "two" });
    await client.upload();
    await client.work();
    const [first] = await recordIds(client, "INV-1");
    const duplicate = (await causes(client)).find((one) => one.code === "source.already-in-package");
    const there = (await client.ledger()).documents.find((one) => one.number === "INV-1");
    expect(duplicate?.rows).toMatchObject([{ conflicts: [{ kind: "sales-invoice", name: "INV-1", externalId: there?.id }] }]);
    expect(duplicate?.rows[0]?.conflicts[0]?.recordId).not.toBe(duplicate?.rows[0]?.recordId);
    expect(duplicate?.rows[0]?.conflicts[0]?.recordId).toBeTruthy();
    expect(first).toBeTruthy();

    const other = await scene.client();
    await other.add({ number: "INV-7", lines: [{ product: "MUG" }] });
    await other.upload("MUG", "C1");
    await other.work();
    await scene.control.removeItem(other.tenant, "MUG");
    await other.upload("INV-7");
    await other.work();
    const [mug] = await recordIds(other, "MUG");
    const missing = (await causes(other)).find((one) => one.code === "source.dependency-missing");
    expect(missing?.rows).toMatchObject([{ conflicts: [{ kind: "product", name: "MUG", recordId: mug }] }]);
  });

  it("FB9 rows of one code under two names of the same word are two causes, and each cause's filter finds its own rows", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    const held = (reference: string, field: string) =>
      client.inScope((db) =>
        db.execute(sql`update postings set state = 'held', error_code = 'source.dependency-missing',
          error_detail = jsonb_build_object('field', ${field}::text, 'value', 'C1') where client_id = ${client.clientId} and reference = ${reference}`),
      );
    await client.inScope((db) =>
      db.execute(sql`update postings set state = 'queued' where client_id = ${client.clientId} and kind = 'sales-invoice'`),
    );
    await held("INV-1", "contact");
    await held("INV-2", "product");
    const found = await causes(client);
    expect(found.map((one) => [one.value, one.rows.map((row) => row.reference)])).toEqual([
      ["C1", ["INV-1"]],
      ["C1 (product)", ["INV-2"]],
    ]);
    for (const { code, value, count } of found) {
      expect((await client.inScope((db) => sumPostings(db, client.scope, { panel: "errors", code, value }))).count).toBe(count);
    }
  });

  it("M20 FB9 what blocks how much is one cause over both panels, its sums by side and currency", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", lines: [{ nominalCode: "4010" }] },
      { number: "INV-2", lines: [{ nominalCode: "4010" }] },
      { number: "B-1", kind: "bill", contact: "S1", lines: [{ nominalCode: "4010" }] },
    );
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    for (const state of ["queued", "held"]) {
      await client.inScope((db) =>
        db.execute(sql`update postings set state = ${state}, error_code = precheck_code, error_detail = precheck_detail
          where client_id = ${client.clientId} and reference = 'INV-1'`),
      );
    }
    const [cause] = await causes(client, "blocked");
    expect(cause).toMatchObject({ code: "mapping.account-missing", value: "4010", count: 3, held: 3, kind: null });
    expect(cause?.rows.map((row) => row.reference)).toEqual(["B-1", "INV-1", "INV-2"]);
    expect(cause?.sums.map((sum) => [sum.side, sum.currency, sum.minor])).toEqual([
      ["sales", "GBP", "2400"],
      ["purchase", "GBP", "1200"],
    ]);
    // Error Feedback has the one that is held.
    expect(await causes(client)).toMatchObject([{ value: "4010", count: 1 }]);
  });
});
