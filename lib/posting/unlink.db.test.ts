import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listHeldUp } from "#db/queries/mapping/codes.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { diagnose } from "./diagnose.ts";
import { linkByPackageId } from "./link-by-id.ts";
import { retry } from "./retry.ts";
import { clearLink, createThere } from "./unlink.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const clear = async (client: SceneClient, reference: string) => {
  const { id } = await client.row(reference);
  return client.inScope((db) => clearLink(db, client.scope, id));
};

async function create(client: SceneClient, ...references: string[]) {
  const ids = (await client.rows()).filter((row) => references.includes(row.reference)).map((row) => row.id);
  const asked = await client.inScope((db) => createThere(db, client.scope, { ids }, null));
  if (!("asks" in asked)) throw new Error("It did what nobody agreed to");
  return { asked: asked.asks, go: () => client.inScope((db) => createThere(db, client.scope, { ids }, asked.asks.hash)) };
}

const detailOf = (client: SceneClient, reference: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ code: string; detail: Record<string, unknown>; tenant: string; record: string }>(sql`
      select p.precheck_code as code, p.precheck_detail as detail, c.tenant_name as tenant, p.record_id as record from postings p
      join connections c on c.id = p.connection_id
      where p.client_id = ${client.clientId} and p.current and p.reference = ${reference}`);
    if (!rows[0]) throw new Error(`There is no posting ${reference}`);
    return rows[0];
  });

const PARTIES = [
  {
    id: "M67",
    party: "C1",
    word: "Customer Company C1",
    documents: [{ number: "A-1" }, { number: "A-2", kind: "sales-credit-note" }, { number: "A-3", contact: "C2" }],
    blocked: ["A-1", "A-2"],
  },
  {
    id: "M68",
    party: "P1",
    word: "Product P1",
    documents: [
      { number: "A-1", lines: [{}, { product: "P1" }] },
      { number: "A-2", kind: "bill", contact: "S1", lines: [{ product: "P1" }] },
      { number: "A-3", contact: "C2" },
    ],
    blocked: ["A-1", "A-2"],
  },
  {
    id: "M69",
    party: "S1",
    word: "Supplier Company S1",
    documents: [
      { number: "A-1", kind: "bill", contact: "S1" },
      { number: "A-2", kind: "supplier-credit-note", contact: "S1" },
      { number: "A-3", kind: "bill", contact: "S2" },
    ],
    blocked: ["A-1", "A-2"],
  },
] as const;

