import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { lockExact } from "#db/queries/payments/incoming-grid.ts";
import { audit } from "#lib/audit.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { amountsOf, decideOn, writePayments } from "./create.ts";

export interface ExactCreated {
  /** Null where none agreed in everything. */
  readonly runId: string | null;
  readonly created: number;
}

/**
 * Creates and allocates, where the connection says so, what needs no judgement: payments that settle documents of ours to the penny, with
 * number, customer or supplier, and currency equal. All others stay for staff as they are, and so does what a person has taken back. They
 * stand under one run, which undoes them in one. In the caller's transaction, which holds `lockIncoming`.
 */
export async function createExact(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ExactCreated> {
  const none = { runId: null, created: 0 };
  const integration = await findIntegration(db, scope);
  if (integration?.connectionId !== connectionId || integration.settings.exactPayments !== true) return none;
  const chosen = await lockExact(db, scope, connectionId);
  if (chosen.length === 0) return none;
  // What cannot be created, a bank account without a mapping for example, waits for staff, who are told why when they press the button.
  const { create } = await decideOn(db, scope, connectionId, chosen);
  if (create.length === 0) return none;
  const counts = { created: create.length, failed: 0, already: 0 };
  const runId = await writePayments(db, scope, connectionId, create, {
    total: create.length,
    detail: { ...counts, exact: true },
  });
  await audit(db, scope, {
    action: "import.create-exact",
    subject: runId,
    detail: { created: create.length, amounts: amountsOf(create) },
  });
  return { runId, created: create.length };
}
