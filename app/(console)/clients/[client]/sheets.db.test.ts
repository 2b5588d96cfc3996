import { afterAll, expect, it } from "vitest";
import { exchangeRead } from "#lib/calling/call.ts";
import { findDrift } from "#lib/posting/drift.ts";
import { clearLink } from "#lib/posting/unlink.ts";
import { pullDocuments } from "#lib/pulling/documents.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { findSheet } from "./sheets.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const ID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i;
const LISTS = [
  "pending",
  "exported",
  "errors",
  "import",
  "customers",
  "suppliers",
  "products",
  "documents",
  "payments",
  "journals",
  "runs",
  "corrections",
] as const;
const wording = { packageName: "Xero", base: "/clients/scene", locale: "en-GB", timeZone: "Europe/London" };

async function pull(client: SceneClient) {
  const world = client.worldFor(await client.lease());
  await pullDocuments({
    database: scene.database,
    scope: client.scope,
    connection: world.connection,
    connector: world.connector,
    exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
  });
  await findDrift(world);
}

it("FB3 no print and no file shows an id where a name is meant: after a difference, an error and a cleared link", async () => {
  const client = await scene.client();
  await client.add(
    { number: "INV-1", contact: "C1", lines: [{ product: "WID" }] },
    { number: "INV-2", contact: "C2" },
    { number: "INV-3", contact: "C3", lines: [{ nominalCode: "4010" }] },
    { number: "INV-4", contact: "C2" },
  );
  await client.upload();
  await client.work();
  // One under another contact there; the customer of another is linked to nothing any more.
  const { contacts, documents } = await client.ledger();
  const other = contacts.find((one) => one.name === "Company C2");
  const held = documents.find((one) => one.number === "INV-1");
  await client.call("POST", "Invoices", { Invoices: [{ InvoiceID: held?.id, Contact: { ContactID: other?.id } }] });
  await scene.step(120);
  await pull(client);
  const party = await client.row("C2");
  await client.inScope((db) => clearLink(db, client.scope, party.id));
  await client.add({ number: "INV-5", contact: "C2" });
  await client.upload();
  await client.work();

  const shown: string[] = [];
  let rows = 0;
  for (const list of LISTS) {
    const sheet = findSheet(list);
    if (!sheet) throw new Error(`There is no ${list}`);
    const ask = { scope: client.scope, inScope: client.inScope, search: {}, choice: null, wording };
    const table = await sheet.printed(ask, 1_000);
    rows += table.rows.length;
    for (const row of table.rows) {
      for (const [at, cell] of row.cells.entries()) {
        // The package's own id of a record is a column of its own, and meant.
        if (ID.test(cell) && table.columns[at]?.id !== "id") shown.push(`${list}, ${table.columns[at]?.label}: ${cell}`);
      }
    }
    const file: Uint8Array[] = [];
    for await (const chunk of sheet.file("csv", {
      ...ask,
      choice: table.columns.map(({ id }) => id).filter((id) => id !== "id"),
    }))
      file.push(chunk);
    if (ID.test(Buffer.concat(file).toString("utf8"))) shown.push(`${list}.csv`);
  }
  expect(shown).toEqual([]);
  expect(rows).toBeGreaterThan(12);
});
