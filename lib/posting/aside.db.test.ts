import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groupAside, listExclusions, listUnpaidBeforeStart } from "#db/queries/aside.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { hold, releaseHold, setExcluded, settleAside } from "./aside.ts";
import { queueUpload } from "./queue-upload.ts";
import { retry } from "./retry.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

const standing = async (client: SceneClient) =>
  Object.fromEntries((await client.rows()).map((row) => [row.reference, row.panel === "aside" ? "aside" : row.state]));

async function idOf(client: SceneClient, table: "contacts" | "products", reference: string): Promise<string> {
  const found = await client.inScope((db) =>
    db.execute<{ id: string }>(
      sql`select id from ${sql.raw(table)} where client_id = ${client.clientId} and reference = ${reference}`,
    ),
  );
  return found.rows[0]?.id ?? "";
}

const exclude = async (client: SceneClient, family: "contact" | "product", reference: string, excluded: boolean) => {
  const id = await idOf(client, family === "contact" ? "contacts" : "products", reference);
  return client.inScope((db) => setExcluded(db, client.scope, family, [id], excluded));
};

const set = (client: SceneClient, values: { startOn?: string | null; without?: string }) =>
  client.inScope(async (db) => {
    if (values.startOn !== undefined)
      await db.execute(sql`update connections set start_on = ${values.startOn}::date where id = ${client.connectionId}`);
    if (values.without !== undefined)
      await db.execute(
        sql`update connections set entities_on = array_remove(entities_on, ${values.without}) where id = ${client.connectionId}`,
      );
    return settleAside(db, client.scope);
  });

describe("M66 Exclude from Accounting Integration", () => {
  it("takes a customer and its documents out of Pending Export, counted with their worth by side and currency, and unticking returns them", async () => {
    const client = await scene.client();
    await client.add(
      { number: "A1", contact: "C1" },
      { number: "A2", contact: "C1", currency: "EUR" },
      { number: "B1", contact: "C2" },
    );
    const moves = await exclude(client, "contact", "C1", true);
    expect(moves).toMatchObject({ names: ["Company C1"], out: 3, back: 0 });
    expect(await standing(client)).toEqual({ C1: "aside", A1: "aside", A2: "aside", C2: "pending", B1: "pending" });
    const groups = await client.inScope((db) => groupAside(db, client.scope));
    expect(groups).toEqual([
      { reason: "excluded", kind: "customer", side: null, currency: null, count: 1, grossMinor: null },
      { reason: "excluded", kind: "sales-invoice", side: "sales", currency: "EUR", count: 1, grossMinor: "1200" },
      { reason: "excluded", kind: "sales-invoice", side: "sales", currency: "GBP", count: 1, grossMinor: "1200" },
    ]);
    expect(await client.inScope((db) => listExclusions(db, client.scope, 10))).toMatchObject([
      { name: "Company C1", path: "customers", count: 3, worth: [{ currency: "EUR" }, { currency: "GBP", minor: "1200" }] },
    ]);
    expect(await exclude(client, "contact", "C1", false)).toMatchObject({ out: 0, back: 3 });
    expect(new Set(Object.values(await standing(client)))).toEqual(new Set(["pending"]));
    expect((await client.rows()).every((row) => row.precheck !== null)).toBe(true);
  });

  it("takes every document with an excluded product along, and a supplier's bills", async () => {
    const client = await scene.client();
    await client.add(
      { number: "A1", lines: [{ product: "P1" }, {}] },
      { number: "A2" },
      { kind: "bill", number: "BILL1", contact: "S1" },
    );
    await exclude(client, "product", "P1", true);
    await exclude(client, "contact", "S1", true);
    expect(await standing(client)).toEqual({
      C1: "pending",
      P1: "aside",
      A1: "aside",
      A2: "pending",
      S1: "aside",
      BILL1: "aside",
    });
  });

  it("withdraws what was asked for first: held, refused and queued rows leave Error Feedback, and none of them is sent", async () => {
    const client = await scene.client();
    await client.add({ number: "HELD", lines: [{ nominalCode: "4010" }] }, { number: "QUEUED" });
    await client.upload();
    expect(await standing(client)).toMatchObject({ HELD: "held", QUEUED: "queued" });
    expect(await exclude(client, "contact", "C1", true)).toMatchObject({ out: 3, withdrawn: 3 });
    expect(await standing(client)).toEqual({ C1: "aside", HELD: "aside", QUEUED: "aside" });
    await client.work();
    expect(await client.writes()).toEqual([]);
  });

  it("keeps what stands aside from Upload data and from Retry, even when it is named by its id", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await exclude(client, "contact", "C1", true);
    const ids = [(await client.row("A1")).id];
    await expect(client.inScope((db) => queueUpload(db, client.scope, { ids }))).rejects.toThrow("Nothing to upload");
    await expect(client.inScope((db) => retry(db, client.scope, { ids }))).rejects.toThrow("Nothing to retry");
  });

  it("covers what is imported after the tick", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await exclude(client, "contact", "C1", true);
    await client.add({ number: "A2" });
    expect(await standing(client)).toEqual({ C1: "aside", A1: "aside", A2: "aside" });
  });
});

