import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { markExported } from "./mark.ts";
import { releaseMended } from "./release.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const documentsNamed = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((document) => document.number === number);

async function inXero(client: SceneClient, path: string, body: unknown): Promise<void> {
  const tokens = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/${path}`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${tokens.access_token}`,
      "xero-tenant-id": client.tenant,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

describe("bad input on its way to Xero", () => {
  it("B06 a tax code that is not mapped holds the document and names the line and the code, until it is mapped", async () => {
    const client = await scene.client();
    await client.inScope((db) =>
      db.execute(sql`insert into tax_codes (client_id, code, name, rate) values (${client.clientId}, 'RED', 'Reduced', '5')`),
    );
    await client.add({ number: "INV-1", lines: [{}, { taxCode: "RED", taxMinor: 50n }] });
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({
      state: "held",
      error_code: "mapping.tax-missing",
      error_detail: { value: "RED" },
    });
    expect(await documentsNamed(client, "INV-1")).toEqual([]);
    await client.map("tax", "RED", "RROUTPUT");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
  });

  it("B06 a rate that Xero changed or withdrew today lets nothing through at another tax: the amounts are the document's own, or it is held", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-0" }, { number: "INV-1" }, { number: "INV-2" });
    await client.upload("C1", "INV-0");
    await client.work();
    await client.inScope((db) =>
      db.execute(
        sql`update package_tax_rates set rate = '17.5' where connection_id = ${client.connectionId} and external_id = 'OUTPUT2'`,
      ),
    );
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.upload("C1", "INV-1");
    await client.work();
    // What it charges now is not what our code charges (FA7).
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "mapping.tax-charges-otherwise" });
    expect(await documentsNamed(client, "INV-1")).toEqual([]);
    await client.inScope((db) =>
      db.execute(
        sql`update package_tax_rates set rate = '20.0000', active = false where connection_id = ${client.connectionId} and external_id = 'OUTPUT2'`,
      ),
    );
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.upload("INV-2");
    await client.work();
    expect(await client.row("INV-2")).toMatchObject({ state: "held", error_code: "mapping.target-archived" });
  });

  it("B11 a customer of a name that Xero has already, in any case, is asked about, linked to nothing unasked and not sent; its documents wait", async () => {
    const client = await scene.client();
    await inXero(client, "Contacts", { Contacts: [{ Name: "COMPANY c1" }] });
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await client.upload();
    await client.work();
    expect(await client.row("C1")).toMatchObject({ panel: "errors", error_code: "mapping.perhaps-there" });
    expect((await client.row("INV-1")).panel).not.toBe("exported");
    expect(await documentsNamed(client, "INV-1")).toEqual([]);
    expect((await client.ledger()).contacts.filter((one) => one.name.toLowerCase() === "company c1")).toHaveLength(1);
    expect(await client.row("INV-2")).toMatchObject({ state: "confirmed" });
  });

  it("B16 an invoice of 500 lines arrives whole, to the penny", async () => {
    const client = await scene.client();
    await client.add({
      number: "INV-1",
      lines: Array.from({ length: 500 }, () => ({ unitPrice: "0.01", netMinor: 1n, taxMinor: 0n })),
    });
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await documentsNamed(client, "INV-1")).toMatchObject([{ net: "5.00", tax: "0.00", gross: "5.00" }]);
  });

  it("B16 an invoice of 10,001 lines arrives whole too: nothing is cut", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ unitPrice: "0.01", netMinor: 1n, taxMinor: 0n }] });
    await client.inScope(async (db) => {
      await db.execute(sql`
        insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
        select client_id, document_id, revision, n, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code
        from document_lines, generate_series(2, 10001) n where client_id = ${client.clientId}`);
      await db.execute(sql`update documents set net_minor = 10001, gross_minor = 10001 where client_id = ${client.clientId}`);
      await db.execute(sql`update postings set gross_minor = 10001 where client_id = ${client.clientId} and reference = 'INV-1'`);
    });
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await documentsNamed(client, "INV-1")).toMatchObject([{ gross: "100.01" }]);
  });

  it("B26 the same rows asked for from two tabs and by a double click are one posting each", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    const ids = (await client.rows()).map((row) => row.id);
    const press = () => client.inScope((db) => queueUpload(db, client.scope, { ids }));
    const told = "Nothing to upload: these rows are being sent or already exported.";
    const presses = await Promise.allSettled([press(), press(), press(), press()]);
    expect(presses.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    for (const one of presses) if (one.status === "rejected") expect(String(one.reason)).toContain(told);
    await client.work();
    await expect(press()).rejects.toThrow(told);
    await client.work();
    for (const number of ["INV-1", "INV-2"]) {
      expect(await client.row(number)).toMatchObject({ state: "confirmed" });
      expect(await documentsNamed(client, number)).toHaveLength(1);
    }
    expect((await client.writes()).filter((call) => call.path.includes("/Invoices"))).toHaveLength(1);
  });

  it("B27 a row that is edited while it is being sent keeps its outcome; the new version waits to be asked for", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    const world = client.worldFor(await client.lease());
    const { sendNextBatch } = await import("./send.ts");
    await sendNextBatch(
      {
        ...world,
        connector: {
          ...world.connector,
          send: async (message, context) => {
            expect((await client.row("INV-1")).state).toBe("sending");
            await client.amend("INV-1", 5000n);
            return world.connector.send(message, context);
          },
        },
      },
      ["sales-invoice"],
      { sent: 0 },
    );
    // What was sent is what stands there, and is known as sent.
    expect(await documentsNamed(client, "INV-1")).toMatchObject([{ gross: "12.00" }]);
    const { rows } = await client.inScope((db) =>
      db.execute<{ revision: number; state: string }>(
        sql`select revision, state from postings where client_id = ${client.clientId} and reference = 'INV-1' order by revision`,
      ),
    );
    expect(rows[0]).toMatchObject({ revision: 1, state: "posted" });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ revision: 2, state: "pending" });
    expect(await documentsNamed(client, "INV-1")).toMatchObject([{ gross: "12.00" }]);
  });

  it("B31 a credit note asked for before its invoice takes its customer with it and waits for nothing else; the invoice follows when it is asked for", async () => {
    const client = await scene.client();
    await client.add({ number: "CN-1", kind: "sales-credit-note" }, { number: "INV-1" });
    await client.upload("CN-1");
    await client.work();
    expect((await client.rows()).map((row) => [row.reference, row.state])).toEqual([
      ["C1", "confirmed"],
      ["CN-1", "confirmed"],
      ["INV-1", "pending"],
    ]);
    await client.upload("INV-1");
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("B25 a selection that names another client's rows, by id or by filter, moves none of them", async () => {
    const [mine, theirs] = [await scene.client(), await scene.client()];
    await theirs.add({ number: "INV-1" });
    await mine.add({ number: "INV-9" });
    const ids = (await theirs.rows()).map((row) => row.id);
    await expect(mine.inScope((db) => queueUpload(db, mine.scope, { ids }))).rejects.toThrow("Nothing to upload");
    await mine.inScope((db) => markExported(db, mine.scope, { ids }, "By hand")).catch(() => {});
    expect((await theirs.rows()).map((row) => row.state)).toEqual(["pending", "pending"]);
    await mine.work();
    expect((await theirs.ledger()).documents).toEqual([]);
    expect((await mine.ledger()).documents).toEqual([]);
  });
});
