import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { ConnectionLost, PackageUnavailable } from "#lib/calling/call.ts";
import { refreshTokens } from "#lib/calling/oauth.ts";
import { rotateSecrets } from "#lib/calling/rotate-secrets.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { type ClientScope, jobScope } from "#lib/common/scope.ts";
import { grantPlace, parseSecretKeys, seal, unseal } from "#lib/common/secrets.ts";
import type { Connecting } from "#lib/connections/bind.ts";
import { type ConnectResult, findChoice, startConnect } from "#lib/connections/kinds/oauth.ts";
import { xeroConsent } from "#lib/connectors/xero/consent.ts";
import { consent, type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { chooseTenant, completeConnect } from "./connect.ts";
import { disconnect } from "./disconnect.ts";

const APP = { id: "APP", secret: "app-secret" };
let simulator: Simulator;
let control: SimulatorControl;
let test: TestDatabase;
let database: Database;
let admin: pg.Pool;
let settings: AppSettings;

beforeAll(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.webUrl);
  admin = new pg.Pool({ connectionString: test.superUrl, max: 2 });
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", clients: { xero: APP } });
  control = simulatorControl(simulator.url, "xero");
  const { url } = simulator;
  settings = {
    appUrl: "http://localhost:3000",
    keys: parseSecretKeys(`k1:${randomBytes(32).toString("base64")}`),
    appAt: () => ({ clientId: APP.id, clientSecret: APP.secret, loginUrl: url, identityUrl: url, apiUrl: url }),
  };
});
afterAll(async () => {
  await Promise.all([database.close(), admin.end(), simulator.close()]);
});

const person = (over: Partial<Connecting> = {}): Connecting => ({
  userId: randomUUID(),
  sessionId: randomUUID(),
  label: "Ada Admin <admin@demo.greentick.test>",
  ...over,
});

async function aClient(name = "Ashdown"): Promise<ClientScope> {
  const id = randomUUID();
  await admin.query("insert into clients (id, slug, name) values ($1, $2, $3)", [id, `c-${id}`, name]);
  return jobScope(id, { userId: null, label: "Ada Admin" });
}
const aTenant = async (name = `Tenant ${randomUUID().slice(0, 8)}`) => (await control.addTenant(name)).id;

/** Walks the whole way through the consent page. */
async function connect(
  scope: ClientScope,
  tenants: string | readonly string[],
  options: { who?: Connecting; role?: "standard" | "adviser"; decision?: "allow" | "cancel" } = {},
): Promise<ConnectResult> {
  const who = options.who ?? person();
  const { url } = await startConnect(database, scope, who, "xero", settings);
  const back = await consent(simulator.url, url, tenants, options);
  return completeConnect(database, who, "xero", new URL(back), settings);
}

async function connectionOf(scope: ClientScope) {
  const { rows } = await admin.query("select * from connections where client_id = $1 order by connected_at", [scope.clientId]);
  return rows;
}
const grantOf = async (connectionId: string) =>
  (await admin.query("select g.* from grants g join connections c on c.grant_id = g.id where c.id = $1", [connectionId])).rows[0];
const idOf = (result: ConnectResult) => {
  if (result.outcome !== "connected") throw new Error(result.outcome);
  return result.connectionId;
};

async function answers(tenantId: string, token: string): Promise<number> {
  const response = await fetch(`${simulator.url}/api.xro/2.0/Organisation`, {
    headers: { Authorization: `Bearer ${token}`, "xero-tenant-id": tenantId, Accept: "application/json" },
  });
  return response.status;
}
async function expire(connectionId: string): Promise<void> {
  await admin.query("update grants set access_expires_at = now() where id = (select grant_id from connections where id = $1)", [
    connectionId,
  ]);
}

