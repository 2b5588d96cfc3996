import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database, ScopedDb } from "#db/client.ts";
import {
  addGrant,
  addOauthState,
  claimOauthState,
  deleteUnusedGrant,
  endTenantChoice,
  findConnection,
  findEarlierConnection,
  findTenantChoice,
  lockGrantOfHolder,
  saveConnected,
  saveTenantChoice,
  saveTokens,
  type TenantChoice,
  unsafeFindTenantHolder,
} from "#db/queries/connections/connections.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings, callbackUrl } from "#lib/calling/app-settings.ts";
import { authorisationUrl, exchangeCode, GrantRefused, type Tokens } from "#lib/calling/oauth.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type Actor, type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { grantPlace, seal } from "#lib/common/secrets.ts";
import type { ConsentedTenant } from "#lib/connectors/oauth.ts";
import { consentOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { log } from "#lib/log.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/** The signed-in administrator, and the browser session that they are in. */
export interface Connecting {
  readonly userId: string;
  readonly sessionId: string;
  /** As it stands in the audit. */
  readonly label: string;
}

export type ConnectResult =
  | { readonly outcome: "connected"; readonly clientId: string; readonly connectionId: string; readonly tenantName: string }
  /** The consent covers several organisations: one of them is to be chosen with {@link chooseTenant}. */
  | { readonly outcome: "choose"; readonly clientId: string; readonly choiceId: string };

const sha = (state: string) => createHash("sha256").update(state).digest("hex");
const actorOf = (person: Connecting): Actor => ({ userId: person.userId, label: person.label });

/**
 * Begins to connect a client: answers the address of the package's consent page. The state in it works once, within ten minutes,
 * in this browser session, for this person, client and package.
 */
export async function startConnect(
  database: Database,
  scope: ClientScope,
  person: Connecting,
  packageId: PackageId,
  settings: AppSettings = appSettings(),
): Promise<{ url: string }> {
  const state = randomBytes(32).toString("base64url");
  const url = authorisationUrl(packageId, settings.appAt(packageId), callbackUrl(packageId, settings), state);
  await database.inScope(scope, async (db) => {
    await addOauthState(db, scope, {
      sessionId: person.sessionId,
      userId: person.userId,
      package: packageId,
      stateSha: sha(state),
    });
    await audit(db, scope, { action: "connection.start", subject: packageId });
  });
  return { url };
}

/**
 * Ends the browser's way back from the consent page. The client follows from the state alone; whoever calls this has made sure that
 * the person may connect clients at all.
 *
 * @param returned path and query that the browser came back to; its origin is not looked at
 * @throws {Refusal} in words for the administrator: an old or foreign state, a cancelled consent, another organisation than before
 */
export async function completeConnect(
  database: Database,
  person: Connecting,
  packageId: PackageId,
  returned: URL,
  settings: AppSettings = appSettings(),
): Promise<ConnectResult> {
  const consent = consentOf(packageId);
  const state = returned.searchParams.get("state") ?? "";
  const practice = jobPracticeScope(actorOf(person));
  const claimed = await database.inScope(practice, (db) =>
    claimOauthState(db, practice, {
      sessionId: person.sessionId,
      userId: person.userId,
      package: packageId,
      stateSha: sha(state),
    }),
  );
  if (!claimed) {
    await database.inScope(practice, (db) =>
      audit(db, practice, { action: "connection.refused", subject: packageId, detail: { why: "state" } }),
    );
    throw new Refusal(
      `This return from ${consent.name} was already used, has expired, or was started in another browser. Connect again.`,
      { code: "oauth-state" },
    );
  }
  const scope = jobScope(claimed.clientId, actorOf(person));
  const app = settings.appAt(packageId);
  const refused = returned.searchParams.get("error");
  if (refused !== null) {
    throw new Refusal(
      refused === "access_denied"
        ? `The consent was cancelled in ${consent.name}; nothing was changed.`
        : `${consent.name} did not accept the connection request: ${refused.slice(0, 80)}.`,
      { code: "oauth-denied" },
    );
  }
  // The address as it is registered, not as a proxy handed it on.
  const address = new URL(callbackUrl(packageId, settings));
  address.search = returned.search;
  const tokens = await exchangeCode(packageId, app, address, state).catch((error: unknown) => {
    if (error instanceof GrantRefused)
      throw new Refusal(`${consent.name} did not take the consent (${error.message}). Connect again.`, { code: "oauth-denied" });
    log.warn({ error }, "no token for a consent");
    throw new Refusal(`${consent.name} could not be reached to finish the connection. Connect again.`, {
      code: "oauth-unavailable",
    });
  });
  const added = await consent
    .listTenants({ accessToken: tokens.accessToken, returned: returned.searchParams }, app)
    .catch((error: unknown) => {
      log.warn({ error }, "no list of organisations for a consent");
      throw new Refusal(`${consent.name} did not say which organisations the consent covers. Connect again.`, {
        code: "oauth-unavailable",
      });
    });

  const current = await database.inScope(scope, (db) => findConnection(db, scope));
  const pinned = current ? added.filter((tenant) => tenant.id === current.tenantId && packageId === current.package) : added;
  const grantId = await keepGrant(database, packageId, tokens, settings);
  const undo = async (why: string, refusal: Refusal): Promise<never> => {
    await abandon(database, scope, packageId, grantId, added, tokens, settings, why);
    throw refusal;
  };
  if (current && pinned.length === 0) {
    return undo(
      "wrong-tenant",
      new Refusal(
        `This client is tied to ${current.tenantName}, and the consent does not cover it. Choose the same organisation, or disconnect first.`,
        {
          code: "connection.wrong-tenant",
        },
      ),
    );
  }
  const [only, ...others] = pinned;
  if (!only)
    return undo(
      "no-tenant",
      new Refusal(`The consent covers no organisation in ${consent.name}. Connect again and choose one.`, {
        code: "oauth-no-tenant",
      }),
    );
  if (others.length > 0) {
    await database.inScope(scope, (db) => saveTenantChoice(db, scope, claimed.id, { grantId, tenants: pinned }));
    return { outcome: "choose", clientId: claimed.clientId, choiceId: claimed.id };
  }
  try {
    return await bind(database, scope, packageId, grantId, only);
  } catch (error) {
    if (error instanceof Refusal) return undo(error.code, error);
    throw error;
  }
}

/** What may be chosen after a consent that covers several organisations; null when it is too late, or another session's. */
export async function findChoice(
  database: Database,
  scope: ClientScope,
  person: Connecting,
  choiceId: string,
): Promise<readonly { id: string; name: string; holder: string | null }[] | null> {
  const choice = await database.inScope(scope, (db) => findTenantChoice(db, scope, choiceId, person.sessionId));
  if (!choice) return null;
  const practice = jobPracticeScope(actorOf(person));
  return database.inScope(practice, async (db) => {
    const offered: { id: string; name: string; holder: string | null }[] = [];
    for (const { id, name } of choice.tenants) {
      const holder = await unsafeFindTenantHolder(db, practice, choice.package, id);
      offered.push({ id, name, holder: holder && holder.clientId !== scope.clientId ? holder.clientName : null });
    }
    return offered;
  });
}

/** Connects the client to the chosen organisation. The choice can be made once. @throws {Refusal} */
export async function chooseTenant(
  database: Database,
  scope: ClientScope,
  person: Connecting,
  choiceId: string,
  tenantId: string,
): Promise<ConnectResult> {
  const choice = await database.inScope(scope, (db) => findTenantChoice(db, scope, choiceId, person.sessionId));
  const tenant = choice?.tenants.find((one) => one.id === tenantId);
  if (!choice || !tenant) throw new Refusal("This choice has expired. Connect again.", { code: "oauth-state" });
  return bind(database, scope, choice.package, choice.grantId, tenant, choiceId);
}

/** Keeps the tokens: one person's consents at one package are one grant, whichever clients they are for. */
async function keepGrant(database: Database, packageId: PackageId, tokens: Tokens, settings: AppSettings): Promise<string> {
  const practice = jobPracticeScope();
  const consent = consentOf(packageId);
  const holder = await consent.holderOf(tokens.accessToken, settings.appAt(packageId)).catch((error: unknown) => {
    log.warn({ error }, "no holder of a consent");
    throw new Refusal(`${consent.name} did not say whose consent it is. Connect again.`, { code: "oauth-unavailable" });
  });
  return database.inScope(practice, async (db) => {
    const known = holder === null ? null : await lockGrantOfHolder(db, practice, packageId, holder);
    const id = known?.id ?? randomUUID();
    const sealed = {
      access: seal(tokens.accessToken, grantPlace(id, "access_token_sealed"), settings.keys),
      refresh:
        tokens.refreshToken === null ? null : seal(tokens.refreshToken, grantPlace(id, "refresh_token_sealed"), settings.keys),
      accessExpiresAt: tokens.accessExpiresAt,
      scope: tokens.scope,
    };
    if (known) await saveTokens(db, practice, id, sealed);
    else await addGrant(db, practice, { ...sealed, id, package: packageId, holder });
    return id;
  });
}

/** Ties client and organisation, in one transaction with its audit, its postings and the wake-up. */
async function bind(
  database: Database,
  scope: ClientScope,
  packageId: PackageId,
  grantId: string,
  tenant: TenantChoice,
  choiceId?: string,
): Promise<ConnectResult> {
  const practice = jobPracticeScope(scope.actor);
  const holder = await database.inScope(practice, (db) => unsafeFindTenantHolder(db, practice, packageId, tenant.id));
  if (holder && holder.clientId !== scope.clientId) throw held(tenant, holder.clientName);
  let replaced: string | null = null;
  try {
    const connectionId = await database.inScope(scope, async (db) => {
      if (choiceId !== undefined) {
        await endTenantChoice(db, scope, choiceId);
      }
      const current = await findConnection(db, scope);
      if (current && (current.tenantId !== tenant.id || current.package !== packageId)) {
        throw new Refusal(`This client is tied to ${current.tenantName}. Choose the same organisation, or disconnect first.`, {
          code: "connection.wrong-tenant",
        });
      }
      const again = current ?? (await findEarlierConnection(db, scope, packageId, tenant.id));
      if (current?.grantId && current.grantId !== grantId) replaced = current.grantId;
      const id = await saveConnected(db, scope, again?.id ?? null, { package: packageId, tenant, grantId });
      await audit(db, scope, {
        action: again ? "connection.reconnect" : "connection.connect",
        subject: tenant.name,
        detail: { package: packageId, tenantId: tenant.id },
      });
      await makePostings(db, scope);
      await wakeConnection(db, id, { staff: true });
      return id;
    });
    if (replaced !== null) await tidyGrant(database, replaced);
    return { outcome: "connected", clientId: scope.clientId, connectionId, tenantName: tenant.name };
  } catch (error) {
    // Somebody connected the same organisation elsewhere at this moment: the unique key has the last word.
    if (isUniqueViolation(error)) throw held(tenant, "another client");
    throw error;
  }
}

function held(tenant: TenantChoice, clientName: string): Refusal {
  return new Refusal(`${tenant.name} is connected to ${clientName}. Disconnect it there first.`, {
    code: "connection.tenant-held",
  });
}

function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "23505";
}

