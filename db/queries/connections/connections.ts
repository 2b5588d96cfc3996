import { and, desc, eq, gt, isNull, ne, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { clients, connections, grants, oauthStates } from "#db/schema/clients.ts";
import type { ClientScope, PracticeScope } from "#lib/common/scope.ts";
import type { PackageId } from "#lib/connectors/types.ts";

// A person at a consent page is on real time: a demo clock that runs sixtyfold must not hurry anyone.
const realNow = sql`clock_timestamp()`;
const STATE_MINUTES = 10;

export interface TenantChoice {
  readonly id: string;
  readonly name: string;
  readonly remoteConnectionId: string | null;
  /** Where its API answers, where that is not where the package's own does. */
  readonly apiUrl?: string;
}

/** Keeps one authorisation under way, for ten minutes; what ran out a day ago is tidied away. */
export async function addOauthState(
  db: ScopedDb,
  scope: ClientScope,
  state: { sessionId: string; userId: string; package: PackageId; stateSha: string },
): Promise<void> {
  await db
    .delete(oauthStates)
    .where(and(eq(oauthStates.clientId, scope.clientId), sql`${oauthStates.expiresAt} < clock_timestamp() - interval '1 day'`));
  await db.insert(oauthStates).values({
    ...state,
    clientId: scope.clientId,
    expiresAt: sql`clock_timestamp() + make_interval(mins => ${STATE_MINUTES})`,
  });
}

/** Takes the one use of a state, if it is this session's, this person's and this package's, and not too old. */
export async function claimOauthState(
  db: ScopedDb,
  _scope: PracticeScope,
  state: { sessionId: string; userId: string; package: PackageId; stateSha: string },
): Promise<{ id: string; clientId: string } | null> {
  const [claimed] = await db
    .update(oauthStates)
    .set({ usedAt: realNow })
    .where(
      and(
        eq(oauthStates.stateSha, state.stateSha),
        eq(oauthStates.sessionId, state.sessionId),
        eq(oauthStates.userId, state.userId),
        eq(oauthStates.package, state.package),
        isNull(oauthStates.usedAt),
        gt(oauthStates.expiresAt, realNow),
      ),
    )
    .returning({ id: oauthStates.id, clientId: oauthStates.clientId });
  return claimed ?? null;
}

/** Keeps what a consent covers until one organisation of it is chosen, for ten minutes more. */
export async function saveTenantChoice(
  db: ScopedDb,
  scope: ClientScope,
  stateId: string,
  choice: { grantId: string; tenants: readonly TenantChoice[] },
): Promise<void> {
  await db
    .update(oauthStates)
    .set({ ...choice, expiresAt: sql`clock_timestamp() + make_interval(mins => ${STATE_MINUTES})` })
    .where(and(eq(oauthStates.id, stateId), eq(oauthStates.clientId, scope.clientId)));
}

/** What this session may still choose from, or null when it is too late or somebody else's. */
export async function findTenantChoice(
  db: ScopedDb,
  scope: ClientScope,
  stateId: string,
  sessionId: string,
  options: { lock: boolean } = { lock: false },
): Promise<{ package: PackageId; grantId: string; tenants: readonly TenantChoice[] } | null> {
  const query = db
    .select({ package: oauthStates.package, grantId: oauthStates.grantId, tenants: oauthStates.tenants })
    .from(oauthStates)
    .where(
      and(
        eq(oauthStates.id, stateId),
        eq(oauthStates.clientId, scope.clientId),
        eq(oauthStates.sessionId, sessionId),
        gt(oauthStates.expiresAt, realNow),
      ),
    );
  const [found] = options.lock ? await query.for("update") : await query;
  if (!found?.grantId || !found.tenants || found.tenants.length === 0) return null;
  return { package: found.package as PackageId, grantId: found.grantId, tenants: found.tenants };
}

/** Ends a choice: it was made, or is not to be made. */
export async function endTenantChoice(db: ScopedDb, scope: ClientScope, stateId: string): Promise<void> {
  await db
    .update(oauthStates)
    .set({ tenants: null, grantId: null, expiresAt: realNow })
    .where(and(eq(oauthStates.id, stateId), eq(oauthStates.clientId, scope.clientId)));
}

const connectionColumns = {
  id: connections.id,
  clientId: connections.clientId,
  package: connections.package,
  state: connections.state,
  tenantId: connections.tenantId,
  tenantName: connections.tenantName,
  remoteConnectionId: connections.remoteConnectionId,
  grantId: connections.grantId,
  baseCurrency: connections.baseCurrency,
  apiUrl: connections.apiUrl,
  options: connections.options,
  connectedByName: connections.connectedByName,
  connectedAt: connections.connectedAt,
  lostAt: connections.lostAt,
  lostReason: connections.lostReason,
};

/** The client's connection that is not disconnected, live or lost, or null. */
export async function findConnection(db: ScopedDb, scope: ClientScope) {
  const [found] = await db
    .select(connectionColumns)
    .from(connections)
    .where(and(eq(connections.clientId, scope.clientId), ne(connections.state, "disconnected")));
  return found ?? null;
}

/** The package that the client is connected to, else the one it was connected to last; null where there never was one. */
export async function findLatestPackage(db: ScopedDb, scope: ClientScope): Promise<string | null> {
  const [found] = await db
    .select({ package: connections.package })
    .from(connections)
    .where(eq(connections.clientId, scope.clientId))
    .orderBy(sql`(${connections.state} = 'disconnected')`, desc(connections.connectedAt))
    .limit(1);
  return found?.package ?? null;
}

/** The client's earlier connection to the same organisation: reconnecting takes it up again, with its links and its history. */
export async function findEarlierConnection(db: ScopedDb, scope: ClientScope, packageId: PackageId, tenantId: string) {
  const [found] = await db
    .select(connectionColumns)
    .from(connections)
    .where(
      and(
        eq(connections.clientId, scope.clientId),
        eq(connections.package, packageId),
        eq(connections.tenantId, tenantId),
        eq(connections.state, "disconnected"),
      ),
    )
    .orderBy(desc(connections.disconnectedAt))
    .limit(1);
  return found ?? null;
}

/** The company that this client had connected to under a name, by its id; null where there was none. */
export async function findEarlierNamed(
  db: ScopedDb,
  scope: ClientScope,
  packageId: PackageId,
  name: string,
): Promise<string | null> {
  const [found] = await db
    .select({ tenantId: connections.tenantId })
    .from(connections)
    .where(
      and(
        eq(connections.clientId, scope.clientId),
        eq(connections.package, packageId),
        sql`lower(${connections.tenantName}) = lower(${name})`,
        eq(connections.state, "disconnected"),
      ),
    )
    .orderBy(desc(connections.disconnectedAt))
    .limit(1);
  return found?.tenantId ?? null;
}

/** Name of another client that an organisation is connected to, or null. */
export async function unsafeFindTenantHolder(
  db: ScopedDb,
  _scope: PracticeScope,
  packageId: PackageId,
  tenantId: string,
): Promise<{ clientId: string; clientName: string } | null> {
  const [found] = await db
    .select({ clientId: connections.clientId, clientName: clients.name })
    .from(connections)
    .innerJoin(clients, eq(clients.id, connections.clientId))
    .where(and(eq(connections.package, packageId), eq(connections.tenantId, tenantId), ne(connections.state, "disconnected")));
  return found ?? null;
}

export interface Connected {
  readonly package: PackageId;
  readonly tenant: TenantChoice;
  /** Null where no tokens of the package's are kept. */
  readonly grantId: string | null;
}

/** Makes a connection live: the given one again, or a new one. Answers its id. */
export async function saveConnected(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string | null,
  connected: Connected,
): Promise<string> {
  const values = {
    state: "live" as const,
    tenantName: connected.tenant.name,
    remoteConnectionId: connected.tenant.remoteConnectionId,
    apiUrl: connected.tenant.apiUrl ?? null,
    grantId: connected.grantId,
    connectedBy: scope.actor.userId,
    connectedByName: scope.actor.label,
    connectedAt: sql`app.now()`,
    lostAt: null,
    lostReason: null,
    disconnectedAt: null,
    blockedUntil: null,
    blockedReason: null,
  };
  const rows =
    connectionId === null
      ? await db
          .insert(connections)
          .values({ ...values, clientId: scope.clientId, package: connected.package, tenantId: connected.tenant.id })
          .returning({ id: connections.id })
      : await db
          .update(connections)
          .set(values)
          .where(and(eq(connections.id, connectionId), eq(connections.clientId, scope.clientId)))
          .returning({ id: connections.id });
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("The connection was not written");
  return id;
}

/** Ends a connection here. Its rows, links, mappings and history stay. False when it was ended already. */
export async function markDisconnected(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<boolean> {
  const moved = await db
    .update(connections)
    .set({
      state: "disconnected",
      disconnectedAt: sql`app.now()`,
      grantId: null,
      remoteConnectionId: null,
      lostAt: null,
      lostReason: null,
    })
    .where(
      and(eq(connections.id, connectionId), eq(connections.clientId, scope.clientId), ne(connections.state, "disconnected")),
    );
  return (moved.rowCount ?? 0) > 0;
}

/** Marks a live connection as lost for everybody to see; its rows stay where they are. */
export async function markConnectionLost(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  reason: string,
): Promise<boolean> {
  const moved = await db
    .update(connections)
    .set({ state: "lost", lostAt: sql`app.now()`, lostReason: reason })
    .where(and(eq(connections.id, connectionId), eq(connections.clientId, scope.clientId), eq(connections.state, "live")));
  return (moved.rowCount ?? 0) > 0;
}

/** A lost connection in words; null when it is not lost. */
export async function findLostConnection(db: ScopedDb, scope: ClientScope, connectionId: string) {
  const [row] = await db
    .select({
      package: connections.package,
      tenant: connections.tenantName,
      lostAt: connections.lostAt,
      reason: connections.lostReason,
      client: clients.name,
      slug: clients.slug,
      timeZone: clients.timeZone,
      locale: clients.locale,
    })
    .from(connections)
    .innerJoin(clients, eq(clients.id, connections.clientId))
    .where(and(eq(connections.id, connectionId), eq(connections.clientId, scope.clientId), eq(connections.state, "lost")));
  return row?.lostAt ? { ...row, lostAt: row.lostAt, reason: row.reason ?? "" } : null;
}

/** Live connections that use a grant, over all clients. */
export async function unsafeListGrantConnections(db: ScopedDb, _scope: PracticeScope, grantId: string) {
  return db
    .select({ id: connections.id, clientId: connections.clientId, state: connections.state })
    .from(connections)
    .where(and(eq(connections.grantId, grantId), ne(connections.state, "disconnected")));
}

const grantColumns = {
  id: grants.id,
  package: grants.package,
  access: grants.accessTokenSealed,
  refresh: grants.refreshTokenSealed,
  accessExpiresAt: grants.accessExpiresAt,
  version: grants.version,
  endedAt: grants.endedAt,
};

/** The grant behind a connection that is not disconnected, or null. */
export async function findGrantOf(db: ScopedDb, _scope: PracticeScope, connectionId: string) {
  const [found] = await db
    .select(grantColumns)
    .from(connections)
    .innerJoin(grants, eq(grants.id, connections.grantId))
    .where(and(eq(connections.id, connectionId), ne(connections.state, "disconnected")));
  return found ?? null;
}

export type GrantRow = NonNullable<Awaited<ReturnType<typeof findGrantOf>>>;

/** Holds the grant's row until the transaction ends: one refresh at a time, in whatever process. */
export async function lockGrant(db: ScopedDb, _scope: PracticeScope, grantId: string): Promise<GrantRow | null> {
  const [found] = await db.select(grantColumns).from(grants).where(eq(grants.id, grantId)).for("update");
  return found ?? null;
}

/** Holds the grant of one holder (a person at the package, for one app), or null when there is none. Two sign-ins of one holder take turns. */
export async function lockGrantOfHolder(
  db: ScopedDb,
  _scope: PracticeScope,
  packageId: PackageId,
  holder: string,
): Promise<GrantRow | null> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`grant:${packageId}:${holder}`}, 0))`);
  const [found] = await db
    .select(grantColumns)
    .from(grants)
    .where(and(eq(grants.package, packageId), eq(grants.consentId, holder)))
    .for("update");
  return found ?? null;
}

export interface SealedTokens {
  readonly access: string;
  readonly refresh: string | null;
  readonly accessExpiresAt: Date;
  readonly scope?: string;
}

export async function addGrant(
  db: ScopedDb,
  _scope: PracticeScope,
  grant: SealedTokens & { id: string; package: PackageId; holder: string | null },
): Promise<void> {
  await db.insert(grants).values({
    id: grant.id,
    package: grant.package,
    consentId: grant.holder,
    accessTokenSealed: grant.access,
    refreshTokenSealed: grant.refresh,
    accessExpiresAt: grant.accessExpiresAt,
    scope: grant.scope ?? "",
  });
}

/** Keeps a new token pair; answers the grant's new version. */
export async function saveTokens(db: ScopedDb, _scope: PracticeScope, grantId: string, tokens: SealedTokens): Promise<number> {
  const [saved] = await db
    .update(grants)
    .set({
      accessTokenSealed: tokens.access,
      refreshTokenSealed: tokens.refresh,
      accessExpiresAt: tokens.accessExpiresAt,
      ...(tokens.scope === undefined ? {} : { scope: tokens.scope }),
      version: sql`${grants.version} + 1`,
      endedAt: null,
    })
    .where(eq(grants.id, grantId))
    .returning({ version: grants.version });
  if (!saved) throw new Error("The tokens were not written");
  return saved.version;
}

/** Remembers that a grant is of no more use: its refresh token was refused. */
export async function endGrant(db: ScopedDb, _scope: PracticeScope, grantId: string): Promise<void> {
  await db.update(grants).set({ endedAt: sql`app.now()` }).where(eq(grants.id, grantId));
}

/** Deletes a grant and its tokens, unless some client's connection uses it or a choice of organisation waits for it. */
export async function deleteUnusedGrant(db: ScopedDb, _scope: PracticeScope, grantId: string): Promise<boolean> {
  await db.execute(sql`select 1 from grants where id = ${grantId} for update`);
  await db.execute(
    sql`update oauth_states set grant_id = null, tenants = null where grant_id = ${grantId} and expires_at <= clock_timestamp()`,
  );
  const gone = await db.execute(sql`
    delete from grants g where g.id = ${grantId}
      and not exists (select from connections c where c.grant_id = g.id)
      and not exists (select from oauth_states s where s.grant_id = g.id)`);
  return (gone.rowCount ?? 0) > 0;
}

/** Grants with a token that is not sealed under the key of this prefix, held until the transaction ends. */
export async function lockStaleGrants(db: ScopedDb, _scope: PracticeScope, prefix: string, limit: number) {
  return db
    .select({ id: grants.id, access: grants.accessTokenSealed, refresh: grants.refreshTokenSealed })
    .from(grants)
    .where(
      sql`not starts_with(${grants.accessTokenSealed}, ${prefix}) or (${grants.refreshTokenSealed} is not null and not starts_with(${grants.refreshTokenSealed}, ${prefix}))`,
    )
    .orderBy(grants.id)
    .limit(limit)
    .for("update");
}

/** Writes tokens that were sealed anew; they are the same tokens, so the version stays. */
export async function saveResealed(
  db: ScopedDb,
  _scope: PracticeScope,
  rows: readonly { id: string; access: string; refresh: string | null }[],
): Promise<void> {
  await db.execute(sql`
    update grants g set access_token_sealed = r.access, refresh_token_sealed = r.refresh
    from unnest(${sql.param(rows.map((row) => row.id))}::uuid[], ${sql.param(rows.map((row) => row.access))}::text[],
      ${sql.param(rows.map((row) => row.refresh))}::text[]) as r (id, access, refresh)
    where g.id = r.id`);
}

/** The package of the client's connection and the organisation's short code; null without a connection. */
export async function findPackageSite(
  db: ScopedDb,
  scope: ClientScope,
): Promise<{ package: PackageId; shortCode: string | null } | null> {
  const [row] = await db
    .select({ package: sql<PackageId>`${connections.package}`, shortCode: connections.shortCode })
    .from(connections)
    .where(and(eq(connections.clientId, scope.clientId), ne(connections.state, "disconnected")));
  return row ?? null;
}
