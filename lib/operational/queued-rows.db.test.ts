import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { commitImport, readFile } from "./file-import.ts";

const scene = await makePostingScene();
const folder = mkdtempSync(join(tmpdir(), "greentick-queued-"));
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code";
const sale = (number: string, price: string) => `Sales invoice,${number},2026-11-05,C1,Company C1,1,${price},4000,STD`;

let files = 0;
function read(client: SceneClient, lines: readonly string[], answers: Record<string, string> = {}) {
  files += 1;
  const path = join(folder, `${files}.csv`);
  writeFileSync(path, `${[HEAD, ...lines].join("\n")}\n`);
  return readFile(scene.database, client.scope, { path, fileName: `${files}.csv`, profileName: "standard", answers });
}
const commit = (client: SceneClient, importId: string) => client.inScope((db) => commitImport(db, client.scope, importId));

/** Two invoices, the first chosen for upload. */
async function chosen(): Promise<{ client: SceneClient; run: number }> {
  const client = await scene.client();
  const { importId, state } = await read(client, [sale("INV-1", "10.00"), sale("INV-2", "20.00")]);
  expect(state).toBe("previewed");
  await commit(client, importId);
  const { number } = await client.click("C1", "INV-1");
  return { client, run: number };
}

describe("N34 a file that changes what is queued for upload", () => {
  it("N34 asks to withdraw it first, naming rows and run; answered, the rows wait in Pending Export with the new content", async () => {
    const { client, run } = await chosen();
    const asked = await read(client, [sale("INV-1", "11.00"), sale("INV-2", "22.00")]);
    expect(asked.state).toBe("asks");
    expect(asked.summary.questions).toMatchObject([
      { id: "queued-rows", why: expect.stringContaining(`INV-1 in run ${run}`), options: [{ value: "withdraw" }] },
    ]);
    await expect(commit(client, asked.importId)).rejects.toThrow("queued-rows");
    expect(await client.row("INV-1")).toMatchObject({ revision: 1, chosen: true });

    const answered = await read(client, [sale("INV-1", "11.00"), sale("INV-2", "22.00")], { "queued-rows": "withdraw" });
    expect(answered.state).toBe("previewed");
    await commit(client, answered.importId);
    expect(await client.row("INV-1")).toMatchObject({ revision: 2, state: "pending", chosen: false });
    await client.work();
    expect((await client.ledger()).documents).toEqual([]);
  });

  it("N34 chosen between preview and commit: nothing is committed, and the rows are named", async () => {
    const { client } = await chosen();
    const preview = await read(client, [sale("INV-2", "22.00")]);
    expect(preview.state).toBe("previewed");
    await client.click("INV-2");
    await expect(commit(client, preview.importId)).rejects.toThrow(/queued for upload since the preview: INV-2/);
    expect(await client.row("INV-2")).toMatchObject({ revision: 1, chosen: true });
  });

  it("N34 asks nothing of what waits, is there already, or is not changed", async () => {
    const { client } = await chosen();
    const same = await read(client, [sale("INV-1", "10.00"), sale("INV-2", "22.00")]);
    expect(same.state).toBe("previewed");
    await client.take();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect((await read(client, [sale("INV-1", "11.00")])).state).toBe("previewed");
  });
});