async function tidyGrant(database: Database, grantId: string): Promise<void> {
  const practice = jobPracticeScope();
  await database.inScope(practice, (db: ScopedDb) => deleteUnusedGrant(db, practice, grantId));
}

/** Undoes a consent that leads nowhere: what no client of ours uses is removed in the package too, since it counts there. */
async function abandon(
  database: Database,
  scope: ClientScope,
  packageId: PackageId,
  grantId: string,
  added: readonly ConsentedTenant[],
  tokens: Tokens,
  settings: AppSettings,
  why: string,
): Promise<void> {
  const practice = jobPracticeScope(scope.actor);
  await database.inScope(scope, (db) => audit(db, scope, { action: "connection.refused", subject: packageId, detail: { why } }));
  for (const tenant of added) {
    const { removeTenant } = consentOf(packageId);
    const app = settings.appAt(packageId);
    if (tenant.remoteConnectionId === null || removeTenant === null) continue;
    const holder = await database.inScope(practice, (db) => unsafeFindTenantHolder(db, practice, packageId, tenant.id));
    if (holder) continue;
    await removeTenant(tokens.accessToken, tenant.remoteConnectionId, { ...app, apiUrl: tenant.apiUrl ?? app.apiUrl }).catch(
      (error: unknown) => log.warn({ error }, "a consent that leads nowhere could not be removed in the package"),
    );
  }
  await tidyGrant(database, grantId);
}
