import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database, ScopedDb } from "#db/client.ts";
import {
  addGrant,
  addOauthState,
  claimOauthState,
  deleteUnusedGrant,
  endTenantChoice,
  findConnection,
  findTenantChoice,
  type GrantRow,
  lockGrantOfHolder,
  saveTenantChoice,
  saveTokens,
  unsafeFindTenantHolder,
  unsafeListGrantConnections,
} from "#db/queries/connections/connections.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings, callbackUrl } from "#lib/calling/app-settings.ts";
import { ConnectionLost, PackageUnavailable } from "#lib/calling/call.ts";
import { authorisationUrl, exchangeCode, GrantRefused, revokeTokens, type Tokens } from "#lib/calling/oauth.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { grantPlace, seal, unseal } from "#lib/common/secrets.ts";
import type { ConsentedTenant } from "#lib/connectors/oauth.ts";
import { consentOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { log } from "#lib/log.ts";
import { type Afterwards, actorOf, type Binding, bind, type Connecting } from "../bind.ts";

export type ConnectResult =
  | { readonly outcome: "connected"; readonly clientId: string; readonly connectionId: string; readonly tenantName: string }
  /** The consent covers several organisations: one of them is to be chosen with {@link chooseTenant}. */
  | { readonly outcome: "choose"; readonly clientId: string; readonly choiceId: string };

const sha = (state: string) => createHash("sha256").update(state).digest("hex");

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
 * @param afterwards in the transaction that ties client and organisation
 * @throws {Refusal} in words for the administrator: an old or foreign state, a cancelled consent, another organisation than before
 */
export async function completeConnect(
  database: Database,
  person: Connecting,
  packageId: PackageId,
  returned: URL,
  afterwards: (scope: ClientScope) => Afterwards,
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
    return await bindConsented(database, scope, { package: packageId, tenant: only, grantId }, afterwards(scope));
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

/**
 * Connects the client to the chosen organisation. The choice can be made once.
 * @param afterwards in the transaction that ties client and organisation
 * @throws {Refusal}
 */
export async function chooseTenant(
  database: Database,
  scope: ClientScope,
  person: Connecting,
  choiceId: string,
  tenantId: string,
  afterwards: Afterwards,
): Promise<ConnectResult> {
  const choice = await database.inScope(scope, (db) => findTenantChoice(db, scope, choiceId, person.sessionId));
  const tenant = choice?.tenants.find((one) => one.id === tenantId);
  if (!choice || !tenant) throw new Refusal("This choice has expired. Connect again.", { code: "oauth-state" });
  const to = { package: choice.package, tenant, grantId: choice.grantId };
  return bindConsented(database, scope, to, async (db, connectionId) => {
    await endTenantChoice(db, scope, choiceId);
    await afterwards(db, connectionId);
  });
}

/** Ties client and organisation; a grant that another one took the place of, and nobody uses, is deleted. */
async function bindConsented(
  database: Database,
  scope: ClientScope,
  to: Binding & { readonly grantId: string },
  afterwards: Afterwards,
): Promise<ConnectResult> {
  const { replaced, ...bound } = await bind(database, scope, to, afterwards);
  if (replaced !== null) await tidyGrant(database, replaced);
  return { outcome: "connected", clientId: scope.clientId, ...bound };
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

/**
 * Removes the organisation in the package, before anything is changed here.
 * @throws {Refusal} when the package cannot be reached
 */
export async function removeThere(
  database: Database,
  connection: NonNullable<Awaited<ReturnType<typeof findConnection>>>,
  settings: AppSettings,
): Promise<void> {
  const packageId = connection.package as PackageId;
  const consent = consentOf(packageId);
  const app = settings.appAt(packageId);
  if (connection.remoteConnectionId === null || consent.removeTenant === null) return;
  try {
    const { value } = await tokenFor(database, connection.id, { settings });
    await consent.removeTenant(value, connection.remoteConnectionId, { ...app, apiUrl: connection.apiUrl ?? app.apiUrl });
  } catch (error) {
    // Without consent there is nothing left to remove there.
    if (error instanceof ConnectionLost) return;
    log.warn(
      { connectionId: connection.id, error: error instanceof PackageUnavailable ? error.error.detail : error },
      "not disconnected",
    );
    throw new Refusal(`${consent.name} could not be reached, so nothing was changed. Try again later.`);
  }
}

/**
 * Deletes a grant that no connection uses any more, and ends it in the package.
 * @returns whether it was ended there
 */
export async function endGrantThere(
  database: Database,
  scope: ClientScope,
  connectionId: string,
  grant: GrantRow,
  settings: AppSettings,
): Promise<boolean> {
  const practice = jobPracticeScope(scope.actor);
  const packageId = grant.package as PackageId;
  const refreshToken =
    grant.refresh === null ? null : unseal(grant.refresh, grantPlace(grant.id, "refresh_token_sealed"), settings.keys);
  const unused = await database.inScope(practice, async (db) => {
    if ((await unsafeListGrantConnections(db, practice, grant.id)).length > 0) return false;
    return deleteUnusedGrant(db, practice, grant.id);
  });
  if (!unused || refreshToken === null) return false;
  // The tokens are gone here and the organisation is gone there: a failure leaves a grant that reaches nothing of ours.
  return revokeTokens(packageId, settings.appAt(packageId), refreshToken).then(
    () => true,
    () => {
      log.warn({ connectionId }, "the grant could not be revoked in the package");
      return false;
    },
  );
}
