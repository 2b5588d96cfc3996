import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { totalPanels } from "#db/queries/export/posting-grid.ts";
import { groupWithheld, listExclusions, listUnpaidBeforeStart, listWithheld } from "#db/queries/export/withheld.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { retry } from "#lib/posting/retry.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { releaseMended } from "./release.ts";
import { hold, releaseHold, setExcluded, settleWithheld } from "./withheld.ts";

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
    return settleWithheld(db, client.scope);
  });

describe("M66 Exclude from Accounting Integration", () => {
  it("takes a customer and its documents out of Pending Export, counted with their amounts by side and currency, and unticking returns them", async () => {
    const client = await scene.client();
    await client.add(
      { number: "A1", contact: "C1" },
      { number: "A2", contact: "C1", currency: "EUR" },
      { number: "B1", contact: "C2" },
    );
    const moves = await exclude(client, "contact", "C1", true);
    expect(moves).toMatchObject({ names: ["Company C1"], out: 3, back: 0 });
    expect(await standing(client)).toEqual({ C1: "aside", A1: "aside", A2: "aside", C2: "pending", B1: "pending" });
    const groups = await client.inScope((db) => groupWithheld(db, client.scope));
    expect(groups).toEqual([
      { reason: "excluded", kind: "customer", side: null, currency: null, count: 1, grossMinor: null },
      { reason: "excluded", kind: "sales-invoice", side: "sales", currency: "EUR", count: 1, grossMinor: "1200" },
      { reason: "excluded", kind: "sales-invoice", side: "sales", currency: "GBP", count: 1, grossMinor: "1200" },
    ]);
    expect(await client.inScope((db) => listExclusions(db, client.scope, 10))).toMatchObject([
      { name: "Company C1", path: "customers", count: 3, amounts: [{ currency: "EUR" }, { currency: "GBP", minor: "1200" }] },
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

  it("keeps what is withheld from Upload data and from Retry, even when it is named by its id", async () => {
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
    expect(await client.inScope((db) => groupWithheld(db, client.scope))).toMatchObject([
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
  it("keeps it withheld with who and why through an import and an upload of everything, until it is released", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" }, { number: "A2" });
    const ids = [(await client.row("A1")).id];
    await expect(client.inScope((db) => hold(db, client.scope, { ids }, "  "))).rejects.toThrow("Enter a reason");
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

describe("N6 ignore an error, with memory", () => {
  const memory = async (client: SceneClient, reference: string) => {
    const { rows } = await client.inScope((db) =>
      db.execute<Record<string, unknown>>(
        sql`select panel, aside, aside_why as why, aside_by as by, error_code as code, error_detail ->> 'value' as value from postings
          where client_id = ${client.clientId} and reference = ${reference} and current`,
      ),
    );
    return rows[0];
  };
  /** Rows of Error Feedback of each state, as the engine leaves them. */
  async function stopped() {
    const client = await scene.client();
    await client.add(
      { number: "HELD" },
      { number: "REJECTED" },
      { number: "CONFLICT" },
      { number: "DEAD" },
      { number: "UNKNOWN" },
    );
    await client.upload();
    const move = (reference: string, ...states: string[]) =>
      client.inScope(async (db) => {
        for (const state of states)
          await db.execute(
            sql`update postings set state = ${state} where client_id = ${client.clientId} and reference = ${reference}`,
          );
      });
    const said = sql`error_code = 'source.bad-format', error_detail = '{"value": "X"}'::jsonb`;
    await move("HELD", "held");
    await move("REJECTED", "sending", "rejected");
    await move("CONFLICT", "sending", "unknown", "conflict");
    await move("DEAD", "sending", "unknown", "dead");
    await move("UNKNOWN", "sending", "unknown");
    await client.inScope((db) =>
      db.execute(
        sql`update postings set ${said} where client_id = ${client.clientId} and reference in ('HELD', 'REJECTED', 'DEAD')`,
      ),
    );
    return client;
  }

  it("N6 a row of any settled state leaves Error Feedback, and keeps what stopped it, who ignored it and why; what is looked up stays", async () => {
    const client = await stopped();
    const names = ["HELD", "REJECTED", "CONFLICT", "DEAD", "UNKNOWN"];
    const ids = (await client.rows()).filter((row) => names.includes(row.reference)).map((row) => row.id);
    expect(await client.inScope((db) => hold(db, client.scope, { ids }, "A test of last year"))).toEqual({ held: 4 });
    const kept = { panel: "aside", aside: "on-hold", why: "A test of last year", by: "Staff" };
    for (const name of ["HELD", "REJECTED", "DEAD"])
      expect(await memory(client, name), name).toEqual({ ...kept, code: "source.bad-format", value: "X" });
    expect(await memory(client, "CONFLICT")).toEqual({ ...kept, code: "unknown.ambiguous-match", value: null });
    expect(await memory(client, "UNKNOWN")).toMatchObject({ panel: "errors", aside: null });
    expect((await client.inScope((db) => totalPanels(db, client.scope))).errors.count).toBe(1);
    const listed = await client.inScope((db) => listWithheld(db, client.scope, "on-hold", null, 10));
    expect(listed.map((row) => [row.reference, row.errorCode, row.by])).toContainEqual(["HELD", "source.bad-format", "Staff"]);
    // Nothing that is mended, uploaded or retried takes them along.
    await client.inScope((db) => releaseMended(db, client.scope));
    await expect(client.inScope((db) => retry(db, client.scope, { ids }))).rejects.toThrow("Nothing to retry");
    for (const name of ["HELD", "REJECTED", "CONFLICT", "DEAD"]) expect((await memory(client, name))?.panel, name).toBe("aside");
  });

  it("N6 ignored no longer, it waits in Pending Export with a fresh pre-check and nothing left of the error", async () => {
    const client = await stopped();
    const generation = async (reference: string) => (await client.row(reference)).generation;
    const before = { rejected: await generation("REJECTED"), dead: await generation("DEAD"), held: await generation("HELD") };
    const ids = (await client.rows()).filter((row) => row.panel === "errors" && row.state !== "unknown").map((row) => row.id);
    await client.inScope((db) => hold(db, client.scope, { ids }, "Not now"));
    expect(await client.inScope((db) => releaseHold(db, client.scope, { ids }))).toEqual({ released: 4, stillWithheld: 0 });
    for (const name of ["HELD", "REJECTED", "CONFLICT", "DEAD"]) {
      expect(await memory(client, name), name).toEqual({
        panel: "pending",
        aside: null,
        why: null,
        by: null,
        code: null,
        value: null,
      });
      expect((await client.row(name)).precheck, name).not.toBeNull();
    }
    // What the package refused, or may have had, is asked for under another key.
    expect(await generation("REJECTED")).toBe(before.rejected + 1);
    expect(await generation("DEAD")).toBe(before.dead + 1);
    expect(await generation("HELD")).toBe(before.held);
  });
});

describe("N6 after a conflict", () => {
  it("N6 ignored, taken back and uploaded again: it is looked up first, and what stands there is not made a second time", async () => {
    const client = await scene.client();
    await client.add({ number: "B-1", kind: "bill", contact: "S1" });
    await client.upload("S1");
    await client.work();
    const supplier = (await client.ledger()).contacts.find((one) => one.key === "S1");
    // The package takes a bill's number twice: what is there under it has other amounts.
    const there = [{ Description: "By hand", Quantity: 1, UnitAmount: 11, AccountCode: "310", TaxType: "INPUT2" }];
    const bill = {
      Type: "ACCPAY",
      InvoiceNumber: "B-1",
      Contact: { ContactID: supplier?.id },
      Date: "2026-11-02",
      DueDate: "2026-12-02",
    };
    await client.call("PUT", "Invoices", { Invoices: [{ ...bill, Status: "AUTHORISED", LineItems: there }] });
    const { id } = await client.row("B-1");
    await client.inScope(async (db) => {
      for (const state of ["queued", "sending", "unknown", "conflict"])
        await db.execute(sql`update postings set state = ${state}, maybe_sent = true where id = ${id}`);
    });
    // The package's list of documents is read anew after a quarter of an hour.
    await scene.step(16 * 60);
    await client.inScope((db) => hold(db, client.scope, { ids: [id] }, "Look at it later"));
    await client.inScope((db) => releaseHold(db, client.scope, { ids: [id] }));
    await client.upload();
    await client.work();
    await client.work();
    expect((await client.ledger()).documents.filter((one) => one.number === "B-1")).toHaveLength(1);
    expect(await client.row("B-1")).toMatchObject({ panel: "errors" });
  });
});

describe("M63 B33 entities to sync", () => {
  it("a kind that is switched off is withheld, its queued rows are held, and both go on when it is on again", async () => {
    const client = await scene.client();
    await client.add({ kind: "bill", number: "BILL1", contact: "S1" }, { number: "A1" });
    await client.upload("BILL1");
    await client.add({ kind: "bill", number: "BILL2", contact: "S1" });
    expect(await set(client, { without: "bill" })).toMatchObject({ out: 1, held: 1 });
    expect(await standing(client)).toMatchObject({ BILL1: "held", BILL2: "aside", A1: "pending" });
    expect(await client.row("BILL1")).toMatchObject({ panel: "errors", error_code: "rule.entity-off" });
  });
});
