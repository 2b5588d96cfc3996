import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { workOn } from "#lib/jobs/time-slice.ts";
import { commitImport, readFile } from "#lib/operational/file-import.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

const scene = await makePostingScene();
const folder = mkdtempSync(join(tmpdir(), "greentick-incremental-"));
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const HEAD =
  "Type,Number,Date,Due date,Customer/Supplier reference,Name,Description,Quantity,Unit price,Nominal code,Tax code,Status";
const invoice = (number: string, price: string, status = "") =>
  `sales invoice,${number},2026-11-02,2026-12-02,C1,Company C1,Widget,1,${price},4000,STD,${status}`;

let files = 0;
/** Uploads a file of the operational system's and commits it. */
async function take(client: SceneClient, ...lines: string[]) {
  files += 1;
  const path = join(folder, `${files}.csv`);
  writeFileSync(path, `${[HEAD, ...lines].join("\n")}\n`);
  const preview = await readFile(scene.database, client.scope, { path, fileName: `${files}.csv`, profileName: "standard" });
  return client.inScope(async (db) => (await commitImport(db, client.scope, preview.importId)).result);
}

/** What each document is in the package, by number. */
async function books(client: SceneClient): Promise<Record<string, string>> {
  const { documents } = await client.ledger();
  const numbers = documents.map((document) => document.number);
  expect(new Set(numbers).size).toBe(numbers.length);
  return Object.fromEntries(documents.map((document) => [document.number, `${document.status} ${document.gross}`]));
}

/** How many records the calls since `before` wrote, by method and resource. */
async function written(client: SceneClient, before: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const call of (await client.writes()).slice(before)) {
    const name = `${call.method} ${call.path.split("?")[0]?.split("/").at(-1)}`;
    counts[name] = (counts[name] ?? 0) + call.committed;
  }
  return counts;
}

it("M12 one added, amended, voided, deleted, touched and left, and one more while the run is on: exactly what changed goes, then the late one, then nothing", async () => {
  const client = await scene.client();
  const names = ["AMEND", "VOID", "DELETE", "TOUCH", "LEAVE"];
  await take(client, ...names.map((name) => invoice(name, "10")));
  await client.upload();
  await client.work();
  expect(await books(client)).toEqual(Object.fromEntries(names.map((name) => [name, "AUTHORISED 12.00"])));

  const result = await take(
    client,
    invoice("ADD", "10"),
    invoice("AMEND", "50"),
    invoice("VOID", "10", "void"),
    invoice("DELETE", "10", "deleted"),
    invoice("TOUCH", "10"),
  );
  expect(result.documents).toEqual({ new: 1, amended: 3, unchanged: 1 });
  let before = (await client.writes()).length;
  await client.upload();
  const world = client.worldFor(await client.lease());
  let late: Promise<unknown> | null = null;
  const connector = {
    ...world.connector,
    async send(...sent: Parameters<typeof world.connector.send>) {
      // The operational system goes on while the run is on.
      if (sent[0].method !== "GET") {
        late ??= take(client, invoice("LATE", "10"));
        await late;
      }
      return world.connector.send(...sent);
    },
  };
  await workOn({ ...world, connector }, 30_000);
  expect(await written(client, before)).toEqual({ "POST Invoices": 3, "PUT Invoices": 1 });
  const after = {
    ADD: "AUTHORISED 12.00",
    AMEND: "AUTHORISED 60.00",
    VOID: "VOIDED 12.00",
    DELETE: "VOIDED 12.00",
    TOUCH: "AUTHORISED 12.00",
    LEAVE: "AUTHORISED 12.00",
  };
  expect(await books(client)).toEqual(after);
  const rows = await client.rows();
  expect(rows.filter((row) => row.state !== "confirmed").map((row) => [row.reference, row.state])).toEqual([["LATE", "pending"]]);
  expect(rows.filter((row) => row.revision > 1).map((row) => row.reference)).toEqual(["AMEND", "DELETE", "VOID"]);

  before = (await client.writes()).length;
  await client.upload();
  await client.work();
  expect(await written(client, before)).toEqual({ "PUT Invoices": 1 });
  expect(await books(client)).toEqual({ ...after, LATE: "AUTHORISED 12.00" });

  before = (await client.writes()).length;
  await expect(client.upload()).rejects.toThrow("Nothing to upload");
  await client.work();
  expect((await client.writes()).length).toBe(before);
  // The same file once more changes nothing either.
  expect((await take(client, invoice("AMEND", "50"), invoice("VOID", "10", "void"))).nothingChanged).toBe(true);
  await expect(client.upload()).rejects.toThrow("Nothing to upload");
  expect(await client.broken()).toEqual([]);
});
