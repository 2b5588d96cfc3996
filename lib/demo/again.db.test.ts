import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDemo } from "#db/demo/load.ts";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { freePort } from "#lib/start/embedded.ts";
import { takeLock } from "#lib/start/processes.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";

const PASSWORD = "a-password-of-twelve";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "greentick-again-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npm run demo` over a database of the test's own, without the two clients that take a worker's work. */
async function demoAgain(database: TestDatabase, own: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join("lib", "start", "launch.cjs"), "demo"], {
    cwd: ROOT,
    env: childEnv({
      DEMO: "1",
      DEMO_SCENE: "0",
      DEMO_PASSWORD: PASSWORD,
      GREENTICK_DATA: folder,
      SIMULATOR_PORT: String(await freePort()),
      DATABASE_URL: database.webUrl,
      WORKER_DATABASE_URL: database.workerUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      APP_SECRETS: `test:${randomBytes(32).toString("base64")}`,
      SESSION_SECRET: randomBytes(32).toString("base64"),
      ...own,
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += String(part)));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, said };
}

/** Some of what a practice holds, its audit too. */
async function addBooks({ superUrl }: TestDatabase): Promise<void> {
  await onServer(superUrl, async (db) => {
    await db.query("select set_config('app.all_clients', 'on', false)");
    const { rows } = await db.query("insert into clients (slug, name) values ('real-books', 'Real Books') returning id");
    await db.query("insert into audit_events (client_id, actor, action) values ($1, 'Somebody', 'client.add')", [rows[0].id]);
  });
}

const held = ({ superUrl }: TestDatabase) =>
  onServer(superUrl, async (db) => {
    const { rows } = await db.query(`
      select (select array_agg(slug order by slug) from clients) as clients, (select count(*)::int from users) as people,
        (select count(*)::int from audit_events) as audited, (select array_agg(name) from practice) as practice`);
    return rows[0];
  });

describe("npm run demo", () => {
  it("FD10 refuses a practice that was not made as the demo, whatever the settings say, and changes nothing", async () => {
    const real = await createTestDatabase();
    await onServer(real.superUrl, (db) => db.query("insert into practice (id, name) values (1, 'Real practice')"));
    await addBooks(real);
    const before = await held(real);
    const { code, said } = await demoAgain(real);
    expect(said).toContain("was not made as the demo");
    expect(said).toContain("Nothing was changed");
    expect(code).toBe(1);
    expect(await held(real)).toEqual(before);
    expect(before).toMatchObject({ clients: ["real-books"], audited: 1, practice: ["Real practice"] });
  }, 120_000);

  it("FD10 refuses where there is no demo, at a real package's address, and beside another product's simulator", async () => {
    const demo = await createTestDatabase();
    await loadDemo({ ...demo, password: PASSWORD });
    await addBooks(demo);
    const before = await held(demo);
    const off = await demoAgain(demo, { DEMO: "0" });
    expect([off.code, off.said]).toEqual([1, expect.stringContaining("DEMO is not 1 here")]);
    const elsewhere = await demoAgain(demo, { XERO_API_URL: "https://books.invalid" });
    expect([elsewhere.code, elsewhere.said]).toEqual([1, expect.stringContaining("not the simulator's (https://books.invalid)")]);
    const lock = takeLock(join(folder, "start.lock"), "http://localhost:3000, simulator http://127.0.0.1:1");
    if (!("release" in lock)) throw new Error("the folder is the test's own");
    const beside = await demoAgain(demo);
    lock.release();
    expect([beside.code, beside.said]).toEqual([1, expect.stringContaining("SIMULATOR_PORT")]);
    expect(await held(demo)).toEqual(before);
  }, 120_000);

  it("FD10 takes away all that the demo holds and makes it anew, and the audit is fixed again afterwards", async () => {
    const demo = await createTestDatabase();
    await loadDemo({ ...demo, password: PASSWORD });
    await addBooks(demo);
    const { code, said } = await demoAgain(demo);
    expect(said).toContain("Taken away: 4 clients with 0 documents and 0 connections, 4 people");
    expect(said).toContain(`Password of all four sign-ins: ${PASSWORD}`);
    expect(code).toBe(0);
    expect(await held(demo)).toEqual({
      clients: ["ashdown-wholesale", "brackenfell-pottery", "calder-exports"],
      people: 4,
      audited: 0,
      practice: ["Greentick demo practice"],
    });
    await expect(onServer(demo.superUrl, (db) => db.query("truncate audit_events"))).rejects.toThrow();
    // A second time, as often as somebody likes.
    expect((await demoAgain(demo)).said).toContain("Taken away: 3 clients");
  }, 120_000);
});
