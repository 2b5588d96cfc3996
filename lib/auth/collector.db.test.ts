import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { beginVisit, collect } from "#lib/calling/transports/collector.ts";
import { jobScope } from "#lib/common/scope.ts";
import { createTestDatabase } from "#lib/testing/database.ts";

vi.mock("server-only", () => ({}));
// Stands in for the web process's pool, which is opened from the environment.
const held = vi.hoisted(() => ({ database: undefined as Database | undefined }));
vi.mock("#lib/web.ts", () => ({ database: () => held.database }));

const { signInCollector } = await import("./collector.ts");
const { connectByName } = await import("#lib/setup/connect.ts");
const { disconnect } = await import("#lib/setup/disconnect.ts");
const { renewPassword } = await import("#lib/connections/kinds/collector.ts");

let database: Database;
let admin: pg.Pool;
let made = 0;

beforeAll(async () => {
  const test = await createTestDatabase();
  database = openDatabase(test.webUrl, { max: 4 });
  admin = new pg.Pool({ connectionString: test.superUrl, max: 2 });
  held.database = database;
});
afterAll(async () => {
  await Promise.all([database.close(), admin.end()]);
});

async function aClient() {
  const id = randomUUID();
  await admin.query("insert into clients (id, slug, name) values ($1, $2, 'Ashdown')", [id, `c-${id}`]);
  return jobScope(id, { userId: null, label: "Ada Admin" });
}
function address() {
  made += 1;
  return `10.1.0.${made}`;
}

/** A client whose program signs in with us. */
async function collecting(company = "Ashdown Trading Ltd") {
  const scope = await aClient();
  const connected = await connectByName(database, scope, "quickbooks-desktop", company, "collector");
  if (!connected.login) throw new Error("No login was made");
  return { scope, connectionId: connected.connectionId, login: connected.login };
}

describe("BB9 a package whose program signs in with us", () => {
  it("is connected by its company's name; the password is answered once, and its hash alone is kept", async () => {
    const { scope, connectionId, login } = await collecting();
    const { rows } = await admin.query("select * from collector_logins where connection_id = $1", [connectionId]);
    expect(rows).toMatchObject([{ user_name: login.userName, made_by: "Ada Admin" }]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$/);
    const audited = await admin.query("select subject, detail::text as detail from audit_events where client_id = $1", [
      scope.clientId,
    ]);
    expect(JSON.stringify([rows, audited.rows])).not.toContain(login.password);
    const result = await signInCollector(login.userName, login.password, address());
    expect(result).toMatchObject({ ok: true, connectionId, package: "quickbooks-desktop" });
    expect(result.ok && result.scope.clientId).toBe(scope.clientId);
  });

  it("knows neither a wrong password nor a wrong name, and another program's password is wrong", async () => {
    const one = await collecting();
    const two = await collecting();
    const no = { ok: false, why: "credentials" };
    expect(await signInCollector(one.login.userName, two.login.password, address())).toEqual(no);
    expect(await signInCollector("gt-nobody", one.login.password, address())).toEqual(no);
  });

  it("a new password takes the place of the one before, and ends the visit that was under way", async () => {
    const { scope, connectionId, login } = await collecting();
    const visit = await beginVisit(database, scope, connectionId, "OFFICE-PC");
    if (typeof visit === "string") throw new Error(visit);
    const renewed = await renewPassword(database, scope);
    expect(renewed.userName).toBe(login.userName);
    expect(await collect(database, scope, visit.visitId)).toEqual({ what: "over" });
    expect(await signInCollector(login.userName, login.password, address())).toMatchObject({ ok: false });
    expect(await signInCollector(login.userName, renewed.password, address())).toMatchObject({ ok: true });
  });

  it("after five wrong tries waits, even with the right password", async () => {
    const { login } = await collecting();
    for (let tries = 0; tries < 5; tries += 1) await signInCollector(login.userName, "wrong", address());
    expect(await signInCollector(login.userName, login.password, address())).toMatchObject({ ok: false, why: "limited" });
  });

  it("disconnected, its login is gone; the same company takes its connection up again with another login", async () => {
    const { scope, connectionId, login } = await collecting("Ashdown & Sons");
    await disconnect(database, scope);
    const kept = await admin.query("select from collector_logins where connection_id = $1", [connectionId]);
    expect(kept.rowCount).toBe(0);
    expect(await signInCollector(login.userName, login.password, address())).toMatchObject({ ok: false });
    const again = await connectByName(database, scope, "quickbooks-desktop", " ashdown  & sons", "collector");
    expect(again.connectionId).toBe(connectionId);
    expect(again.login?.userName).not.toBe(login.userName);
  });
});

describe("BB9 a package that nobody signs in to", () => {
  it("is connected by its company's name, which two clients may share, and once a client", async () => {
    const scope = await aClient();
    const connected = await connectByName(database, scope, "sage-50", "Ashdown Ltd", "none");
    expect(connected).toMatchObject({ tenantName: "Ashdown Ltd", login: null });
    const other = await connectByName(database, await aClient(), "sage-50", "Ashdown Ltd", "none");
    expect(other.connectionId).not.toBe(connected.connectionId);
    await expect(connectByName(database, scope, "sage-50", "Other Ltd", "none")).rejects.toThrow("tied to Ashdown Ltd");
    await expect(connectByName(database, await aClient(), "sage-50", "  ", "none")).rejects.toThrow("company's name");
    expect(await disconnect(database, scope)).toMatchObject({ tenantName: "Ashdown Ltd", revoked: false });
    const again = await connectByName(database, scope, "sage-50", "Ashdown Ltd", "none");
    expect(again.connectionId).toBe(connected.connectionId);
  });

  it("a package that asks for consent is not connected by a name", async () => {
    await expect(connectByName(database, await aClient(), "xero", "Ashdown Ltd")).rejects.toThrow("consent on its own page");
  });
});
