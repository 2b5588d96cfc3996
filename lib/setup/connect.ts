import type { Database, ScopedDb } from "#db/client.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connecting } from "#lib/connections/bind.ts";
import { type CollectorLogin, connectCollector } from "#lib/connections/kinds/collector.ts";
import { connectNamed, type Named } from "#lib/connections/kinds/none.ts";
import * as oauth from "#lib/connections/kinds/oauth.ts";
import { type AuthKind, authKindOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/** What follows when a client is tied to an organisation: its postings, and last the wake-up. */
const begin = (scope: ClientScope) => async (db: ScopedDb, connectionId: string) => {
  await makePostings(db, scope);
  await wakeConnection(db, connectionId, { staff: true });
};

/** As {@link oauth.completeConnect}, with all that follows. @throws {Refusal} */
export function completeConnect(
  database: Database,
  person: Connecting,
  packageId: PackageId,
  returned: URL,
  settings: AppSettings = appSettings(),
): Promise<oauth.ConnectResult> {
  return oauth.completeConnect(database, person, packageId, returned, begin, settings);
}

/** As {@link oauth.chooseTenant}, with all that follows. @throws {Refusal} */
export function chooseTenant(
  database: Database,
  scope: ClientScope,
  person: Connecting,
  choiceId: string,
  tenantId: string,
): Promise<oauth.ConnectResult> {
  return oauth.chooseTenant(database, scope, person, choiceId, tenantId, begin(scope));
}

/**
 * Connects a package whose company a person names: one that collects, or takes files.
 * @param kind how the package is connected
 * @returns the login that its program needs, to be shown once; null where nobody signs in
 * @throws {Refusal} for a package that asks for consent, without a name, or where the client is connected
 */
export async function connectByName(
  database: Database,
  scope: ClientScope,
  packageId: PackageId,
  company: string,
  kind: AuthKind = authKindOf(packageId),
): Promise<Named & { readonly login: CollectorLogin | null }> {
  switch (kind) {
    case "collector":
      return connectCollector(database, scope, packageId, company, begin(scope));
    case "none":
      return { ...(await connectNamed(database, scope, packageId, company, begin(scope))), login: null };
    case "oauth":
      throw new Refusal("This package asks for consent on its own page.");
  }
}
