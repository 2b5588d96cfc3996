import { and, eq, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { connections } from "#db/schema/clients.ts";
import { collectorLogins } from "#db/schema/mailbox.ts";

/** Keeps what a program signs in with; a password before it is replaced. */
export async function saveCollectorLogin(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  login: { readonly userName: string; readonly passwordHash: string },
): Promise<void> {
  const made = { ...login, madeBy: scope.actor.label, madeAt: sql`app.now()` };
  await db
    .insert(collectorLogins)
    .values({ ...made, connectionId, clientId: scope.clientId })
    .onConflictDoUpdate({ target: collectorLogins.connectionId, set: made });
}

/** Under which name a connection's program signs in, and when its password was made; null where none does. */
export async function findCollectorLogin(db: ScopedDb, scope: ClientScope, connectionId: string) {
  const { userName, madeAt, madeBy } = collectorLogins;
  const [found] = await db
    .select({ userName, madeAt, madeBy })
    .from(collectorLogins)
    .where(and(eq(collectorLogins.connectionId, connectionId), eq(collectorLogins.clientId, scope.clientId)));
  return found ?? null;
}

/** Takes away what a program signs in with. */
export async function deleteCollectorLogin(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  await db
    .delete(collectorLogins)
    .where(and(eq(collectorLogins.connectionId, connectionId), eq(collectorLogins.clientId, scope.clientId)));
}

/** Whose program signs in under this name, over all clients; null where nobody's does. */
export async function unsafeFindByUserName(db: ScopedDb, _scope: PracticeScope, userName: string) {
  const [found] = await db
    .select({
      connectionId: collectorLogins.connectionId,
      clientId: collectorLogins.clientId,
      package: connections.package,
      tenantName: connections.tenantName,
      passwordHash: collectorLogins.passwordHash,
      state: connections.state,
    })
    .from(collectorLogins)
    .innerJoin(connections, eq(connections.id, collectorLogins.connectionId))
    .where(eq(collectorLogins.userName, userName));
  return found ?? null;
}
