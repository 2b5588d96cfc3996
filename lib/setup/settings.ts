import type { ScopedDb } from "#db/client.ts";
import { savePostAs } from "#db/queries/setup.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";

/**
 * How documents land in the package from the next one sent; what was sent stays as it is.
 * @throws {Refusal} without a connection
 */
export async function setPostAs(db: ScopedDb, scope: ClientScope, postAs: ConnectionSettings["postAs"]): Promise<void> {
  if (!(await savePostAs(db, scope, postAs))) throw new Refusal("Connect the accounting package first.");
}
