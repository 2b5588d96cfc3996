import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listHeldUp } from "#db/queries/codes.ts";
import { readTimeline } from "#lib/posting/timeline.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { recordEdit, saveRecord } from "./edit-records.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const save = (client: SceneClient, record: unknown) =>
  client.inScope((db) => saveRecord(db, client.scope, recordEdit.parse(record)));
const contact = (over: Record<string, unknown> = {}) => ({
  what: "contact",
  id: null,
  reference: "C9",
  name: "Peak Gifts Ltd",
  email: "",
  taxNumber: "",
  country: "",
  terms: "account",
  isCustomer: true,
  isSupplier: false,
  ...over,
});
const product = (over: Record<string, unknown> = {}) => ({
  what: "product",
  id: null,
  reference: "MUG",
  name: "Mug",
  description: "",
  groupId: null,
  salesNominalCode: "",
  purchaseNominalCode: "",
  stockNominalCode: "",
  taxCode: "",
  ...over,
});

describe("records entered and changed by hand", () => {
  it("M64 a new customer waits for export at once, and a change is its next revision, sent as an update", async () => {
    const client = await scene.client();
    const made = await save(client, contact());
    expect(made).toMatchObject({ outcome: "made", before: null });
    await client.upload("C9");
    await client.work();
    expect(await client.row("C9")).toMatchObject({ state: "confirmed", revision: 1 });

    const changed = await save(client, contact({ id: made.id, name: "Peak Gifts & Co", email: "office@peak.test" }));
    expect(changed).toMatchObject({ outcome: "changed", before: { name: "Peak Gifts Ltd", email: null } });
    expect(await client.row("C9")).toMatchObject({ state: "pending", revision: 2 });
    await client.upload("C9");
    await client.work();
    expect((await client.ledger()).contacts.filter((one) => one.key === "C9")).toMatchObject([{ name: "Peak Gifts & Co" }]);
    const entries = await client.inScope((db) => readTimeline(db, client.scope, made.id, "en-GB"));
    expect(entries.find((entry) => entry.what === "revised")).toMatchObject({
      revision: 2,
      by: "Staff",
      file: null,
      before: expect.arrayContaining([{ label: "Name", value: "Peak Gifts Ltd" }]),
    });
  });

  it("a save that changes nothing makes no revision", async () => {
    const client = await scene.client();
    const { id } = await save(client, contact());
    expect(await save(client, contact({ id }))).toMatchObject({ outcome: "unchanged" });
    expect(await client.row("C9")).toMatchObject({ revision: 1 });
  });

  it("what a person entered and the same from a file are one content", async () => {
    const client = await scene.client();
    const { id } = await save(client, contact({ email: "a@b.test" }));
    // As a file's commit makes it: db/queries/file-imports.ts.
    const same = await client.inScope((db) =>
      db.execute<{ same: boolean }>(sql`
        select content_sha = encode(sha256(convert_to(concat_ws(E'\\x1f', name, coalesce(email, ''), is_customer, is_supplier, terms), 'UTF8')), 'hex') as same
        from contacts where client_id = ${client.clientId}`),
    );
    expect(same.rows).toEqual([{ same: true }]);
    // A VAT number comes last, and takes no part where there is none.
    await save(client, contact({ id, email: "a@b.test", taxNumber: "GB 123 4567 89" }));
    const numbered = await client.inScope((db) =>
      db.execute<{ same: boolean }>(sql`
        select content_sha = encode(sha256(convert_to(concat_ws(E'\\x1f', name, coalesce(email, ''), is_customer, is_supplier, terms, tax_number), 'UTF8')), 'hex') as same
        from contacts where client_id = ${client.clientId}`),
    );
    expect(numbered.rows).toEqual([{ same: true }]);
  });

  it("FB1 a VAT number that is entered later goes to the package as a change of the contact, and is read back", async () => {
    const client = await scene.client();
    const { id } = await save(client, contact());
    await client.upload("C9");
    await client.work();
    await save(client, contact({ id, taxNumber: "GB 123 4567 89" }));
    await client.upload("C9");
    await client.work();
    expect(await client.row("C9")).toMatchObject({ state: "confirmed", revision: 2, differences: null });
    const posted = (await client.row("C9")).id;
    // The tick is earned by a read: what was sent and was not there would be a difference.
    const kept = await client.inScope((db) =>
      db.execute<{ n: string }>(sql`select a.sent ->> 'taxNumber' as n from posting_attempts a where a.posting_id = ${posted}`),
    );
    expect(kept.rows).toEqual([{ n: "GB 123 4567 89" }]);
    expect(recordEdit.safeParse(contact({ taxNumber: "none" })).error?.issues[0]?.message).toContain("not a VAT number");
  });

  it("refuses a number that is taken, a number changed afterwards, and codes that the client does not have", async () => {
    const client = await scene.client();
    const { id } = await save(client, contact());
    await expect(save(client, contact({ name: "Another" }))).rejects.toThrow("The number C9 is already used");
    await expect(save(client, contact({ id, reference: "C10" }))).rejects.toThrow("stays C9");
    await expect(save(client, contact({ id, isCustomer: false }))).rejects.toThrow("customer, supplier or both");
    await expect(save(client, product({ salesNominalCode: "9999" }))).rejects.toThrow("no nominal code 9999");
    await expect(save(client, product({ taxCode: "T9" }))).rejects.toThrow("no tax code T9");
    expect(recordEdit.safeParse(contact({ email: "nobody" })).error?.issues[0]?.message).toBe("This is not an e-mail address.");
    expect(recordEdit.safeParse(contact({ name: " " })).error?.issues[0]?.message).toContain("fill it in");
    const other = await scene.client();
    await expect(save(other, contact({ id }))).rejects.toThrow("no longer exists");
  });

  it("groups, nominal codes and tax codes are entered and changed, each by its own code", async () => {
    const client = await scene.client();
    const group = await save(client, {
      what: "product-group",
      id: null,
      code: "CUPS",
      name: "Cups",
      salesNominalCode: "4000",
      purchaseNominalCode: "",
      taxCode: "STD",
    });
    const { id } = await save(client, product({ groupId: group.id, stockNominalCode: "1200" }));
    expect(id).not.toBe("");
    const code = await save(client, { what: "nominal-code", id: null, code: "4050", name: "Repairs", kind: "sales" });
    expect(
      await save(client, { what: "nominal-code", id: code.id, code: "4050", name: "Repairs done", kind: "sales" }),
    ).toMatchObject({ outcome: "changed", before: { name: "Repairs" } });
    await expect(save(client, { what: "nominal-code", id: null, code: "4050", name: "X", kind: "sales" })).rejects.toThrow(
      "already used",
    );
    const tax = await save(client, { what: "tax-code", id: null, code: "RED", name: "Reduced", rate: "5" });
    expect(await save(client, { what: "tax-code", id: tax.id, code: "RED", name: "Reduced", rate: "5" })).toMatchObject({
      outcome: "unchanged",
    });
    expect(recordEdit.safeParse({ what: "tax-code", id: null, code: "X", name: "X", rate: "-5" }).success).toBe(false);
  });

  it("M68 M69 one product, or one supplier, that is not in the package names every document that it stops", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", lines: [{ product: "MUG" }] },
      { number: "INV-2", lines: [{ product: "MUG" }, { product: "CUP" }] },
      { number: "P-1", kind: "bill", contact: "S1" },
    );
    const idOf = (table: "products" | "contacts", reference: string) =>
      client.inScope(async (db) => {
        const { rows } = await db.execute<{ id: string }>(
          sql`select id from ${sql.raw(table)} where client_id = ${client.clientId} and reference = ${reference}`,
        );
        return rows[0]?.id ?? "";
      });
    const mug = { family: "product", id: await idOf("products", "MUG") } as const;
    const supplier = { family: "contact", id: await idOf("contacts", "S1") } as const;
    const heldUp = (by: typeof mug | typeof supplier) => client.inScope((db) => listHeldUp(db, client.scope, by, 10));
    expect((await heldUp(mug)).first.map((row) => row.number)).toEqual(["INV-1", "INV-2"]);
    expect(await heldUp(supplier)).toMatchObject({ count: 1, first: [{ number: "P-1", grossMinor: 1200n }] });
    await client.upload();
    await client.work();
    expect((await heldUp(mug)).count).toBe(0);
    expect((await heldUp(supplier)).count).toBe(0);
  });
});

