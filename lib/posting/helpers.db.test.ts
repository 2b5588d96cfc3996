import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wantHelpers } from "#db/queries/mapping/helpers.ts";
import type { OutgoingDocument, OutgoingProduct, OutgoingRecord } from "#lib/common/records.ts";
import type { Batch, CalledConnector, ConfirmRequest, PushedRef } from "#lib/connectors/types.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { lookFirst } from "./look-first.ts";
import { sendNextBatch } from "./send.ts";
import { sentFromJson } from "./sent-record.ts";

/*
 * A throwaway package whose sales lines name items: what is made for us is an item of the simulator that tells its account in its
 * description, and each line names the one of its account beside it.
 */

const asProduct = ({ recordId, reference, revision, ...one }: OutgoingRecord): OutgoingProduct => ({
  kind: "product",
  recordId,
  reference,
  revision,
  name: reference,
  description: "helper" in one ? one.accountExternalId : null,
});

const withItems = (document: OutgoingDocument): OutgoingDocument => ({
  ...document,
  lines: document.lines.map((line) =>
    line.target.item ? { ...line, productReference: `GT-${line.target.account.code}` } : line,
  ),
});

const inItsWords = (record: OutgoingRecord): OutgoingRecord =>
  record.kind === "helper" ? asProduct(record) : "lines" in record ? withItems(record) : record;

function naming(connector: CalledConnector): CalledConnector {
  const { push, confirm } = connector;
  const batchOf = (batch: Batch): Batch => ({ ...batch, records: batch.records.map(inItsWords) });
  const refOf = (ref: PushedRef): PushedRef => ({
    ...ref,
    kind: "product",
    ...(ref.sent ? { sent: asProduct(ref.sent) } : {}),
  });
  const requestOf = (request: ConfirmRequest): ConfirmRequest =>
    request.kind === "helper" ? { ...request, kind: "product", refs: request.refs.map(refOf) } : request;
  return {
    ...connector,
    can: {
      ...connector.can,
      push: [...connector.can.push, "helper"],
      accounts: { onLines: "code", onSales: "item" },
    },
    faultIn: (record) => (record.kind === "helper" ? null : connector.faultIn(record)),
    push: { ...push, next: (batch, about, past) => push.next(batchOf(batch), about, past) },
    confirm: {
      ask: (request, connection) => confirm.ask(requestOf(request), connection),
      read: (message, answer, request) => {
        const page = confirm.read(message, answer, requestOf(request));
        if (request.kind !== "helper") return page;
        return {
          ...page,
          sightings: page.sightings.map((one) => ({
            ...one,
            seen:
              one.seen.family === "product"
                ? {
                    family: "helper" as const,
                    name: one.seen.reference,
                    accountExternalId: one.seen.description ?? null,
                    status: "active" as const,
                  }
                : one.seen,
          })),
        };
      },
    },
  };
}

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

async function worldOf(client: SceneClient) {
  const world = client.worldFor(await client.lease());
  return { ...world, connector: naming(world.connector) };
}

/** Time slices of a worker, until nothing moves any more. */
async function work(client: SceneClient, slices = 2) {
  for (let slice = 0; slice < slices; slice += 1) await workOn(await worldOf(client), 30_000);
}

const LINE = { nominalCode: "4000", taxCode: "STD", netMinor: 10_000n, taxMinor: 2_000n };
const itemsOf = async (client: SceneClient) => (await client.ledger()).items.map((item) => item.code).sort();
const idOf = async (client: SceneClient, code: string) =>
  (await client.ledger()).items.find((item) => item.code === code)?.id ?? expect.fail(`no item ${code}`);

const accountOf = (client: SceneClient, code: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`select external_id as id from package_accounts where connection_id = ${client.connectionId} and code = ${code}`,
    );
    return rows[0]?.id ?? expect.fail(`no account ${code}`);
  });

