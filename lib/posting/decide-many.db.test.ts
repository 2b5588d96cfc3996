import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { requestPull } from "#lib/pulling/request.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { askAboutDrift, decideDrift } from "./decide-many.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** Reads what changed there, as the night does. */
async function pull(client: SceneClient): Promise<void> {
  await scene.step(2);
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
}

async function edit(client: SceneClient, number: string, change: { gross: string } | { status: string }): Promise<void> {
  const held = (await client.ledger()).documents.findLast((one) => one.number === number);
  if (!held) throw new Error(`the package holds no ${number}`);
  await scene.control.editDocument(client.tenant, held.id, change);
}

/** A client whose invoices were exported and then altered there by a penny each; the last one was not. */
async function differing(...numbers: string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(...[...numbers, "SAME"].map((number) => ({ number })));
  await client.upload();
  await client.work();
  await pull(client);
  await scene.step(2);
  for (const number of numbers) await edit(client, number, { gross: "12.01" });
  await pull(client);
  for (const number of numbers) expect((await client.row(number)).state).toBe("drifted");
  return client;
}

const ALL = {
  filter: { panel: "exported" as const },
  exceptIds: [],
  count: 0,
  grossByCurrency: {},
  asOf: "2099-01-01T00:00:00Z",
};
const ask = (client: SceneClient, way: "accept" | "resend") => client.inScope((db) => askAboutDrift(db, client.scope, way, ALL));
const decide = (client: SceneClient, way: "accept" | "resend", shown: Awaited<ReturnType<typeof ask>>["shown"]) =>
  client.inScope((db) => decideDrift(db, client.scope, way, shown));
const acceptedBy = async (client: SceneClient, number: string) => {
  const { rows } = await client.inScope((db) =>
    db.execute<{ by: string | null }>(
      sql`select drift_accepted_by as by from postings where client_id = ${client.scope.clientId} and reference = ${number} and current`,
    ),
  );
  return rows[0]?.by;
};

