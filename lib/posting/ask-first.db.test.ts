import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { releaseMended } from "#lib/pending/release.ts";
import { type LockSettings, setLocks } from "#lib/setup/locks.ts";
import { setModule } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { askFirst, type Sending } from "./ask-first.ts";
import { retry } from "./retry.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const REDATE: LockSettings = {
  lockPolicy: { "sales-invoice": "redate", bill: "redate" },
  taxPeriods: "quarters-3",
  taxFiledTo: null,
  close: null,
};
const WHY = "Held when the locks were saved";

const saveLocks = (client: SceneClient, how: Sending) =>
  client.inScope((db) => askFirst(db, client.scope, how, (inner) => setLocks(inner, client.scope, REDATE), { why: WHY }));

const policyOf = (client: SceneClient) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ policy: unknown }>(
      sql`select settings -> 'lockPolicy' as policy from connections where id = ${client.connectionId}`,
    );
    return rows[0]?.policy ?? null;
  });

/** Two invoices and a bill in a locked month, asked for and held. */
async function lockedOut(): Promise<SceneClient> {
  const client = await scene.client();
  await client.settings({ periodLock: "2026-10-31" });
  await client.add(
    { number: "INV-1", issuedOn: "2026-10-30" },
    { number: "INV-2", issuedOn: "2026-10-31" },
    { number: "B-1", kind: "bill", contact: "S1", issuedOn: "2026-10-12" },
  );
  await client.upload();
  await client.work();
  for (const number of ["INV-1", "INV-2", "B-1"])
    expect(await client.row(number)).toMatchObject({ state: "held", error_code: "package.period-locked" });
  return client;
}

describe("FD14 saving a setting sends nothing by itself", () => {
  it("FD14 Save locks shows what it would send, by side and currency, and saves nothing before an answer", async () => {
    const client = await lockedOut();
    const asked = await saveLocks(client, { how: "ask" });
    expect(asked).toMatchObject({
      wouldSend: {
        count: 3,
        amounts: [
          { side: "sales", currency: "GBP", minor: "2400" },
          { side: "purchase", currency: "GBP", minor: "1200" },
        ],
        rows: [{ reference: "B-1" }, { reference: "INV-1" }, { reference: "INV-2" }],
      },
    });
    expect(await policyOf(client)).toBeNull();
    const writes = (await client.writes()).length;
    await client.work();
    expect((await client.writes()).length).toBe(writes);
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "package.period-locked" });
  });

  it("FD14 Save and send sends the very set that was shown; one that has grown is shown again", async () => {
    const client = await lockedOut();
    const asked = await saveLocks(client, { how: "ask" });
    const hash = "wouldSend" in asked ? asked.wouldSend.hash : "";
    await client.add({ number: "INV-3", issuedOn: "2026-10-29" });
    await client.upload("INV-3");
    expect(await saveLocks(client, { how: "send", hash })).toMatchObject({ wouldSend: { count: 4 } });
    const again = await saveLocks(client, { how: "ask" });
    const grown = "wouldSend" in again ? again.wouldSend.hash : "";
    expect(await saveLocks(client, { how: "send", hash: grown })).toMatchObject({ sent: 4, kept: 0 });
    await client.work();
    expect((await client.rows()).filter((row) => row.panel === "errors")).toEqual([]);
    expect((await client.ledger()).documents.filter((one) => one.date === "2026-11-01")).toHaveLength(4);
  });

  it("FD14 Save only keeps them held, through whatever is mended later, until somebody presses Retry", async () => {
    const client = await lockedOut();
    expect(await saveLocks(client, { how: "keep" })).toMatchObject({ sent: 0, kept: 3 });
    expect(await policyOf(client)).toEqual(REDATE.lockPolicy);
    await client.work();
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    for (const number of ["INV-1", "INV-2", "B-1"])
      expect(await client.row(number)).toMatchObject({
        state: "held",
        error_code: "rule.before-sending",
        error_detail: { subject: WHY },
      });
    const { id } = await client.row("INV-1");
    await client.inScope((db) => retry(db, client.scope, { ids: [id] }));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await client.row("INV-2")).toMatchObject({ state: "held" });
  });

  it("FD14 switching the integration on shows what is queued, and may leave it in Pending Export", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.inScope((db) => setModule(db, client.scope, false));
    const on = (how: Sending) =>
      client.inScope((db) =>
        askFirst(db, client.scope, how, (inner) => setModule(inner, client.scope, true), { frees: "queued", why: "" }),
      );
    // The invoice and its customer.
    expect(await on({ how: "ask" })).toMatchObject({
      wouldSend: { count: 2, amounts: [{ side: "sales", currency: "GBP", minor: "1200" }] },
    });
    expect(await on({ how: "keep" })).toMatchObject({ kept: 2 });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "pending" });
    expect(await client.writes()).toEqual([]);
  });
});
