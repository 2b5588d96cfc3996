import type { Database, ScopedDb } from "#db/client.ts";
import {
  findConnection,
  findEarlierConnection,
  saveConnected,
  type TenantChoice,
  unsafeFindTenantHolder,
} from "#db/queries/connections/connections.ts";
import { audit } from "#lib/audit.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type Actor, type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import type { PackageId } from "#lib/connectors/types.ts";

/** The signed-in administrator, and the browser session that they are in. */
export interface Connecting {
  readonly userId: string;
  readonly sessionId: string;
  /** As it stands in the audit. */
  readonly label: string;
}

export const actorOf = (person: Connecting): Actor => ({
  userId: person.userId,
  label: person.label,
});

/** What a client is tied to. */
export interface Binding {
  readonly package: PackageId;
  readonly tenant: TenantChoice;
  /** Null where no tokens of the package's are kept. */
  readonly grantId: string | null;
}

/** What follows in the transaction that ties the two. */
export type Afterwards = (db: ScopedDb, connectionId: string) => Promise<void>;

interface Bound {
  readonly connectionId: string;
  readonly tenantName: string;
  /** The grant that another one took the place of. */
  readonly replaced: string | null;
}

/**
 * Ties client and organisation, in one transaction with its audit and what follows. An earlier
 * connection to the same organisation is taken up again.
 * @throws {Refusal} where the client is tied to another organisation, or another client to this one
 */
export async function bind(database: Database, scope: ClientScope, to: Binding, afterwards: Afterwards): Promise<Bound> {
  const practice = jobPracticeScope(scope.actor);
  const { package: packageId, tenant, grantId } = to;
  const holder = await database.inScope(practice, (db) => unsafeFindTenantHolder(db, practice, packageId, tenant.id));
  if (holder && holder.clientId !== scope.clientId) throw held(tenant, holder.clientName);
  try {
    return await database.inScope(scope, async (db) => {
      const current = await findConnection(db, scope);
      if (current && (current.tenantId !== tenant.id || current.package !== packageId)) throw tied(current.tenantName);
      const again = current ?? (await findEarlierConnection(db, scope, packageId, tenant.id));
      const isReplaced = current?.grantId != null && current.grantId !== grantId;
      const connectionId = await saveConnected(db, scope, again?.id ?? null, to);
      await audit(db, scope, {
        action: again ? "connection.reconnect" : "connection.connect",
        subject: tenant.name,
        detail: { package: packageId, tenantId: tenant.id },
      });
      await afterwards(db, connectionId);
      const replaced = isReplaced ? current.grantId : null;
      return { connectionId, tenantName: tenant.name, replaced };
    });
  } catch (error) {
    // Somebody connected the same organisation elsewhere at this moment: the unique key has the last word.
    if (isUniqueViolation(error)) throw held(tenant, "another client");
    throw error;
  }
}

/** Said to who would tie a client to a second organisation. */
export const tied = (tenantName: string): Refusal =>
  new Refusal(`This client is tied to ${tenantName}. Choose the same organisation, or disconnect first.`, {
    code: "connection.wrong-tenant",
  });

function held(tenant: TenantChoice, clientName: string): Refusal {
  return new Refusal(`${tenant.name} is connected to ${clientName}. Disconnect it there first.`, {
    code: "connection.tenant-held",
  });
}

function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "23505";
}
