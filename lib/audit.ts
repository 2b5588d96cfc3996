import type { ScopedDb } from "#db/client.ts";
import { type AuditEntry, addAuditEvent } from "#db/queries/people/audit.ts";
import type { Scope } from "#lib/common/scope.ts";

export type { AuditEntry };

/** Writes who did what into the append-only, hash-chained audit, in the caller's transaction: what is rolled back leaves no trace. */
export function audit(db: ScopedDb, scope: Scope, entry: AuditEntry): Promise<void> {
  return addAuditEvent(db, scope, entry);
}