/** What the last attempt of a document carried. */
async function sentOf(client: SceneClient, reference: string) {
  const row = await client.row(reference);
  const { rows } = await client.inScope((db) =>
    db.execute<{ sent: unknown }>(
      sql`select a.sent from posting_attempts a join posting_calls c on c.id = a.call_id
        where a.posting_id = ${row.id} order by c.created_at`,
    ),
  );
  const sent = sentFromJson(rows.at(-1)?.sent);
  return "lines" in sent ? sent : expect.fail("not a document");
}

const helpersOf = (client: SceneClient) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ name: string; postings: number }>(sql`
      select h.name, (select count(*)::int from postings p where p.record_id = h.id) as postings
      from package_helpers h where h.connection_id = ${client.connectionId} order by h.name`);
    return rows;
  });

describe("BB6 what a package must hold for our lines to name", () => {
  it("is made once before the documents that name it, goes along in their run, and its id is on each line", async () => {
    const client = await scene.client();
    await client.map("nominal", "4010", "260");
    await client.add(
      { number: "IT-1", lines: [LINE] },
      { number: "IT-2", lines: [LINE, { ...LINE, nominalCode: "4010" }] },
      { number: "IT-3", kind: "bill", contact: "S-1", lines: [{ ...LINE, nominalCode: "5000", taxCode: "PSTD" }] },
    );
    await client.upload();
    await work(client);
    expect(await itemsOf(client)).toEqual(["GT-200", "GT-260"]);
    for (const reference of ["IT-1", "IT-2", "IT-3", "GT-200", "GT-260"])
      expect(await client.row(reference)).toMatchObject({ state: "confirmed", differences: null });
    const item = async (code: string) => ({ externalId: await idOf(client, code) });
    expect((await sentOf(client, "IT-2")).lines.map((line) => line.target)).toEqual([
      { account: { externalId: await accountOf(client, "200"), code: "200" }, item: await item("GT-200") },
      { account: { externalId: await accountOf(client, "260"), code: "260" }, item: await item("GT-260") },
    ]);
    // A purchase line names its account itself.
    expect((await sentOf(client, "IT-3")).lines[0]?.target).not.toHaveProperty("item");
    expect(await client.broken()).toEqual([]);

    await client.add({ number: "IT-4", lines: [LINE] });
    await client.upload();
    await work(client);
    expect(await client.row("IT-4")).toMatchObject({ state: "confirmed" });
    expect((await client.writes()).filter((call) => call.path.includes("Items"))).toHaveLength(1);
  });

  it("is one, though two lanes want it at once", async () => {
    const client = await scene.client();
    await client.add({ number: "TW-1", lines: [LINE] }, { number: "TW-2", lines: [LINE] });
    await client.upload();
    const want = () => client.inScope((db) => wantHelpers(db, client.scope, client.connectionId));
    expect((await Promise.all([want(), want(), want()])).reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await helpersOf(client)).toEqual([{ name: "GT-200", postings: 1 }]);
    const world = await worldOf(client);
    const lane = () => sendNextBatch(world, ["helper"], { sent: 0 }, "new", lookFirst(null));
    await Promise.all([lane(), lane(), lane()]);
    expect((await client.writes()).filter((call) => call.path.includes("Items"))).toHaveLength(1);
    expect(await itemsOf(client)).toEqual(["GT-200"]);
  });

  it("has a name of its own, though two accounts without a code are called the same", async () => {
    const client = await scene.client();
    await client.map("nominal", "4010", "260");
    await client.add({ number: "SN-1", lines: [LINE, { ...LINE, nominalCode: "4010" }] });
    await client.upload();
    const [first, second] = [await accountOf(client, "200"), await accountOf(client, "260")];
    await client.inScope((db) =>
      db.execute(sql`update package_accounts set code = null, by_id = true, name = 'Other'
        where connection_id = ${client.connectionId} and code in ('200', '260')`),
    );
    await client.inScope((db) => wantHelpers(db, client.scope, client.connectionId));
    expect((await helpersOf(client)).map(({ name }) => name)).toEqual([`GT-Other ${first}`, `GT-Other ${second}`].sort());
  });

  it("a helper that a person put on hold is not asked for by the next document", async () => {
    const client = await scene.client();
    await client.add({ number: "OH-1", lines: [LINE] });
    await client.upload();
    await client.inScope((db) => wantHelpers(db, client.scope, client.connectionId));
    await client.inScope((db) =>
      db.execute(sql`update postings set state = 'pending', aside = 'on-hold'
        where connection_id = ${client.connectionId} and kind = 'helper'`),
    );
    await client.inScope((db) => wantHelpers(db, client.scope, client.connectionId));
    expect(await client.row("GT-200")).toMatchObject({ state: "pending" });
  });

  it("is waited for while nobody knows whether it was made, and is neither made again nor passed over", async () => {
    const client = await scene.client();
    await client.add({ number: "UN-1", lines: [LINE] });
    await client.upload();
    // The contact is the first.
    await client.faults({ name: "N05", call: 2, method: "PUT" });
    await work(client, 1);
    expect(await client.row("GT-200")).toMatchObject({ state: "unknown" });
    expect(await client.row("UN-1")).toMatchObject({ state: "queued", error_code: null });
    await client.faults();
    await scene.step(600);
    await work(client);
    expect(await client.row("GT-200")).toMatchObject({ state: "confirmed" });
    expect(await client.row("UN-1")).toMatchObject({ state: "confirmed" });
    expect(await itemsOf(client)).toEqual(["GT-200"]);
    expect((await client.writes()).filter((call) => call.path.includes("Items"))).toHaveLength(1);
  });

  it("that stands there under its name and account is linked by its id, and not made a second time", async () => {
    const client = await scene.client();
    const account = await accountOf(client, "200");
    await client.call("PUT", "Items", { Items: [{ Code: "GT-200", Name: "GT-200", Description: account }] });
    const before = (await client.writes()).length;
    await client.add({ number: "FO-1", lines: [LINE] });
    await client.upload();
    await work(client);
    expect(await client.row("FO-1")).toMatchObject({ state: "confirmed" });
    expect((await client.writes()).slice(before).filter((call) => call.path.includes("Items"))).toEqual([]);
    expect((await sentOf(client, "FO-1")).lines[0]?.target.item).toEqual({ externalId: await idOf(client, "GT-200") });
    expect(await client.broken()).toEqual([]);
  });

  it("of another account under its name is not ours: the documents are held, and say what they lack", async () => {
    const client = await scene.client();
    await client.call("PUT", "Items", { Items: [{ Code: "GT-200", Name: "GT-200", Description: "another account" }] });
    await client.add({ number: "OT-1", lines: [LINE] });
    await client.upload();
    await work(client);
    await scene.step(600);
    await work(client);
    expect((await client.row("GT-200")).panel).toBe("errors");
    expect(await client.row("OT-1")).toMatchObject({
      state: "held",
      error_code: "source.dependency-missing",
      error_detail: { field: "helper", value: "GT-200" },
    });
    expect(await itemsOf(client)).toEqual(["GT-200"]);
  });

  it("stays, whatever becomes of the document that asked for it: nobody may take it away", async () => {
    const client = await scene.client();
    await client.add({ number: "ST-1", lines: [LINE] });
    await client.upload();
    await work(client);
    await client.voidDocument("ST-1");
    await client.upload();
    await work(client);
    expect(await client.row("ST-1")).toMatchObject({ state: "confirmed" });
    expect(await client.row("GT-200")).toMatchObject({ state: "confirmed" });
    expect(await itemsOf(client)).toEqual(["GT-200"]);
    const taken = client.inScope((db) => db.execute(sql`delete from package_helpers where client_id = ${client.clientId}`));
    await expect(taken).rejects.toMatchObject({ cause: { message: expect.stringContaining("permission denied") } });
  });
});
