import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { type ClientScope, jobScope } from "#lib/common/scope.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import type { Connecting } from "#lib/connections/bind.ts";
import { startConnect } from "#lib/connections/kinds/oauth.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { completeConnect } from "#lib/setup/connect.ts";
import { disconnect } from "#lib/setup/disconnect.ts";
import { consent, type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import type { Connection, Exchange } from "../types.ts";
import { quickbooksEnvironment } from "./environment.ts";
import { quickbooksOnline } from "./index.ts";

const APP = { id: "APP", secret: "app-secret" };
let simulator: Simulator;
let control: SimulatorControl;
let database: Database;
let admin: pg.Pool;
let settings: AppSettings;
let url: string;

beforeAll(async () => {
  const test = await createTestDatabase();
  database = openDatabase(test.webUrl);
  admin = new pg.Pool({ connectionString: test.superUrl, max: 2 });
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", clients: { "quickbooks-online": APP } });
  control = simulatorControl(simulator.url, "quickbooks-online");
  url = `${simulator.url}${quickbooksEnvironment.simulatedUnder}`;
  settings = {
    appUrl: "http://localhost:3000",
    keys: parseSecretKeys(`k1:${randomBytes(32).toString("base64")}`),
    appAt: () => ({ clientId: APP.id, clientSecret: APP.secret, loginUrl: url, identityUrl: url, apiUrl: url }),
  };
});
afterAll(async () => {
  await Promise.all([database.close(), admin.end(), simulator.close()]);
});

const person = (): Connecting => ({ userId: randomUUID(), sessionId: randomUUID(), label: "Ada Admin" });

async function aClient(): Promise<ClientScope> {
  const id = randomUUID();
  await admin.query("insert into clients (id, slug, name) values ($1, $2, $3)", [id, `c-${id}`, "Ashdown"]);
  return jobScope(id, { userId: null, label: "Ada Admin" });
}
const aCompany = async () => (await control.addTenant(`Company ${randomUUID().slice(0, 8)}`)).id;

/** Walks the whole way through the consent page. */
async function connect(scope: ClientScope, company: string) {
  const who = person();
  const { url: page } = await startConnect(database, scope, who, "quickbooks-online", settings);
  const back = await consent(simulator.url, page, company);
  const result = await completeConnect(database, who, "quickbooks-online", new URL(back), settings);
  return { page: new URL(page), back: new URL(back), result };
}

async function connected(company: string) {
  const scope = await aClient();
  const { result } = await connect(scope, company);
  if (result.outcome !== "connected") throw new Error(result.outcome);
  return { scope, connectionId: result.connectionId };
}

/** A question over the real line, with the connection's own token. */
function asking(connectionId: string, tenantId: string) {
  const connection: Connection = { id: connectionId, tenantId, apiUrl: url, baseCurrency: "GBP", options: {} };
  return async <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> => {
    const { value } = await tokenFor(database, connectionId, { settings });
    const message = exchange.ask(ask, connection);
    const context = { connection, accessToken: value, idempotencyKey: null, timeoutMs: 5_000 };
    const result = await quickbooksOnline.send(message, context);
    if (result.sent !== true) throw new Error("it was not answered");
    expect(quickbooksOnline.faultOf(result.answer, message)).toBeNull();
    return exchange.read(message, result.answer, ask);
  };
}

describe("M1 connecting a client to QuickBooks Online", () => {
  it("the way back names the company, its name is read, and its lists with the numbers that it keeps unique", async () => {
    const company = await aCompany();
    const scope = await aClient();
    const { page, back, result } = await connect(scope, company);
    expect(page.pathname).toBe("/quickbooks-online/connect/oauth2");
    expect(page.searchParams.get("scope")).toBe("com.intuit.quickbooks.accounting");
    expect(back.searchParams.get("realmId")).toBe(company);
    if (result.outcome !== "connected") throw new Error(result.outcome);
    const { connectionId } = result;
    const exchange = asking(connectionId, company);
    expect(await exchange(quickbooksOnline.check, null)).toMatchObject({ ok: true });
    const read = await refreshCatalogue({ database, scope, connectionId, connector: quickbooksOnline, exchange });
    expect(read.accounts.written).toBeGreaterThan(10);
    expect(read.taxRates.written).toBeGreaterThan(4);
    const { rows } = await admin.query("select tenant_id, unique_numbers from connections where id = $1", [connectionId]);
    expect(rows[0]).toEqual({ tenant_id: company, unique_numbers: ["sales-invoice"] });
  });

  it("P22 tokens that are asked for at once are refreshed by one call, and what came last is kept", async () => {
    const { connectionId } = await connected(await aCompany());
    const before = (await tokenFor(database, connectionId, { settings })).value;
    await admin.query("update grants set access_expires_at = now() where id = (select grant_id from connections where id = $1)", [
      connectionId,
    ]);
    const tokens = await Promise.all([1, 2, 3, 4].map(() => tokenFor(database, connectionId, { settings })));
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1);
    expect(tokens[0]?.value).not.toBe(before);
  });

  it("P24 another company than the client's own is not taken for it when it is connected again", async () => {
    const company = await aCompany();
    const { scope, connectionId } = await connected(company);
    await expect(connect(scope, await aCompany())).rejects.toThrow("the consent does not cover it");
    const { rows } = await admin.query("select tenant_id from connections where id = $1", [connectionId]);
    expect(rows[0]?.tenant_id).toBe(company);
  });

  it("disconnected, the grant is ended at Intuit and the tokens are gone here", async () => {
    const company = await aCompany();
    const { scope, connectionId } = await connected(company);
    const { value } = await tokenFor(database, connectionId, { settings });
    expect(await disconnect(database, scope, settings)).toMatchObject({ revoked: true });
    const answer = await fetch(`${url}/v3/company/${company}/preferences`, { headers: { authorization: `Bearer ${value}` } });
    expect([401, 403]).toContain(answer.status);
  });
});