/** Stands before the simulator's token address, takes its time, and counts. */
async function slowTokens(ms: number): Promise<{ url: string; calls: () => number; close: () => Promise<void> }> {
  let calls = 0;
  const server = createServer(async (request, response) => {
    calls += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    await new Promise((resolve) => setTimeout(resolve, ms));
    const answer = await fetch(`${simulator.url}${request.url}`, {
      method: "POST",
      headers: { authorization: request.headers.authorization ?? "", "content-type": request.headers["content-type"] ?? "" },
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    calls: () => calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("M1 connecting a client to Xero", () => {
  it("goes through the consent page and shows organisation, by whom and when", async () => {
    const scope = await aClient();
    const tenant = await aTenant("Ashdown Trading Ltd");
    const result = await connect(scope, tenant);
    expect(result).toMatchObject({ outcome: "connected", clientId: scope.clientId, tenantName: "Ashdown Trading Ltd" });
    expect(await connectionOf(scope)).toMatchObject([
      {
        id: idOf(result),
        state: "live",
        tenant_id: tenant,
        tenant_name: "Ashdown Trading Ltd",
        remote_connection_id: expect.any(String),
        connected_by_name: "Ada Admin <admin@demo.greentick.test>",
        connected_at: expect.any(Date),
      },
    ]);
    const { value, version } = await tokenFor(database, idOf(result), { settings });
    expect(version).toBeGreaterThan(0);
    expect(await answers(tenant, value)).toBe(200);
  });

  it("keeps no token in clear text, and writes down who connected", async () => {
    const scope = await aClient();
    const id = idOf(await connect(scope, await aTenant()));
    const { value } = await tokenFor(database, id, { settings });
    const grant = await grantOf(id);
    expect(JSON.stringify(grant)).not.toContain(value);
    expect(grant.access_token_sealed).toMatch(/^v1\.k1\./);
    expect(grant.refresh_token_sealed).toMatch(/^v1\.k1\./);
    const { rows } = await admin.query("select action, actor from audit_events where client_id = $1 order by seq", [
      scope.clientId,
    ]);
    expect(rows.map((row) => row.action)).toEqual(["connection.start", "connection.connect"]);
    expect(rows[1].actor).toBe("Ada Admin <admin@demo.greentick.test>");
  });

  it("B30 takes each way back once, in the session and from the person that began it, and not after ten minutes", async () => {
    const scope = await aClient();
    const tenant = await aTenant();
    const who = person();
    const { url } = await startConnect(database, scope, who, "xero", settings);
    const back = new URL(await consent(simulator.url, url, tenant));
    for (const other of [person({ userId: who.userId }), person({ sessionId: who.sessionId })]) {
      await expect(completeConnect(database, other, "xero", back, settings)).rejects.toMatchObject({ code: "oauth-state" });
    }
    const forged = new URL(back);
    forged.searchParams.set("state", "x");
    await expect(completeConnect(database, who, "xero", forged, settings)).rejects.toMatchObject({ code: "oauth-state" });
    await completeConnect(database, who, "xero", back, settings);
    await expect(completeConnect(database, who, "xero", back, settings)).rejects.toMatchObject({ code: "oauth-state" });

    const late = await startConnect(database, await aClient(), who, "xero", settings);
    await admin.query("update oauth_states set expires_at = clock_timestamp() where used_at is null");
    const lateBack = new URL(await consent(simulator.url, late.url, tenant));
    await expect(completeConnect(database, who, "xero", lateBack, settings)).rejects.toMatchObject({ code: "oauth-state" });
  });

  it("changes nothing when the consent is cancelled or its code is wrong", async () => {
    const scope = await aClient();
    const tenant = await aTenant();
    await expect(connect(scope, tenant, { decision: "cancel" })).rejects.toMatchObject({ code: "oauth-denied" });
    const who = person();
    const { url } = await startConnect(database, scope, who, "xero", settings);
    const back = new URL(await consent(simulator.url, url, tenant));
    back.searchParams.set("code", "guessed");
    await expect(completeConnect(database, who, "xero", back, settings)).rejects.toMatchObject({ code: "oauth-denied" });
    expect(await connectionOf(scope)).toEqual([]);
  });

  it("lets one of several organisations be chosen, once, in the same session", async () => {
    const scope = await aClient();
    const [one, two] = [await aTenant("One Ltd"), await aTenant("Two Ltd")];
    const who = person();
    const result = await connect(scope, [one, two], { who });
    if (result.outcome !== "choose") throw new Error(result.outcome);
    expect(await connectionOf(scope)).toEqual([]);
    expect((await findChoice(database, scope, who, result.choiceId))?.map((tenant) => tenant.name).sort()).toEqual([
      "One Ltd",
      "Two Ltd",
    ]);
    expect(await findChoice(database, scope, person(), result.choiceId)).toBeNull();
    await expect(chooseTenant(database, scope, who, result.choiceId, randomUUID())).rejects.toMatchObject({
      code: "oauth-state",
    });
    expect(await chooseTenant(database, scope, who, result.choiceId, two)).toMatchObject({
      outcome: "connected",
      tenantName: "Two Ltd",
    });
    await expect(chooseTenant(database, scope, who, result.choiceId, one)).rejects.toMatchObject({ code: "oauth-state" });
  });

  it("refuses an organisation that is connected to another client, and leaves that one alone", async () => {
    const tenant = await aTenant("Shared Ltd");
    const first = idOf(await connect(await aClient("First & Co"), tenant));
    await expect(connect(await aClient("Second"), tenant)).rejects.toMatchObject({
      code: "connection.tenant-held",
      message: expect.stringContaining("First & Co"),
    });
    expect(await answers(tenant, (await tokenFor(database, first, { settings })).value)).toBe(200);
  });

  it("P24 ties a client to its organisation: another one is refused, and removed in the package again", async () => {
    const scope = await aClient();
    const [own, other] = [await aTenant("Own Ltd"), await aTenant("Other Ltd")];
    const id = idOf(await connect(scope, own));
    // The adviser is another Xero user, so this consent does not reach the first organisation.
    await expect(connect(scope, other, { role: "adviser" })).rejects.toMatchObject({
      code: "connection.wrong-tenant",
      message: expect.stringContaining("Own Ltd"),
    });
    expect(await connectionOf(scope)).toMatchObject([{ id, tenant_id: own, state: "live" }]);
    expect(await answers(other, (await tokenFor(database, id, { settings })).value)).toBe(403);
    // And neither does it help when the same user, who still reaches the first one, picks another.
    await expect(connect(scope, other)).rejects.toMatchObject({ code: "connection.wrong-tenant" });
    expect(await answers(other, (await tokenFor(database, id, { settings })).value)).toBe(403);
    expect(await answers(own, (await tokenFor(database, id, { settings })).value)).toBe(200);
  });

  it("M37 reconnects to the same organisation as the same connection, so that nothing counts as new", async () => {
    const scope = await aClient();
    const tenant = await aTenant();
    const id = idOf(await connect(scope, tenant));
    await admin.query("update connections set state = 'lost', lost_at = now(), lost_reason = 'x' where id = $1", [id]);
    expect(idOf(await connect(scope, tenant, { role: "adviser" }))).toBe(id);
    expect(await connectionOf(scope)).toMatchObject([{ id, state: "live", lost_at: null, lost_reason: null }]);
  });
});

describe("a token", () => {
  it("P22 is refreshed once, however many ask for it in however many processes", async () => {
    const tenant = await aTenant();
    const id = idOf(await connect(await aClient(), tenant));
    const before = (await grantOf(id)).version;
    const other = openDatabase(test.workerUrl);
    const slow = await slowTokens(150);
    const through = { ...settings, appAt: () => ({ ...settings.appAt("xero"), identityUrl: slow.url }) };
    const all = () =>
      Promise.all(Array.from({ length: 16 }, (_, n) => tokenFor(n % 2 === 0 ? database : other, id, { settings: through })));
    try {
      // The pools are full by now, so that the next sixteen come at once.
      await all();
      expect(slow.calls()).toBe(0);
      await expire(id);
      const tokens = await all();
      expect(slow.calls()).toBe(1);
      expect(new Set(tokens.map((token) => token.value)).size).toBe(1);
      expect(new Set(tokens.map((token) => token.version))).toEqual(new Set([before + 1]));
      expect(await answers(tenant, tokens[0]?.value ?? "")).toBe(200);
    } finally {
      await Promise.all([other.close(), slow.close()]);
    }
  });

  it("BD3 is refreshed no earlier than its package allows: Exact Online refuses one before 570 of 600 seconds", async () => {
    const id = idOf(await connect(await aClient(), await aTenant()));
    const slow = await slowTokens(0);
    const through = { ...settings, appAt: () => ({ ...settings.appAt("xero"), identityUrl: slow.url }) };
    const left = (seconds: number) =>
      admin.query("update grants set access_expires_at = app.now() + make_interval(secs => $2) where id = $1", [
        grant.id,
        seconds,
      ]);
    const grant = await grantOf(id);
    const ours = xeroConsent.refreshWhenLeftMs;
    Object.assign(xeroConsent, { refreshWhenLeftMs: 20_000 });
    try {
      for (const seconds of [119, 31]) {
        await left(seconds);
        expect((await tokenFor(database, id, { settings: through })).version).toBe(grant.version);
      }
      expect(slow.calls()).toBe(0);
      await left(15);
      expect((await tokenFor(database, id, { settings: through })).version).toBe(grant.version + 1);
      expect(slow.calls()).toBe(1);
    } finally {
      Object.assign(xeroConsent, { refreshWhenLeftMs: ours });
      await slow.close();
    }
  });

  it("P20 is refreshed when the package refused it, once for all who were refused with it", async () => {
    const id = idOf(await connect(await aClient(), await aTenant()));
    const old = await tokenFor(database, id, { settings });
    const [first, second] = await Promise.all([
      tokenFor(database, id, { settings, force: true, refused: old.version }),
      tokenFor(database, id, { settings, force: true, refused: old.version }),
    ]);
    expect(first.version).toBe(old.version + 1);
    expect(second).toEqual(first);
  });

  it("P21 survives that the package's new pair was lost before it was saved", async () => {
    const tenant = await aTenant();
    const id = idOf(await connect(await aClient(), tenant));
    const grant = await grantOf(id);
    const refreshToken = unseal(grant.refresh_token_sealed, grantPlace(grant.id, "refresh_token_sealed"), settings.keys);
    await refreshTokens("xero", settings.appAt("xero"), refreshToken);
    await expire(id);
    expect(await answers(tenant, (await tokenFor(database, id, { settings })).value)).toBe(200);
  });

  it("P23 that cannot be renewed ends the connection of every client that shares its grant", async () => {
    const [one, two] = [await aClient(), await aClient()];
    const first = idOf(await connect(one, await aTenant()));
    const second = idOf(await connect(two, await aTenant()));
    const grant = await grantOf(first);
    expect((await grantOf(second)).id).toBe(grant.id);
    await admin.query("update grants set refresh_token_sealed = $2, access_expires_at = now() where id = $1", [
      grant.id,
      seal("stale", grantPlace(grant.id, "refresh_token_sealed"), settings.keys),
    ]);
    await expect(tokenFor(database, first, { settings })).rejects.toBeInstanceOf(ConnectionLost);
    for (const scope of [one, two])
      expect(await connectionOf(scope)).toMatchObject([{ state: "lost", lost_reason: expect.any(String) }]);
    await expect(tokenFor(database, second, { settings })).rejects.toBeInstanceOf(ConnectionLost);
    const { rows } = await admin.query("select action from audit_events where client_id = $1 order by seq desc limit 1", [
      two.clientId,
    ]);
    expect(rows).toEqual([{ action: "connection.lost" }]);
  });

  it("loses nothing when the package's token address does not answer", async () => {
    const scope = await aClient();
    const id = idOf(await connect(scope, await aTenant()));
    await expire(id);
    const away = { ...settings, appAt: () => ({ ...settings.appAt("xero"), identityUrl: "http://127.0.0.1:1" }) };
    await expect(tokenFor(database, id, { settings: away })).rejects.toBeInstanceOf(PackageUnavailable);
    expect(await connectionOf(scope)).toMatchObject([{ state: "live" }]);
    expect(await tokenFor(database, id, { settings })).toMatchObject({ value: expect.any(String) });
  });
});

describe("M9 disconnecting", () => {
  it("removes the organisation in the package and its tokens here, keeps the rest, and reconnects to the same", async () => {
    const scope = await aClient();
    const tenant = await aTenant("Parted Ltd");
    const id = idOf(await connect(scope, tenant, { role: "adviser" }));
    const { value } = await tokenFor(database, id, { settings });
    expect(await disconnect(database, scope, settings)).toMatchObject({ tenantName: "Parted Ltd", stopped: 0 });
    expect(await answers(tenant, value)).toBe(403);
    expect(await connectionOf(scope)).toMatchObject([{ id, state: "disconnected", grant_id: null, tenant_name: "Parted Ltd" }]);
    await expect(tokenFor(database, id, { settings })).rejects.toBeInstanceOf(ConnectionLost);
    await expect(disconnect(database, scope, settings)).rejects.toThrow("not connected");
    expect(idOf(await connect(scope, tenant))).toBe(id);
    expect(await connectionOf(scope)).toMatchObject([{ id, state: "live", disconnected_at: null }]);
  });

  it("ends the grant only when no other client uses it", async () => {
    await control.reset("xero");
    await admin.query(
      "update connections set state = 'disconnected', grant_id = null; update oauth_states set grant_id = null; ",
    );
    await admin.query("delete from grants");
    const [one, two] = [await aClient(), await aClient()];
    const [tenantOne, tenantTwo] = [await aTenant(), await aTenant()];
    await connect(one, tenantOne);
    const second = idOf(await connect(two, tenantTwo));
    expect(await disconnect(database, one, settings)).toMatchObject({ revoked: false });
    expect(await answers(tenantTwo, (await tokenFor(database, second, { settings, force: true })).value)).toBe(200);
    expect(await disconnect(database, two, settings)).toMatchObject({ revoked: true });
    expect((await admin.query("select count(*)::int as n from grants")).rows).toEqual([{ n: 0 }]);
  });

  it("changes nothing when the package cannot be reached", async () => {
    const scope = await aClient();
    await connect(scope, await aTenant());
    const away = { ...settings, appAt: () => ({ ...settings.appAt("xero"), apiUrl: "http://127.0.0.1:1" }) };
    await expect(disconnect(database, scope, away)).rejects.toThrow("nothing was changed");
    expect(await connectionOf(scope)).toMatchObject([{ state: "live" }]);
  });

  it("needs no answer from a package whose consent is gone", async () => {
    const scope = await aClient();
    const id = idOf(await connect(scope, await aTenant()));
    await admin.query("update grants set ended_at = now() where id = (select grant_id from connections where id = $1)", [id]);
    await admin.query("update connections set state = 'lost' where id = $1", [id]);
    await disconnect(database, scope, settings);
    expect(await connectionOf(scope)).toMatchObject([{ state: "disconnected" }]);
  });
});

describe("the keys of tokens at rest", () => {
  it("are changed by sealing every token anew, after which the old key is not needed", async () => {
    const id = idOf(await connect(await aClient(), await aTenant()));
    const before = await tokenFor(database, id, { settings });
    const young = `k2:${randomBytes(32).toString("base64")}`;
    const old = `k1:${settings.keys.keys.get("k1")?.toString("base64")}`;
    const changed = await rotateSecrets(database, parseSecretKeys(`${young},${old}`));
    expect(changed).toBe((await admin.query("select count(*)::int as n from grants")).rows[0].n);
    expect(await rotateSecrets(database, parseSecretKeys(`${young},${old}`))).toBe(0);
    expect(await tokenFor(database, id, { settings: { ...settings, keys: parseSecretKeys(young) } })).toEqual(before);
  });
});
