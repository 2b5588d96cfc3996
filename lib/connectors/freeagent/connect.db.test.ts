import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { type ClientScope, jobScope } from "#lib/common/scope.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import type { Connecting } from "#lib/connections/bind.ts";
import { findChoice, startConnect } from "#lib/connections/kinds/oauth.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { chooseTenant, completeConnect } from "#lib/setup/connect.ts";
import { disconnect } from "#lib/setup/disconnect.ts";
import { consent, type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import type { Connection, Exchange } from "../types.ts";
import { freeagentEnvironment } from "./environment.ts";
import { freeagent } from "./index.ts";

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
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", clients: { freeagent: APP } });
  control = simulatorControl(simulator.url, "freeagent");
  url = `${simulator.url}${freeagentEnvironment.simulatedUnder}`;
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
async function connect(scope: ClientScope, companies: readonly string[], who = person()) {
  const { url: page } = await startConnect(database, scope, who, "freeagent", settings);
  const back = await consent(simulator.url, page, companies);
  return { who, page: new URL(page), result: await completeConnect(database, who, "freeagent", new URL(back), settings) };
}

const rowOf = async (connectionId: string) =>
  (
    await admin.query(
      "select c.tenant_id, c.grant_id, g.consent_id from connections c join grants g on g.id = c.grant_id where c.id = $1",
      [connectionId],
    )
  ).rows[0];

/** A question over the real line, with the connection's own token. */
async function asking(connectionId: string, tenantId: string) {
  const connection: Connection = { id: connectionId, tenantId, apiUrl: url, baseCurrency: "GBP", options: {} };
  return async <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> => {
    const { value } = await tokenFor(database, connectionId, { settings });
    const message = exchange.ask(ask, connection);
    const context = { connection, accessToken: value, idempotencyKey: null, timeoutMs: 5_000 };
    const result = await freeagent.send(message, context);
    if (result.sent !== true) throw new Error("it was not answered");
    expect(freeagent.faultOf(result.answer, message)).toBeNull();
    return exchange.read(message, result.answer, ask);
  };
}

describe("M1 connecting a client to FreeAgent", () => {
  it("a company's consent: no scopes are asked for, the company is found by its subdomain, and its lists are read", async () => {
    const company = await aCompany();
    const scope = await aClient();
    const { page, result } = await connect(scope, [company]);
    expect(page.pathname).toBe("/freeagent/v2/approve_app");
    expect(page.searchParams.has("scope")).toBe(false);
    if (result.outcome !== "connected") throw new Error(result.outcome);
    expect(await rowOf(result.connectionId)).toMatchObject({
      tenant_id: company,
      consent_id: expect.stringContaining("/v2/users/"),
    });
    const exchange = await asking(result.connectionId, company);
    expect(await exchange(freeagent.check, null)).toMatchObject({ ok: true });
    const { connectionId } = result;
    const read = await refreshCatalogue({ database, scope, connectionId, connector: freeagent, exchange });
    expect(read.accounts.written).toBeGreaterThan(10);
    expect(read.taxRates.written).toBe(freeagent.fixedTaxRates?.length);
  });

  it("P21 a refresh brings a new pair, and both are kept", async () => {
    const scope = await aClient();
    const { result } = await connect(scope, [await aCompany()]);
    if (result.outcome !== "connected") throw new Error(result.outcome);
    const before = await tokenFor(database, result.connectionId, { settings });
    const stored = async () =>
      (
        await admin.query(
          "select refresh_token_sealed as sealed from grants g join connections c on c.grant_id = g.id where c.id = $1",
          [result.connectionId],
        )
      ).rows[0].sealed;
    const old = await stored();
    await admin.query("update grants set access_expires_at = now() where id = (select grant_id from connections where id = $1)", [
      result.connectionId,
    ]);
    expect((await tokenFor(database, result.connectionId, { settings })).value).not.toBe(before.value);
    expect(await stored()).not.toBe(old);
  });

  it("a practice's consent: its clients are offered, and each call names the chosen one by its subdomain", async () => {
    const [elm, oak] = [await aCompany(), await aCompany()];
    const scope = await aClient();
    const { who, result } = await connect(scope, [elm, oak]);
    if (result.outcome !== "choose") throw new Error(result.outcome);
    const offered = await findChoice(database, scope, who, result.choiceId);
    expect(offered?.map(({ id }) => id)).toEqual(expect.arrayContaining([`practice:${elm}`, `practice:${oak}`]));
    const chosen = await chooseTenant(database, scope, who, result.choiceId, `practice:${oak}`);
    if (chosen.outcome !== "connected") throw new Error(chosen.outcome);
    const exchange = await asking(chosen.connectionId, `practice:${oak}`);
    expect(await exchange(freeagent.check, null)).toMatchObject({ ok: true });
    expect((await control.calls(oak)).length).toBeGreaterThan(0);
    expect(await control.calls(elm)).toEqual([]);
    // A second client of the practice is reached by the same user's consent: one grant, since FreeAgent keeps one token for a user.
    const other = await aClient();
    const again = await connect(other, [elm, oak]);
    if (again.result.outcome !== "choose") throw new Error(again.result.outcome);
    const second = await chooseTenant(database, other, again.who, again.result.choiceId, `practice:${elm}`);
    if (second.outcome !== "connected") throw new Error(second.outcome);
    expect((await rowOf(second.connectionId)).grant_id).toBe((await rowOf(chosen.connectionId)).grant_id);
  });

  it("disconnected, the tokens are gone here; the consent itself is ended in FreeAgent", async () => {
    const scope = await aClient();
    await connect(scope, [await aCompany()]);
    expect(await disconnect(database, scope, settings)).toMatchObject({ revoked: false });
    const { rows } = await admin.query("select state from connections where client_id = $1", [scope.clientId]);
    expect(rows[0]?.state).not.toBe("live");
  });
});
