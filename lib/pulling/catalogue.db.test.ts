import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { type ClientScope, jobScope } from "#lib/common/scope.ts";
import type { Connection, Connector, Exchange, Message, PackageAccount } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { refreshCatalogue } from "./catalogue.ts";

let test: TestDatabase;
let database: Database;
let admin: pg.Pool;
let simulator: Simulator;
let control: SimulatorControl;

beforeAll(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.webUrl);
  admin = new pg.Pool({ connectionString: test.superUrl, max: 2 });
  simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
  control = simulatorControl(simulator.url, "xero");
});
afterAll(async () => {
  await Promise.all([database.close(), admin.end(), simulator.close()]);
});

interface Place {
  readonly scope: ClientScope;
  readonly connectionId: string;
  readonly tenantId: string;
  readonly refresh: () => ReturnType<typeof refreshCatalogue>;
}

/** A client that is connected to an organisation of its own in the simulator. */
async function aPlace(): Promise<Place> {
  const clientId = randomUUID();
  const connectionId = randomUUID();
  const { id: tenantId } = await control.addTenant("Ashdown Trading Ltd");
  await control.patchSettings(tenantId, { limits: false });
  const accessToken = (await control.tokens([tenantId])).access_token;
  await admin.query("insert into clients (id, slug, name) values ($1, $2, 'Ashdown')", [clientId, `c-${clientId}`]);
  await admin.query(
    `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
     values ($1, $2, 'xero', 'live', $3, 'x', 'Admin', now())`,
    [connectionId, clientId, tenantId],
  );
  const scope = jobScope(clientId);
  const connection: Connection = { id: connectionId, tenantId, apiUrl: simulator.url, baseCurrency: "GBP", options: {} };
  const exchange = async <Ask, Answer>(one: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> => {
    const message = one.ask(ask, connection);
    const result = await xero.send(message, { connection, accessToken, idempotencyKey: null, timeoutMs: 10_000 });
    if (result.sent !== true) throw new Error(String(result.why));
    return one.read(message, result.answer, ask);
  };
  return {
    scope,
    connectionId,
    tenantId,
    refresh: () => refreshCatalogue({ database, scope, connectionId, connector: xero, exchange }),
  };
}

const account = (externalId: string, over: Partial<PackageAccount> = {}): PackageAccount => ({
  externalId,
  code: externalId,
  name: externalId,
  type: "REVENUE",
  class: "revenue",
  active: true,
  isBank: false,
  takesPayments: false,
  isSystem: false,
  currency: null,
  ...over,
});
/** A package that offers these accounts and nothing else. */
function offering(accounts: readonly PackageAccount[]) {
  const message: Message = { operation: "x", method: "GET", path: "", query: {}, headers: {}, body: null };
  const connector: Pick<Connector, "discover" | "can"> = {
    can: xero.can,
    discover: { ask: () => message, read: () => ({ accounts, next: null }) },
  };
  const exchange = async <Ask, Answer>(one: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> =>
    one.read(message, { status: 200, headers: {}, body: "" }, ask);
  return { connector, exchange };
}

describe("M71 refreshing what the package offers", () => {
  it("lists accounts and tax rates as the package has them, with when", async () => {
    const place = await aPlace();
    const result = await place.refresh();
    expect(result.changed).toBe(true);
    const accounts = await admin.query("select code, name, active from package_accounts where connection_id = $1", [
      place.connectionId,
    ]);
    expect(accounts.rowCount).toBe(result.accounts.written);
    expect(accounts.rows).toContainEqual({ code: "200", name: "Sales", active: true });
    const rates = await admin.query(
      "select rate, applies_to from package_tax_rates where connection_id = $1 and external_id = 'OUTPUT2'",
      [place.connectionId],
    );
    expect(rates.rows).toEqual([{ rate: "20", applies_to: expect.arrayContaining(["revenue"]) }]);
    const { rows } = await admin.query(
      "select tenant_name, base_currency, currencies, lists_as_of, locks_as_of, (select count(*)::int from package_locks where connection_id = connections.id) as locks from connections where id = $1",
      [place.connectionId],
    );
    expect(rows).toMatchObject([
      {
        tenant_name: "Ashdown Trading Ltd",
        base_currency: "GBP",
        currencies: expect.arrayContaining(["GBP"]),
        lists_as_of: result.asOf,
        locks_as_of: expect.any(Date),
        locks: 0,
      },
    ]);
  });

  it("writes nothing when nothing changed", async () => {
    const place = await aPlace();
    await place.refresh();
    const versions =
      "select xmin::text, external_id from package_accounts where connection_id = $1 union all select xmin::text, external_id from package_tax_rates where connection_id = $1";
    const before = (await admin.query(versions, [place.connectionId])).rows;
    expect(await place.refresh()).toMatchObject({
      accounts: { written: 0, retired: 0 },
      taxRates: { written: 0, retired: 0 },
      changed: false,
    });
    expect((await admin.query(versions, [place.connectionId])).rows).toEqual(before);
  });

  it("B07 takes over a new, a renamed and an archived account, and the lock dates", async () => {
    const place = await aPlace();
    await place.refresh();
    await control.putAccount(place.tenantId, { code: "201", name: "Training", type: "REVENUE" });
    await control.putAccount(place.tenantId, { code: "200", status: "ARCHIVED" });
    await control.patchSettings(place.tenantId, { periodLock: "2026-07-31" });
    expect(await place.refresh()).toMatchObject({
      accounts: { written: 2, retired: 0 },
      taxRates: { written: 0 },
      changed: true,
    });
    const { rows } = await admin.query(
      "select code, name, active from package_accounts where connection_id = $1 and code in ('200', '201') order by code",
      [place.connectionId],
    );
    expect(rows).toEqual([
      { code: "200", name: "Sales", active: false },
      { code: "201", name: "Training", active: true },
    ]);
    const lock = await admin.query(
      "select label, from_on, to_on::text as on, kinds from package_locks where connection_id = $1",
      [place.connectionId],
    );
    expect(lock.rows).toEqual([{ label: "Period", from_on: null, on: "2026-07-31", kinds: null }]);
  });

  it("keeps what the package no longer names, as not active, and takes an id that comes twice once", async () => {
    const { scope, connectionId } = await aPlace();
    const run = (accounts: readonly PackageAccount[]) =>
      refreshCatalogue({ database, scope, connectionId, ...offering(accounts) });
    expect(await run([account("a"), account("b"), account("a", { name: "A" })])).toMatchObject({
      accounts: { written: 2, retired: 0 },
    });
    expect(await run([account("a", { name: "A" })])).toMatchObject({ accounts: { written: 0, retired: 1 } });
    const { rows } = await admin.query(
      "select external_id, name, active from package_accounts where connection_id = $1 order by 1",
      [connectionId],
    );
    expect(rows).toEqual([
      { external_id: "a", name: "A", active: true },
      { external_id: "b", name: "b", active: false },
    ]);
    await expect(run([])).rejects.toMatchObject({ code: "transient.server-error" });
    expect(
      (await admin.query("select count(*)::int as n from package_accounts where connection_id = $1 and active", [connectionId]))
        .rows,
    ).toEqual([{ n: 1 }]);
  });

  it("keeps the rates of a package that lists none, and of another takes an empty list for an answer gone wrong", async () => {
    const { scope, connectionId } = await aPlace();
    const standard = { externalId: "20.0", name: "20%", rate: "20", selfAccounts: null, active: true, appliesTo: [] };
    const { connector, exchange } = offering([account("a")]);
    const discover = { ...connector.discover, read: () => ({ accounts: [account("a")], taxRates: [], next: null }) };
    const run = (fixed: Pick<Connector, "fixedTaxRates">) =>
      refreshCatalogue({ database, scope, connectionId, connector: { ...connector, discover, ...fixed }, exchange });
    await expect(run({})).rejects.toMatchObject({ code: "transient.server-error" });
    expect(await run({ fixedTaxRates: [standard] })).toMatchObject({ taxRates: { written: 1, retired: 0 } });
    expect(await run({ fixedTaxRates: [standard] })).toMatchObject({ taxRates: { written: 0, retired: 0 } });
  });

  it("reaches no other client's rows", async () => {
    const [one, two] = [await aPlace(), await aPlace()];
    await one.refresh();
    const foreign = refreshCatalogue({
      database,
      scope: two.scope,
      connectionId: one.connectionId,
      ...offering([account("z")]),
    });
    await expect(foreign).rejects.toThrow("not one of client");
    const { rows } = await admin.query("select count(*)::int as n from package_accounts where external_id = 'z'");
    expect(rows).toEqual([{ n: 0 }]);
  });
});
