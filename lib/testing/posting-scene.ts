import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import pg from "pg";
import { type Database, openDatabase, type ScopedDb, schema } from "#db/client.ts";
import { takeLease } from "#db/queries/common/leases.ts";
import { saveLocks } from "#db/queries/connections/locks.ts";
import { sweepOverdue } from "#db/queries/postings/outcomes.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { exchangeRead, PackagePause } from "#lib/calling/call.ts";
import { brokenInvariants } from "#lib/campaign/checks-sql.ts";
import { followClock, now } from "#lib/clock.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { grantPlace, parseSecretKeys, seal } from "#lib/common/secrets.ts";
import type { Connection, PackageId, PackageLists } from "#lib/connectors/types.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import type { PackageLock } from "#lib/model/lock-policy.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { takePortion } from "#lib/posting/take-portion.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import { type SceneMapping, type ScenePackage, XERO_SCENE } from "./scene-package.ts";
import { importsOf, rowsOf } from "./scene-records.ts";

interface PostingRow extends Record<string, unknown> {
  readonly id: string;
  readonly reference: string;
  readonly kind: string;
  readonly state: string;
  readonly revision: number;
  readonly panel: string;
  readonly error_code: string | null;
  readonly error_detail: Record<string, unknown> | null;
  readonly precheck: string | null;
  readonly precheck_code: string | null;
  readonly differences: readonly { field: string; ours: string; theirs: string }[] | null;
  readonly held_as_draft: boolean;
  readonly generation: number;
  readonly unknown_why: string | null;
  /** A run has it before it, and its turn has not come. */
  readonly chosen: boolean;
}

/**
 * The posting engine between a real Postgres and the real simulator over HTTP: one client with a small chart, connected and mapped.
 * One per test file; `client()` makes a client with an organisation of its own for each test.
 * @param place where it lies: in the worker's shared database, for tests of single clients; in one of the file's `own`, for those that
 * look at the whole practice or at the database itself; or in the database of a campaign, which runs the scene outside of the tests
 * @param of which package its clients are connected to
 */
