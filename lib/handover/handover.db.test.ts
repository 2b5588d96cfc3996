import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { findOpenFile } from "#db/queries/handover.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { sha256 } from "./file.ts";
import { acknowledgeFile, readFile, takeFile } from "./handover.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const take = (client: SceneClient) => client.inScope((db) => takeFile(db, client.scope));
const read = async (client: SceneClient, fileId: string) => {
  const file = await client.inScope((db) => readFile(db, client.scope, fileId));
  const [head = "", ...lines] = file.bytes.toString("utf8").replace("\uFEFF", "").trimEnd().split("\r\n");
  const titles = head.split(",");
  return { ...file, lines: lines.map((line) => Object.fromEntries(line.split(",").map((cell, at) => [titles[at] ?? "", cell]))) };
};
const acknowledge = (client: SceneClient, file: { id: string; rowCount: number }) =>
  client.inScope((db) => acknowledgeFile(db, client.scope, { fileId: file.id, rowCount: file.rowCount }));

/** A payment that came from the package and was created and allocated here. */
async function createPayment(client: SceneClient, number: string): Promise<string> {
  const made = await client.inScope((db) =>
    db.execute<{ id: string }>(sql`
      with pay as (
        insert into payments (client_id, kind, origin, bank_nominal_code, paid_on, reference, currency, amount_minor, created_by)
        values (${client.clientId}, 'receipt', 'package', '1200', '2026-11-21', 'BACS', 'GBP', 1200, 'Staff') returning id
      ), came as (
        insert into incoming_payments (client_id, connection_id, external_id, kind, side, company, paid_on, reference, currency, amount_minor, status, payment_id)
        select ${client.clientId}, ${client.connectionId}, 'pay-' || ${number}, 'receipt', 'sales', 'Company C1', '2026-11-21', 'BACS', 'GBP', 1200, 'created', id from pay
      ), shared as (
        insert into allocations (client_id, payment_id, document_id, amount_minor)
        select ${client.clientId}, pay.id, d.id, 1200 from pay, documents d where d.client_id = ${client.clientId} and d.number = ${number}
      ) select id from pay`),
  );
  return made.rows[0]?.id ?? "";
}

describe("what goes back to the operational system as a file", () => {
  it("D8 is the same however often it is taken, and is not offered again once it is acknowledged", async () => {
    const client = await scene.client();
    await expect(take(client)).rejects.toThrow("nothing new");
    await client.add({ number: "INV-H1" }, { number: "INV-H2" });
    await client.upload();
    await client.work();
    const paymentId = await createPayment(client, "INV-H1");

    const first = await take(client);
    const second = await take(client);
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second).toMatchObject({ id: first.id, number: 1, sha256: first.sha256 });
    const [one, two] = [await read(client, first.id), await read(client, first.id)];
    expect(one.bytes.equals(two.bytes)).toBe(true);
    expect(sha256(one.bytes)).toBe(first.sha256);
    expect(one.lines).toHaveLength(first.rowCount);
    const ledger = await client.ledger();
    const line = (number: string, what: string) => one.lines.find((row) => row.Number === number && row.What === what);
    expect(line("INV-H1", "link")).toMatchObject({
      Status: "live",
      Kind: "sales-invoice",
      Reference: "INV-H1",
      Package: "xero",
      "Package id": ledger.documents.find((document) => document.number === "INV-H1")?.id,
      Amount: "12.00",
    });
    expect(one.lines.filter((row) => row.Kind === "customer")).toHaveLength(1);
    expect(one.lines.filter((row) => row.What === "payment")).toEqual([
      expect.objectContaining({
        Kind: "receipt",
        Number: "BACS",
        "Package id": "pay-INV-H1",
        "Payment id": paymentId,
        "Bank nominal code": "1200",
        "Document number": "INV-H1",
        Amount: "12.00",
        Allocated: "12.00",
      }),
    ]);

    // What comes after it was made waits for the next file, also while it is not acknowledged.
    await createPayment(client, "INV-H2");
    expect((await read(client, (await take(client)).id)).bytes.equals(one.bytes)).toBe(true);

    await expect(acknowledge(client, { id: first.id, rowCount: first.rowCount - 1 })).rejects.toThrow("download it again");
    await acknowledge(client, first);
    await expect(acknowledge(client, first)).rejects.toThrow("already acknowledged");
    const next = await read(client, (await take(client)).id);
    expect(next.number).toBe(2);
    expect(next.lines).toEqual([expect.objectContaining({ What: "payment", "Document number": "INV-H2" })]);
    await acknowledge(client, next);
    await expect(take(client)).rejects.toThrow("nothing new");
  });

  it("D8 tells what was changed or taken back after it was handed over", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-H3" });
    await client.upload();
    await client.work();
    await createPayment(client, "INV-H3");
    await acknowledge(client, await take(client));
    await client.inScope((db) => db.execute(sql`update payments set status = 'deleted' where client_id = ${client.clientId}`));
    await client.inScope((db) =>
      db.execute(
        sql`update external_refs set external_id = 'moved' where client_id = ${client.clientId} and family = 'document'`,
      ),
    );
    const file = await read(client, (await take(client)).id);
    expect(file.lines).toEqual([
      expect.objectContaining({ What: "link", Status: "live", "Package id": "moved" }),
      expect.objectContaining({ What: "payment", Status: "withdrawn", "Document number": "INV-H3" }),
    ]);
    await acknowledge(client, file);
    await expect(take(client)).rejects.toThrow("nothing new");
  });

  it("D8 is one file at a time, whoever takes it", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-H4" });
    await client.upload();
    await client.work();
    const taken = await Promise.all([take(client), take(client), take(client)]);
    expect(new Set(taken.map((file) => file.id)).size).toBe(1);
    expect(await client.inScope((db) => findOpenFile(db, client.scope))).toMatchObject({ number: 1 });
  });
});
