import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listCauses } from "#db/queries/export/causes.ts";
import { findStanding } from "#db/queries/export/timeline.ts";
import { findAmended } from "#db/queries/postings/reissue.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { lookAtRow } from "./look-now.ts";
import { settleUnknown } from "./settle.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** The customer is there, the invoice queued. */
async function queued(): Promise<SceneClient> {
  const client = await scene.client();
  await client.add({ number: "INV-1" });
  await client.upload("C1");
  await client.work();
  await client.upload();
  return client;
}

async function recordId(client: SceneClient, number: string): Promise<string> {
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string }>(sql`select id from documents where client_id = ${client.clientId} and number = ${number}`),
  );
  return rows[0]?.id ?? "";
}

const standing = async (client: SceneClient, number: string) => {
  const id = await recordId(client, number);
  return client.inScope((db) => findStanding(db, client.scope, id));
};

const made = async (client: SceneClient) => (await client.ledger()).documents.filter((one) => one.number === "INV-1").length;

async function untilSettled(client: SceneClient): Promise<void> {
  for (let slice = 0; slice < 6 && (await client.row("INV-1")).state === "unknown"; slice += 1) {
    await scene.step(400);
    await client.work();
  }
}

describe("FB7 what the package answered is told, and nothing is sent again blindly", () => {
  it.each([
    ["P05", "and took nothing"],
    ["P06", "and took it all the same"],
  ])(
    "FB7 %s a server error with words of its own %s: its words and its status stand on the row, which is looked up",
    async (fault) => {
      const client = await queued();
      await client.faults({ name: fault, call: 1, method: "PUT" });
      await client.work();
      const during = await client.row("INV-1");
      expect(during).toMatchObject({ state: "unknown", error_code: null });
      expect(during.error_detail).toMatchObject({
        httpStatus: 500,
        said: ["An error occurred in Xero. Check the API Status page"],
      });
      const [cause] = await client.inScope((db) => listCauses(db, client.scope));
      expect(cause).toMatchObject({ checking: 1, sampleDetail: { httpStatus: 500 } });
      const sent = (await client.writes()).length;
      await client.work();
      expect((await client.writes()).length).toBe(sent);
      await untilSettled(client);
      expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", error_code: null, error_detail: null });
      expect(await made(client)).toBe(1);
    },
  );

  it("FB7 a refusal that was lost and is repeated under its key is told in its own words, and stands once it is seen not to be there", async () => {
    const client = await queued();
    // It reaches Xero when the period has just been closed there, and the answer is lost.
    await client.settings({ periodLock: "2026-11-30" });
    await client.inScope((db) => db.execute(sql`update postings set precheck = 'ready' where client_id = ${client.clientId}`));
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    await untilSettled(client);
    const row = await client.row("INV-1");
    expect(row.error_code).toBe("package.period-locked");
    expect(JSON.stringify(row.error_detail)).toContain("lock");
    expect(await made(client)).toBe(0);
  });

  it("FB7 a replay that was not taken leaves the call before it as unknown as it was: nothing is queued again", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "unknown" });
    await scene.step(60);
    const world = client.worldFor(await client.lease());
    // It could not read the second of the two, and says that nothing was written: of this send, not of the one before.
    const said = "Error converting value. Path 'Invoices[1].LineItems[0].UnitAmount'";
    const body = JSON.stringify({ ErrorNumber: 14, Type: "PostDataInvalidException", Message: said });
    const replays: string[] = [];
    const connector: typeof world.connector = {
      ...world.connector,
      send: async (message, context) => {
        if (message.method === "GET") return world.connector.send(message, context);
        replays.push(message.operation);
        return { sent: true, answer: { status: 400, headers: {}, body }, bytesOut: 1, bytesIn: 1 };
      },
    };
    await settleUnknown({ ...world, connector });
    expect(replays).toEqual(["createInvoices"]);
    for (const number of ["INV-1", "INV-2"]) expect((await client.row(number)).state).toBe("unknown");
    const details = (await client.rows()).map((row) => JSON.stringify(row.error_detail));
    expect(details.filter((one) => one.includes(said))).toHaveLength(1);
  });
});

describe("FB10 what the package holds now stands on the row that waits", () => {
  it("FB10 c22 part paid there and amended here: the amounts and the day as they are there, and both ways out with their amounts", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "2.00", date: "2026-11-21" });
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "package.document-state" });
    const there = { status: "open", grossMinor: "1200", dueMinor: "1000", paidMinor: "200", lastPaidOn: "2026-11-21" };
    expect(await standing(client, "INV-1")).toMatchObject({ there });
    const causes = await client.inScope((db) => listCauses(db, client.scope));
    expect(causes.find((one) => one.code === "package.document-state")).toMatchObject({ linked: 1, sampleThere: there });
    const id = await recordId(client, "INV-1");
    expect(await client.inScope((db) => findAmended(db, client.scope, id))).toEqual({
      number: "INV-1",
      currency: "GBP",
      sent: { netMinor: "1000", taxMinor: "200", grossMinor: "1200" },
      now: { netMinor: "5000", taxMinor: "0", grossMinor: "5000" },
    });
  });

  it("FB10 never sent: nothing is there, and nothing is said to be", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    expect(await standing(client, "INV-1")).toMatchObject({ state: "pending", there: null });
    const id = await recordId(client, "INV-1");
    expect(await client.inScope((db) => findAmended(db, client.scope, id))).toBeNull();
  });

  it("FB10 voided there: the row says so after a look", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    const [document] = (await client.ledger()).documents;
    await scene.control.editDocument(client.tenant, document?.id ?? "", { status: "VOIDED" });
    const row = await client.row("INV-1");
    await lookAtRow(scene.database, client.scope, row.id, client.app);
    expect(await standing(client, "INV-1")).toMatchObject({ state: "drifted", there: { status: "void" } });
  });
});