export async function makePostingScene(
  place: "shared" | "own" | { readonly workerUrl: string; readonly superUrl: string; readonly ownerUrl?: string } = "shared",
  of: ScenePackage = XERO_SCENE,
) {
  const test = typeof place === "object" ? place : await testDatabase(place);
  const database = openDatabase(test.workerUrl);
  const simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
  const control = simulatorControl(simulator.url, of.connector.id);
  const practice = jobPracticeScope();
  const clock = await followClock([simulator.url], (setting) =>
    database.inScope(practice, async (db) => {
      await db.execute(sql`delete from clock`);
      if (setting)
        await db.insert(schema.clock).values({ realAt: setting.realAt, virtualAt: setting.virtualAt, scale: setting.scale });
    }),
  );
  return {
    database,
    control,
    simulator,
    client: () => makeClient(database, control, `${simulator.url}${of.under}`, of),
    /** The scene's database as superuser, to break what no code of ours could. */
    superUrl: test.superUrl,
    /** The same as its owner, whom the policies bind: for tests of migrations. */
    ownerUrl: test.ownerUrl ?? "",
    /** Steps the one clock on by so many seconds and waits until this process and SQL have followed. */
    async step(seconds: number) {
      const at = new Date(now().getTime() + seconds * 1000);
      await control.setClock({ now: at.toISOString() });
      const until = performance.now() + 5_000;
      while (now() < at && performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
      for (;;) {
        const [row] = await database.inScope(practice, (db) => rowsOf<{ ok: boolean }>(db, sql`select app.now() >= ${at} as ok`));
        if (row?.ok || performance.now() > until) return;
      }
    },
    /** As if the database server had been started anew, or a backup gone back to. */
    async anotherInstance() {
      const owner = new pg.Client({ connectionString: test.superUrl });
      await owner.connect();
      await owner.query("update server_start set started_at = started_at - interval '1 day'");
      await owner.end();
    },
    async close() {
      clock.stop();
      await database.close();
      await simulator.close();
    },
  };
}

async function testDatabase(place: "shared" | "own") {
  // Loads the test runner, which is there within a test alone.
  const { createTestDatabase, sharedTestDatabase } = await import("./database.ts");
  return place === "own" ? createTestDatabase() : sharedTestDatabase();
}

export type SceneClient = Awaited<ReturnType<typeof makeClient>>;

async function makeClient(database: Database, control: ReturnType<typeof simulatorControl>, url: string, of: ScenePackage) {
  const tenant = await control.addTenant(`Scene ${randomUUID().slice(0, 8)} Ltd`);
  const tokens = await control.tokens([tenant.id]);
  await control.patchSettings(tenant.id, { limits: false, latencyMs: 0 });
  const clientId = randomUUID();
  const connectionId = randomUUID();
  const scope: ClientScope = jobScope(clientId, { userId: null, label: "Staff" });
  const connection: Connection = { id: connectionId, tenantId: tenant.id, apiUrl: url, baseCurrency: "GBP", options: {} };
  // What a person's read needs: the consent's token at rest, and where the package answers.
  const grantId = randomUUID();
  const app: AppSettings = {
    appUrl: "http://localhost:3000",
    keys: parseSecretKeys(`k1:${randomBytes(32).toString("base64")}`),
    appAt: () => ({ clientId: "scene", clientSecret: "scene", loginUrl: url, identityUrl: url, apiUrl: url }),
  };
  await insertClient(database, scope, { tenant, grantId, connectionId, app, accessToken: tokens.access_token, of });
  const worker = workerOn(database, control, scope, connection, tokens.access_token, of);
  const { worldFor, lease } = worker;
  await keepLists(worldFor(await lease()));

  const client = {
    tenant: tenant.id,
    clientId,
    connectionId,
    scope,
    ...worker,
    /** For what reads from the package while a person waits. */
    app,
    inScope: <T>(run: (db: ScopedDb) => Promise<T>) => database.inScope(scope, run),
    /** What we know of the package's locks, as if it had been read a moment ago: a last day, or a lock of its own. */
    knowLocks: (...locks: (PlainDate | PackageLock)[]) =>
      database.inScope(scope, (db) =>
        saveLocks(
          db,
          scope,
          connectionId,
          locks.map((lock) => (typeof lock === "string" ? { label: "Period", from: null, to: lock } : lock)),
          { known: false },
        ),
      ),
    /** Maps one code to the package's account of that code, or to a tax rate by its id: for both sides, or for one. */
    map: (...mapping: SceneMapping) => keepMappings(database, scope, { connectionId, packageId: of.connector.id }, [mapping]),
    ...importsOf(database, scope),
    ...readsOf(database, scope),
    ...packageOf(control, tenant.id, url, worker.accessToken),
    /** Upload data on the rows with these references, or on everything pending: the click alone, after which nothing has moved. */
    async click(...references: string[]) {
      const chosen = (await client.rows()).filter(
        (row) => row.panel === "pending" && (references.length === 0 || references.includes(row.reference)),
      );
      return database.inScope(scope, (db) => queueUpload(db, scope, { ids: chosen.map((row) => row.id) }));
    },
    /** As {@link click}, and what the worker makes of it before it sends anything. */
    async upload(...references: string[]) {
      const run = await client.click(...references);
      return { ...run, ...(await client.take()) };
    },
    /** The worker's portions, until no run has members to take. */
    async take() {
      const world = worldFor(await lease());
      const sum = { queued: 0, held: 0, dependencies: 0 };
      for (;;) {
        const portion = await takePortion(world);
        if (!portion?.taken) return sum;
        sum.queued += portion.queued;
        sum.held += portion.held;
        sum.dependencies += portion.along;
      }
    },
    /** One time slice of a worker, as the job has it, with the sweep before it. A pause is an ordinary end of a time slice. */
    async work() {
      await database.inScope(jobPracticeScope(), (db) => sweepOverdue(db));
      const fence = await lease();
      try {
        await workOn(worldFor(fence), 30_000);
      } catch (error) {
        if (!(error instanceof PackagePause)) throw error;
      }
    },
  };
  // The ordinary mapping.
  await keepMappings(database, scope, { connectionId, packageId: of.connector.id }, of.mappings);
  return client;
}

/** What works on the connection, with what a test sets about it. */
function workerOn(
  database: Database,
  control: ReturnType<typeof simulatorControl>,
  scope: ClientScope,
  connection: Connection,
  firstToken: string,
  of: ScenePackage,
) {
  const ids = { connectionId: connection.id, clientId: scope.clientId };
  const owner = `test:${randomUUID()}`;
  let lost: string | null = null;
  let postAs: PostingWorld["postAs"] = "authorised";
  let lines: "detailed" | "summarised" = "detailed";
  let version = 1;
  let accessToken = firstToken;

  const worldFor = (fence: bigint, signal?: AbortSignal): PostingWorld => ({
    database,
    clientId: scope.clientId,
    connector: of.connector,
    connection,
    token: async (refused) => {
      if (refused === version) {
        accessToken = (await control.tokens([connection.tenantId])).access_token;
        version += 1;
      }
      return { value: accessToken, version };
    },
    onLost: async (error) => {
      lost = error.code;
    },
    patienceMs: 2_000,
    ...(signal ? { signal } : {}),
    scope,
    fence,
    postAs,
    lines,
    urlOf: (recordId, pages = "documents") => `http://localhost:3000/clients/scene/${pages}/${recordId}`,
    leaseIsFresh: () => true,
    inScope: (run) => database.inScope(scope, run),
  });

  const lease = async () => {
    const fence = await database.inScope(scope, (db) => takeLease(db, { ...ids, owner, deadOwner: owner }));
    if (fence === null) throw new Error("The lease is taken");
    return fence;
  };

  return {
    worldFor,
    lease,
    lost: () => lost,
    accessToken: () => accessToken,
    /** How documents land in the package from now on. */
    postAs(how: "authorised" | "draft") {
      postAs = how;
    },
    lines(how: "detailed" | "summarised") {
      lines = how;
    },
  };
}

/** What a test reads of the client's postings, and of what was kept about them. */
function readsOf(database: Database, scope: ClientScope) {
  const rows = () =>
    database.inScope(scope, (db) =>
      rowsOf<PostingRow>(
        db,
        sql`
          select id, reference, kind, state, revision, panel, error_code, error_detail, precheck, precheck_code, differences, held_as_draft, generation, unknown_why,
            exists (select from run_members m where m.posting_id = postings.id and m.outcome is null and not m.taken) as chosen
          from postings where client_id = ${scope.clientId} and current order by kind, reference`,
      ),
    );

  return {
    rows,
    async row(reference: string): Promise<PostingRow> {
      const row = (await rows()).find((one) => one.reference === reference);
      if (!row) throw new Error(`There is no posting ${reference}`);
      return row;
    },
    /** Invariants of the protocol that do not hold, in words. */
    broken: () => database.inScope(scope, (db) => brokenInvariants(db, scope)),
    /** What the audit holds of one action, oldest first. */
    audit: (action: string) =>
      database.inScope(scope, (db) =>
        rowsOf<{ subject: string | null; detail: Record<string, unknown> }>(
          db,
          sql`select subject, detail from audit_events where client_id = ${scope.clientId} and action = ${action} order by seq`,
        ),
      ),
  };
}

/** The client's organisation in the package. */
function packageOf(control: ReturnType<typeof simulatorControl>, tenantId: string, url: string, accessToken: () => string) {
  return {
    /** Calls the package past the product, as another program of the client's would. */
    async call(method: "GET" | "POST" | "PUT", path: string, body: unknown) {
      const answer = await fetch(`${url}/api.xro/2.0/${path}`, {
        method,
        headers: { Authorization: `Bearer ${accessToken()}`, "xero-tenant-id": tenantId, Accept: "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    },
    ledger: (options?: Parameters<typeof control.ledger>[1]) => control.ledger(tenantId, options),
    settings: (settings: Parameters<typeof control.patchSettings>[1]) => control.patchSettings(tenantId, settings),
    faults: (...faults: Parameters<typeof control.faults>[1]) => control.faults(tenantId, faults),
    calls: (since = 0) => control.calls(tenantId, since),
    async writes() {
      return (await control.calls(tenantId)).filter((call) => call.method !== "GET");
    },
  };
}

/** A client that is connected, with a small chart of its own. */
async function insertClient(
  database: Database,
  scope: ClientScope,
  { tenant, grantId, connectionId, app, accessToken, of }: NewConnection,
): Promise<void> {
  const { clientId } = scope;
  await database.inScope(jobPracticeScope(), (db) =>
    db.insert(schema.grants).values({
      id: grantId,
      package: of.connector.id,
      accessTokenSealed: seal(accessToken, grantPlace(grantId, "access_token_sealed"), app.keys),
      accessExpiresAt: new Date(now().getTime() + 86_400_000),
    }),
  );

  await database.inScope(scope, async (db) => {
    await db.insert(schema.clients).values({ id: clientId, slug: `scene-${clientId.slice(0, 8)}`, name: "Scene" });
    await db.insert(schema.connections).values({
      id: connectionId,
      clientId,
      package: of.connector.id,
      state: "live",
      tenantId: tenant.id,
      tenantName: tenant.name,
      grantId,
      connectedByName: "Administrator",
      connectedAt: now(),
      listsAsOf: now(),
    });
    await db.insert(schema.nominalCodes).values([
      { clientId, code: "4000", name: "Sales", kind: "sales" },
      { clientId, code: "4010", name: "Training", kind: "sales" },
      { clientId, code: "5000", name: "Purchases", kind: "purchase" },
      { clientId, code: "1200", name: "Bank", kind: "bank" },
    ]);
    await db.insert(schema.taxCodes).values([
      { clientId, code: "STD", name: "Standard", rate: "20" },
      { clientId, code: "ZERO", name: "Zero", rate: "0" },
      { clientId, code: "PSTD", name: "Standard, purchases", rate: "20" },
    ]);
  });
}

interface NewConnection {
  readonly tenant: { readonly id: string; readonly name: string };
  readonly grantId: string;
  readonly connectionId: string;
  readonly app: AppSettings;
  readonly accessToken: string;
  readonly of: ScenePackage;
}

/** Codes mapped to the package's accounts of these codes, or to tax rates by their ids. */
async function keepMappings(
  database: Database,
  scope: ClientScope,
  { connectionId, packageId }: { readonly connectionId: string; readonly packageId: PackageId },
  mappings: readonly SceneMapping[],
): Promise<void> {
  const { clientId } = scope;
  await database.inScope(scope, async (db) => {
    await db.execute(sql`
      insert into mapping_sets (client_id, level, purpose, package, name) values (${clientId}, 'client', 'posting', ${packageId}, 'Scene')
      on conflict do nothing`);
    for (const [kind, sourceCode, target, side = ""] of mappings) {
      await db.execute(sql`
        insert into mapping_rows (set_id, client_id, kind, source_code, side, target_external_id, saved_by)
        select s.id, ${clientId}, ${kind}, ${sourceCode}, ${side}, ${
          kind === "tax"
            ? target
            : sql`(select external_id from package_accounts where connection_id = ${connectionId} and code = ${target})`
        }, 'Scene' from mapping_sets s where s.client_id = ${clientId}
        on conflict (set_id, kind, source_code, side) do update set target_external_id = excluded.target_external_id`);
    }
  });
}

/** Accounts and tax rates as the package gives them. */
async function keepLists(world: PostingWorld): Promise<void> {
  const { clientId, connection, connector } = world;
  const connectionId = connection.id;
  let cursor: string | null = null;
  do {
    const lists: PackageLists = await exchangeRead(world, connector.discover, cursor);
    await world.inScope(async (db) => {
      const of = { clientId, connectionId, seenAt: now() };
      const accounts = (lists.accounts ?? []).map((account) => ({ ...account, ...of }));
      const listed = lists.taxRates?.length === 0 ? (connector.fixedTaxRates ?? []) : (lists.taxRates ?? []);
      const taxRates = listed.map((rate) => ({ ...rate, appliesTo: [...rate.appliesTo], ...of }));
      if (accounts.length > 0) await db.insert(schema.packageAccounts).values(accounts);
      if (taxRates.length > 0) await db.insert(schema.packageTaxRates).values(taxRates);
    });
    cursor = lists.next;
  } while (cursor !== null);
}
