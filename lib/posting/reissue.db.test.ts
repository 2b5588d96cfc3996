import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { creditAndReissue, openDay } from "./reissue.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** INV-1 of £12.00 in the package, ticked. */
async function exported(): Promise<SceneClient> {
  const client = await scene.client();
  await client.add({ number: "INV-1" });
  await client.upload();
  await client.work();
  return client;
}

const yes = async (client: SceneClient) => {
  const { id } = await client.row("INV-1");
  return client.inScope((db) => creditAndReissue(db, client.scope, id, "Europe/London"));
};
const there = async (client: SceneClient) =>
  Object.fromEntries((await client.ledger()).documents.map((one) => [one.number, `${one.type} ${one.gross}`]));

describe("correcting what was sent", () => {
  it("N41 paid: refused, and on a person's yes credited and reissued, the original as it was", async () => {
    const client = await exported();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.document-state" });
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 12.00" });
    expect(await yes(client)).toMatchObject({ creditNote: "INV-1-CN2", reissue: "INV-1-R2" });
    await client.work();
    expect(await there(client)).toEqual({
      "INV-1": "sales-invoice 12.00",
      "INV-1-CN2": "sales-credit-note 12.00",
      "INV-1-R2": "sales-invoice 50.00",
    });
    for (const number of ["INV-1-CN2", "INV-1-R2"]) expect(await client.row(number)).toMatchObject({ state: "confirmed" });
    expect(await client.row("INV-1")).toMatchObject({ panel: "exported", state: "skipped" });
    await expect(yes(client)).rejects.toThrow(/Look at it again/);
    expect(await client.broken()).toEqual([]);
  });

  it("N41 locked: nothing is changed there, and both are dated the first open day", async () => {
    const client = await exported();
    await client.amend("INV-1", 5000n);
    await client.settings({ periodLock: "2026-11-30" });
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ error_code: "package.period-locked" });
    expect(await yes(client)).toMatchObject({ issuedOn: "2026-12-01" });
    await client.work();
    const dates = (await client.ledger()).documents.map((one) => `${one.number} ${one.date}`).sort();
    expect(dates).toEqual(["INV-1 2026-11-02", "INV-1-CN2 2026-12-01", "INV-1-R2 2026-12-01"]);
  });

  it("N41 in a filed tax period: refused before anything is sent, with the way out", async () => {
    const client = await exported();
    await client.inScope((db) =>
      db.execute(
        sql`update connections set settings = settings || '{"taxFiledTo": "2026-11-15"}' where id = ${client.connectionId}`,
      ),
    );
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    const writes = (await client.writes()).length;
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ error_code: "package.document-state" });
    expect(JSON.stringify((await client.row("INV-1")).error_detail)).toContain("tax return up to 15 Nov 2026 is filed");
    expect((await client.writes()).length).toBe(writes);
    expect((await yes(client)).reissue).toBe("INV-1-R2");
  });

  it("N41 voided at the source and paid there: only credited", async () => {
    const client = await exported();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    await client.work();
    expect(await yes(client)).toMatchObject({ creditNote: "INV-1-CN2", reissue: null });
    await client.work();
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 12.00", "INV-1-CN2": "sales-credit-note 12.00" });
  });

  it("N41 open and unpaid is edited instead, and cannot be reissued", async () => {
    const client = await exported();
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 50.00" });
    await expect(yes(client)).rejects.toThrow(/Look at it again/);
  });

  it("N41 the day of both is neither locked nor filed, and never before today", () => {
    expect(openDay("2026-11-22", null, null)).toBe("2026-11-22");
    expect(openDay("2026-11-22", "2026-11-30", "2026-09-30")).toBe("2026-12-01");
    expect(openDay("2026-11-22", "2026-10-31", "2026-12-31")).toBe("2027-01-01");
    expect(openDay("2026-11-22", "2026-11-22", null)).toBe("2026-11-23");
  });
});