describe("FD19 many differences decided at once", () => {
  it("FD19 shows first how many records, which fields and amounts, and what does not differ, and does nothing", async () => {
    const client = await differing("INV-1", "INV-2");
    const writes = (await client.writes()).length;
    const question = await ask(client, "resend");
    expect(question).toMatchObject({ way: "resend", count: 2, refused: [], amounts: [{ side: "sales", currency: "GBP" }] });
    expect(question.fields).toContainEqual({ field: "Gross", count: 2 });
    expect(question.rows.map((row) => row.reference)).toEqual(["INV-1", "INV-2"]);
    expect(question.rows[0]?.differences).toContainEqual({ field: "Gross", ours: "£12.00", theirs: "£12.01" });
    // SAME and the customer.
    expect(question.others).toBe(2);
    await client.work();
    expect((await client.writes()).length).toBe(writes);
    expect((await client.row("INV-1")).state).toBe("drifted");
  });

  it("FD19 keeps the package's version of all of them, sends nothing, and is not asked twice", async () => {
    const client = await differing("INV-1", "INV-2");
    const writes = (await client.writes()).length;
    const { shown } = await ask(client, "accept");
    expect(await decide(client, "accept", shown)).toEqual({ way: "accept", done: 2, run: null, refused: [] });
    for (const number of ["INV-1", "INV-2"]) expect(await acceptedBy(client, number)).toBe("Staff");
    expect((await client.writes()).length).toBe(writes);
    const again = await ask(client, "accept");
    expect(again.count).toBe(0);
    expect(again.refused).toContainEqual({ reference: "INV-1", why: "Xero\u2019s version is already kept, by Staff." });
    expect(await client.broken()).toEqual([]);
  });

  it("FD19 sends ours again as one run, and each ends with its tick", async () => {
    const client = await differing("INV-1", "INV-2");
    const { shown } = await ask(client, "resend");
    const decided = await decide(client, "resend", shown);
    expect(decided).toMatchObject({ way: "resend", done: 2, refused: [] });
    expect(decided.run).not.toBeNull();
    await client.work();
    for (const number of ["INV-1", "INV-2"]) expect((await client.row(number)).state).toBe("confirmed");
    const gross = (await client.ledger()).documents.map((one) => one.gross);
    expect(gross).toEqual(["12.00", "12.00", "12.00"]);
    expect(await client.broken()).toEqual([]);
  });

  it.each(["accept", "resend"] as const)(
    "FD19 leaves a row alone that changed since it was shown, and names it (%s)",
    async (way) => {
      const client = await differing("INV-1", "INV-2", "INV-3");
      const { shown } = await ask(client, way);
      // Meanwhile one is altered again there and one is put back.
      await scene.step(2);
      await edit(client, "INV-1", { gross: "12.02" });
      await edit(client, "INV-2", { gross: "12.00" });
      await pull(client);
      const writes = (await client.writes()).length;
      const decided = await decide(client, way, shown);
      expect(decided.done).toBe(1);
      expect(decided.refused).toEqual([
        { reference: "INV-1", why: "It has changed since you looked. Look at it again." },
        { reference: "INV-2", why: "It now agrees, or is being sent." },
      ]);
      await client.work();
      expect(await client.row("INV-1")).toMatchObject({ state: "drifted" });
      expect(await acceptedBy(client, "INV-1")).toBeNull();
      expect((await client.ledger()).documents.find((one) => one.number === "INV-1")?.gross).toBe("12.02");
      expect((await client.writes()).length - writes).toBe(way === "accept" ? 0 : 1);
      expect(await client.broken()).toEqual([]);
    },
  );

  it("FD19 says before anything is sent which are paid, locked or in a filed return, and leaves them alone", async () => {
    const client = await differing("INV-1", "INV-2");
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "5.00" });
    await pull(client);
    const question = await ask(client, "resend");
    expect(question.rows.map((row) => row.reference)).toEqual(["INV-2"]);
    expect(question.refused).toEqual([
      { reference: "INV-1", why: "£5.00 of it is paid or credited in Xero. Correct it with a credit note." },
    ]);
    const set = async (lock: string | null, filedTo: string | null) => {
      await client.knowLocks(...(lock === null ? [] : [lock]));
      await client.inScope((db) =>
        db.execute(sql`
          update connections set settings = settings || jsonb_build_object('taxFiledTo', ${filedTo}::text)
          where id = ${client.connectionId}`),
      );
    };
    await set(null, "2026-11-30");
    expect((await ask(client, "resend")).refused.map((one) => one.why)).toContainEqual(
      "It is dated 2 Nov 2026, and the tax return up to 30 Nov 2026 is filed. Correct it with a credit note.",
    );
    await set("2026-11-30", null);
    // Decided by what was shown before the lock moved: it is left alone all the same.
    expect(await decide(client, "resend", question.shown)).toMatchObject({
      done: 0,
      run: null,
      refused: [{ reference: "INV-2", why: "It is dated 2 Nov 2026, and Xero is locked up to 30 Nov 2026." }],
    });
    expect((await ask(client, "accept")).count).toBe(2);
  });

  it("FD19 what is voided there goes as a new one, said so; another client's rows are nobody's", async () => {
    const client = await differing("INV-1");
    await scene.step(2);
    await edit(client, "INV-1", { status: "VOIDED" });
    await pull(client);
    const question = await ask(client, "resend");
    expect(question.rows).toMatchObject([{ reference: "INV-1", goesAsNew: true }]);
    const other = await scene.client();
    expect(await decide(other, "resend", question.shown)).toEqual({ way: "resend", done: 0, run: null, refused: [] });
    await expect(ask(other, "resend")).rejects.toThrow("None of these rows differs from what Xero holds.");
    expect((await client.row("INV-1")).state).toBe("drifted");
  });
});