describe("a link that somebody cleared", () => {
  it.each(PARTIES)(
    "$id clearing the id of $party blocks every document that names it, with words of its own; nothing in the package changes, and no upload or retry makes it anew",
    async ({ party, word, documents, blocked }) => {
      const client = await scene.client();
      const family = party === "P1" ? "product" : "contact";
      await client.add(...documents);
      await client.upload(party);
      await client.work();
      expect(await client.row(party)).toMatchObject({ state: "confirmed" });
      // Other customers and suppliers go along with what names them.
      const sent = async () => (await client.writes()).filter((call) => family !== "product" || !call.path.includes("Contacts"));
      const writes = (await sent()).length;

      const cleared = await clear(client, party);
      expect(cleared.externalId).not.toBe("");
      const rows = await client.rows();
      expect(
        rows
          .filter((row) => row.precheck === "blocked" && row.precheck_code === "mapping.link-cleared")
          .map((row) => row.reference)
          .sort(),
      ).toEqual([...blocked, party].sort());
      expect(await client.row(party)).toMatchObject({ state: "held", error_code: "mapping.link-cleared" });
      const { detail, tenant, record } = await detailOf(client, "A-1");
      expect(detail).toMatchObject({ value: party, subject: word, organisation: tenant });
      // One bad record lists every document that it blocks.
      const { record: id } = await detailOf(client, party);
      const heldUp = await client.inScope((db) => listHeldUp(db, client.scope, { family, id }, 10));
      expect(heldUp.first.map((one) => one.number)).toEqual([...blocked]);
      expect(await client.inScope((db) => diagnose(db, client.scope, record))).toMatchObject({
        what: "fails",
        code: "mapping.link-cleared",
      });

      await client.upload("A-1", "A-2");
      const posting = await client.row(party);
      await client.inScope((db) => retry(db, client.scope, { ids: [posting.id] }));
      await client.work();
      expect(await sent()).toHaveLength(writes);
      for (const reference of [party, ...blocked])
        expect(await client.row(reference)).toMatchObject({ state: "held", error_code: "mapping.link-cleared" });
    },
  );

  it("M67 linking it again by its id lets its documents go, to the record that it was linked to", async () => {
    const client = await scene.client();
    await client.add({ number: "A-1" }, { number: "A-2" });
    await client.upload("C1", "A-1");
    await client.work();
    const { externalId } = await clear(client, "C1");
    await client.upload("A-2");
    await client.work();
    expect(await client.row("A-2")).toMatchObject({ state: "held" });
    // What is there already stays as it is.
    expect(await client.row("A-1")).toMatchObject({ state: "confirmed" });
    await linkByPackageId(
      scene.database,
      client.scope,
      { postingId: (await client.row("C1")).id, pasted: externalId },
      client.app,
    );
    await client.work();
    expect(await client.row("C1")).toMatchObject({ state: "confirmed" });
    expect(await client.row("A-2")).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).contacts).toHaveLength(1);
    expect(await client.broken()).toEqual([]);
  });

  it("M68 M67 Create names what it would make, does nothing before it is agreed, then makes it once, and what waited goes", async () => {
    const client = await scene.client();
    await client.add({ number: "A-1", lines: [{ product: "P1" }] });
    await client.upload("C1", "P1");
    await client.work();
    await clear(client, "P1");
    await client.upload("A-1");
    await client.work();
    // Somebody took it away there: a code is free again only so.
    const { items } = await client.ledger();
    expect(items).toHaveLength(1);
    const { asked, go } = await create(client, "A-1");
    expect(asked).toMatchObject({ count: 1, names: ["P1"] });
    const before = (await client.writes()).length;
    await client.work();
    expect((await client.writes()).length).toBe(before);
    expect(await go()).toMatchObject({ created: 1 });
    await client.work();
    expect(await client.row("P1")).not.toMatchObject({ error_code: "mapping.link-cleared" });
    expect(await client.broken()).toEqual([]);
  });

  it("M67 what was never linked is no error: a new customer goes before its documents as ever", async () => {
    const client = await scene.client();
    await client.add({ number: "A-1", lines: [{ product: "P1" }] });
    expect(await client.row("A-1")).toMatchObject({ precheck: "warning" });
    await client.upload("A-1");
    await client.work();
    expect(await client.row("A-1")).toMatchObject({ state: "confirmed" });
    await expect(create(client, "A-1")).rejects.toThrow(/None of these rows/);
    await expect(clear(client, "A-1")).rejects.toThrow(/Only the link of a customer/);
  });
});

describe("a link in another organisation", () => {
  /** As after a disconnect from one organisation and a consent for another: the links of before stand under the earlier connection. */
  const linkElsewhere = (client: SceneClient, reference: string, table: "contacts" | "products") =>
    client.inScope(async (db) => {
      const earlier = randomUUID();
      await db.execute(sql`
        insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at, disconnected_at)
        values (${earlier}, ${client.clientId}, 'xero', 'disconnected', ${randomUUID()}, 'Earlier Books Ltd', 'Administrator', app.now(), app.now())`);
      await db.execute(sql`
        insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
        select ${client.clientId}, ${earlier}, ${table === "contacts" ? "contact" : "product"}, ${randomUUID()}, id, 'Staff'
        from ${sql.identifier(table)} where client_id = ${client.clientId} and reference = ${reference}`);
      await judgePostings(db, client.scope, "open");
    });

  it.each([
    { id: "M67", party: "C1", table: "contacts", document: { number: "A-1" } },
    { id: "M68", party: "P1", table: "products", document: { number: "A-1", lines: [{ product: "P1" }] } },
    { id: "M69", party: "S1", table: "contacts", document: { number: "A-1", kind: "bill", contact: "S1" } },
  ] as const)(
    "$id a record of another organisation has another message, is made in this one by nobody's silence, and once on a person's word",
    async ({ party, table, document }) => {
      const client = await scene.client();
      await client.add(document);
      await linkElsewhere(client, party, table);
      const { code, detail, tenant } = await detailOf(client, "A-1");
      expect(code).toBe("mapping.linked-elsewhere");
      expect(detail).toMatchObject({ value: party, organisation: tenant, elsewhere: "Earlier Books Ltd" });
      await client.upload("A-1");
      await client.work();
      expect((await client.writes()).filter((call) => !call.path.includes("Contacts") || party !== "P1")).toEqual([]);
      expect(await client.row("A-1")).toMatchObject({ state: "held", error_code: "mapping.linked-elsewhere" });
      const { asked, go } = await create(client, "A-1");
      expect(asked.count).toBe(1);
      await go();
      await client.work();
      expect(await client.row(party)).toMatchObject({ state: "confirmed" });
      expect(await client.row("A-1")).toMatchObject({ state: "confirmed" });
      expect(await client.broken()).toEqual([]);
    },
  );
});