describe("N34 what is queued for upload", () => {
  it("N34 is not changed in silence: the change asks to withdraw it first, and then waits in Pending Export", async () => {
    const client = await scene.client();
    const made = await save(client, contact());
    const { number } = await client.click("C9");
    const edit = contact({ id: made.id, name: "Peak Gifts & Co" });
    await expect(save(client, edit)).rejects.toThrow(`C9 is queued for upload in run ${number}. Withdraw it first`);
    expect(await client.row("C9")).toMatchObject({ revision: 1, chosen: true });
    // Taken by the worker, and not sent yet: the same.
    await client.take();
    expect(await client.row("C9")).toMatchObject({ state: "queued" });
    await expect(save(client, edit)).rejects.toThrow("is queued for upload");
    // A save that changes nothing asks nothing.
    expect(await save(client, contact({ id: made.id }))).toMatchObject({ outcome: "unchanged" });

    await client.inScope((db) => saveRecord(db, client.scope, recordEdit.parse(edit), { withdraw: true }));
    expect(await client.row("C9")).toMatchObject({ state: "pending", revision: 2, chosen: false });
    await client.work();
    expect(await client.writes()).toEqual([]);
    await client.upload("C9");
    await client.work();
    expect((await client.ledger()).contacts).toMatchObject([{ name: "Peak Gifts & Co" }]);
  });
});
