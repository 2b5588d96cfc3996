import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listHeldPostings } from "#db/queries/export/held-changes.ts";
import { listPostings } from "#db/queries/export/posting-grid.ts";
import { commitImport, readFile } from "#lib/operational/file-import.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { previewSynchronise, synchronise } from "./synchronise.ts";

const scene = await makePostingScene();
const folder = mkdtempSync(join(tmpdir(), "greentick-again-"));
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the scene's tax codes are, which a file that leaves the tax to them asks about. */
const KINDS = { "tax-kind:STD": "standard", "tax-kind:PSTD": "standard" };

let files = 0;
const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code";
const bill = (number: string, on: string, price: string) => `Bill,${number},${on},S-7,Hedge Trimmers,1,${price},5000,PSTD`;
const sale = (number: string, on: string, price: string) => `Sales invoice,${number},${on},C-1,Ashdown Ltd,1,${price},4000,STD`;
function read(client: SceneClient, lines: readonly string[], answers: Record<string, string> = {}, head = HEAD) {
  files += 1;
  const path = join(folder, `${files}`);
  writeFileSync(path, `${[head, ...lines].join("\n")}\n`);
  return readFile(scene.database, client.scope, {
    path,
    fileName: `${files}.csv`,
    profileName: "standard",
    answers: { ...KINDS, ...answers },
  });
}
async function take(client: SceneClient, lines: readonly string[], answers: Record<string, string> = {}, head = HEAD) {
  const preview = await read(client, lines, answers, head);
  expect(preview.state).toBe("previewed");
  await client.inScope((db) => commitImport(db, client.scope, preview.importId));
}
async function send(client: SceneClient) {
  await client.upload();
  for (let slice = 0; slice < 5 && (await client.rows()).some((row) => row.state !== "confirmed"); slice += 1) {
    await client.work();
    await scene.step(400);
  }
  expect(
    (await client.rows()).map((row) => [row.reference, row.state, row.error_code]).filter(([, state]) => state !== "confirmed"),
  ).toEqual([]);
}
const there = async (client: SceneClient) =>
  (await client.ledger()).documents.map((one) => `${one.number} ${one.date} ${one.gross}`).sort();

const FIRST = [bill("0001", "2025-04-14", "120.00"), bill("0002", "2025-05-12", "130.00")];
const NEXT = [bill("0001", "2026-04-13", "150.00"), bill("0002", "2026-05-11", "160.00")];
const FOUR = ["0001 2025-04-14 144.00", "0001 2026-04-13 180.00", "0002 2025-05-12 156.00", "0002 2026-05-11 192.00"];
const OTHERS = { "supplier-number:S-7": "another" };

describe("FA1 two bills of a supplier under one number", () => {
  it("c11 stand in the package as two, each with its tick; last year's are as they were", async () => {
    const client = await scene.client();
    await take(client, FIRST);
    await send(client);
    await take(client, NEXT, OTHERS);
    await send(client);
    expect(await there(client)).toEqual(FOUR);
    expect(await client.broken()).toEqual([]);
    // A correction of one changes that one alone.
    await take(client, [bill("0001", "2026-04-13", "151.00")]);
    await send(client);
    expect(await there(client)).toEqual([FOUR[0], "0001 2026-04-13 181.20", FOUR[2], FOUR[3]]);
  });

  it.each([null, "N05", "P06", "N14"])("FA1 go together at once too, never two of them in one call (%s)", async (fault) => {
    const client = await scene.client();
    await take(client, FIRST);
    await take(client, NEXT, OTHERS);
    if (fault !== null) await client.faults({ name: fault, call: 2, method: "PUT" }, { name: fault, call: 3, method: "PUT" });
    await send(client);
    expect(await there(client)).toEqual(FOUR);
    const calls = (await client.writes()).filter((call) => call.path.includes("Invoices"));
    expect(Math.max(...calls.map((call) => call.records))).toBe(2);
  });

  it.each(["N05", "N06", "P06", "N14"])(
    "N2 %s: an unclear outcome is settled without last year's bill, and nothing goes twice",
    async (fault) => {
      const client = await scene.client();
      await take(client, FIRST);
      await send(client);
      await take(client, NEXT, OTHERS);
      await client.faults({ name: fault, call: 1, method: "PUT" });
      await send(client);
      expect(await there(client)).toEqual(FOUR);
      expect(await client.broken()).toEqual([]);
    },
  );
});

describe("FA1 a change of what the package holds", () => {
  it("is said in the preview with old and new amounts; what is not there is not among it", async () => {
    const client = await scene.client();
    await take(client, [sale("INV-1", "2026-10-01", "100.00")]);
    await send(client);
    await take(client, [sale("INV-2", "2026-10-01", "100.00")]);
    const preview = await read(client, [sale("INV-1", "2026-10-01", "125.00"), sale("INV-2", "2026-10-01", "90.00")]);
    expect(preview.summary.documents).toMatchObject([{ amended: 2 }]);
    expect(preview.summary.changesHeld).toMatchObject({
      count: 1,
      first: [{ number: "INV-1", currency: "GBP", beforeMinor: "12000", afterMinor: "15000" }],
    });
  });

  it("stands in Pending Export's row and in the upload's question, and is gone once it is there", async () => {
    const client = await scene.client();
    await take(client, [sale("INV-1", "2026-10-01", "100.00"), sale("INV-3", "2026-10-01", "7.00")]);
    await send(client);
    await take(client, [sale("INV-1", "2026-10-01", "125.00"), sale("INV-2", "2026-10-01", "90.00")]);
    const changes = () => client.inScope((db) => listHeldPostings(db, client.scope, sql`true`, 10));
    expect(await changes()).toEqual({
      count: 1,
      first: [
        {
          reference: "INV-1",
          kind: "sales-invoice",
          currency: "GBP",
          beforeMinor: "12000",
          afterMinor: "15000",
          voids: false,
          settledThere: false,
        },
      ],
    });
    const pending = await client.inScope((db) =>
      listPostings(db, client.scope, {
        filter: { panel: "pending" },
        sort: "number",
        direction: "asc",
        after: null,
        limit: 10,
      }),
    );
    expect(pending.rows.map((row) => [row.reference, row.heldMinor])).toEqual([
      ["INV-1", "12000"],
      ["INV-2", null],
    ]);
    await send(client);
    expect(await changes()).toEqual({ count: 0, first: [] });
  });

  it("N41 what is voided here, and what is paid there, is said before it is uploaded", async () => {
    const client = await scene.client();
    await take(client, [sale("INV-5", "2026-10-01", "100.00"), sale("INV-6", "2026-10-01", "100.00")]);
    await send(client);
    await scene.control.pay(client.tenant, { number: "INV-6", amount: "40.00" });
    await scene.step(400);
    const me = "a3f0c8de-0000-4000-8000-00000000000a";
    const { hash } = await client.inScope((db) => previewSynchronise(db, client.scope, me));
    await client.inScope((db) => synchronise(db, client.scope, hash));
    await client.work();
    await take(
      client,
      [`${sale("INV-5", "2026-10-01", "100.00")},void`, `${sale("INV-6", "2026-10-01", "125.00")},`],
      {},
      `${HEAD},Status`,
    );
    const changes = await client.inScope((db) => listHeldPostings(db, client.scope, sql`true`, 10));
    expect([...changes.first].sort((a, b) => a.reference.localeCompare(b.reference))).toMatchObject([
      { reference: "INV-5", beforeMinor: "12000", voids: true, settledThere: false },
      { reference: "INV-6", beforeMinor: "12000", afterMinor: "15000", voids: false, settledThere: true },
    ]);
  });
});