describe("N11 start date", () => {
  it("lets only documents from the date appear, counts the older ones and lists those unpaid, and brings them back", async () => {
    const client = await scene.client();
    await client.add(
      { number: "OLD", issuedOn: "2026-10-31" },
      { number: "PAID", issuedOn: "2026-10-30" },
      { number: "NEW", issuedOn: "2026-11-01" },
    );
    await client.inScope((db) =>
      db.execute(sql`update documents set paid_minor = gross_minor where client_id = ${client.clientId} and number = 'PAID'`),
    );
    await set(client, { startOn: "2026-11-01" });
    expect(await standing(client)).toEqual({ C1: "pending", NEW: "pending", OLD: "aside", PAID: "aside" });
    expect(await client.inScope((db) => groupAside(db, client.scope))).toMatchObject([
      { reason: "before-start", count: 2, grossMinor: "2400", currency: "GBP" },
    ]);
    expect(await client.inScope((db) => listUnpaidBeforeStart(db, client.scope, 10))).toMatchObject([
      { number: "OLD", openMinor: 1200n },
    ]);
    await set(client, { startOn: null });
    expect(new Set(Object.values(await standing(client)))).toEqual(new Set(["pending"]));
  });
});

describe("D4 hold one document with a reason", () => {
  it("keeps it aside with who and why through an import and an upload of everything, until it is released", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" }, { number: "A2" });
    const ids = [(await client.row("A1")).id];
    await expect(client.inScope((db) => hold(db, client.scope, { ids }, "  "))).rejects.toThrow("Say why");
    await client.inScope((db) => hold(db, client.scope, { ids }, "Price is disputed"));
    await client.add({ number: "A3" });
    await client.upload();
    expect(await standing(client)).toMatchObject({ A1: "aside", A2: "queued", A3: "queued" });
    const kept = await client.inScope((db) =>
      db.execute(sql`select aside, aside_why, aside_by from postings where id = ${ids[0] ?? null}`),
    );
    expect(kept.rows).toEqual([{ aside: "on-hold", aside_why: "Price is disputed", aside_by: "Staff" }]);
    await client.inScope((db) => releaseHold(db, client.scope, { ids }));
    expect(await client.row("A1")).toMatchObject({ state: "pending", panel: "pending", precheck: "warning" });
  });

  it("a refused row that was held and released is asked for under the next generation", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await client.upload();
    const row = await client.row("A1");
    await client.inScope(async (db) => {
      await db.execute(sql`update postings set state = 'sending' where id = ${row.id}`);
      await db.execute(sql`update postings set state = 'rejected' where id = ${row.id}`);
    });
    await client.inScope((db) => hold(db, client.scope, { ids: [row.id] }, "Wait"));
    expect((await client.row("A1")).generation).toBe(row.generation + 1);
  });
});

describe("M63 B33 entities to sync", () => {
  it("a kind that is switched off stands aside, its queued rows are held, and both go on when it is on again", async () => {
    const client = await scene.client();
    await client.add({ kind: "bill", number: "BILL1", contact: "S1" }, { number: "A1" });
    await client.upload("BILL1");
    await client.add({ kind: "bill", number: "BILL2", contact: "S1" });
    expect(await set(client, { without: "bill" })).toMatchObject({ out: 1, held: 1 });
    expect(await standing(client)).toMatchObject({ BILL1: "held", BILL2: "aside", A1: "pending" });
    expect(await client.row("BILL1")).toMatchObject({ panel: "errors", error_code: "rule.entity-off" });
  });
});
