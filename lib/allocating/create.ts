import { randomUUID } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { countAlreadyCreated, lockChosen } from "#db/queries/payments/incoming-grid.ts";
import { linkDocuments, saveStandings } from "#db/queries/payments/incoming-payments.ts";
import { findReadingState, insertRun, lockIncoming } from "#db/queries/payments/payment-reads.ts";
import { insertAllocatedPayments, listCandidates, lockDocuments } from "#db/queries/payments/payments.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type Decision, decide, type PlannedPayment } from "./decide.ts";
import type { IncomingSelection } from "./selection.ts";

export interface CreateAndAllocateResult {
  /** Null when nothing was left to do. */
  readonly runId: string | null;
  readonly created: number;
  /** Those that say why, and can be repeated. */
  readonly failed: number;
  /** Chosen, and created before. */
  readonly already: number;
  /** As {@link amountsOf} has them. */
  readonly amounts: Readonly<Record<string, string>>;
}

/**
 * Creates a payment for each chosen movement and allocates it over the documents it pays, all in the caller's transaction: balances of
 * document, contact and bank move with it. A movement that can't be created says why and can be repeated; repeating, or two
 * clicks at once, creates nothing twice.
 */
export async function createAndAllocate(
  db: ScopedDb,
  scope: ClientScope,
  selection: IncomingSelection,
): Promise<CreateAndAllocateResult> {
  const reading = await findReadingState(db, scope);
  if (!reading) return { runId: null, created: 0, failed: 0, already: 0, amounts: {} };
  const { connectionId } = reading;
  await lockIncoming(db, connectionId);
  const already = await countAlreadyCreated(db, scope, selection);
  const chosen = await lockChosen(db, scope, selection);
  if (chosen.length === 0) return { runId: null, created: 0, failed: 0, already, amounts: {} };

  await linkDocuments(db, scope, connectionId, chosen);
  const { create, refuse } = await decideOn(db, scope, connectionId, chosen);
  const counts = { created: create.length, failed: refuse.length, already };
  const runId = await writePayments(db, scope, connectionId, create, { total: chosen.length, detail: counts });
  await saveStandings(
    db,
    scope,
    refuse.map(({ incomingId, reason }) => ({ id: incomingId, amountMinor: null, standing: reason })),
  );
  return { runId, ...counts, amounts: amountsOf(create) };
}

/** What becomes of these movements, their documents locked until the transaction ends. */
export async function decideOn(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  incomingIds: readonly string[],
): Promise<Decision> {
  const candidates = await listCandidates(db, scope, incomingIds);
  const wanted = candidates.flatMap((candidate) => candidate.lines.flatMap((line) => line.documentId ?? []));
  const documents = await lockDocuments(db, scope, [...new Set(wanted)]);
  return decide(candidates, documents, await bankNominals(db, scope, connectionId));
}

/**
 * Writes the payments with their allocations, and the run that created them.
 * @returns the run's id
 */
export async function writePayments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  create: readonly PlannedPayment[],
  run: { readonly total: number; readonly detail: Record<string, unknown> },
): Promise<string> {
  const runId = await insertRun(db, scope, connectionId, { kind: "allocate", state: "finished", ...run });
  await insertAllocatedPayments(
    db,
    scope,
    connectionId,
    runId,
    create.map((payment) => ({ ...payment, paymentId: randomUUID() })),
  );
  await saveStandings(
    db,
    scope,
    create.map(({ incoming }) => ({ id: incoming.id, amountMinor: null, standing: { status: "created" as const } })),
  );
  return runId;
}

/** What was created, in minor units, by kind and currency: `receipt GBP`. */
export function amountsOf(create: readonly PlannedPayment[]): Record<string, string> {
  const amounts: Record<string, string> = {};
  for (const { kind, incoming, amountMinor } of create) {
    const key = `${kind} ${incoming.currency}`;
    amounts[key] = (BigInt(amounts[key] ?? "0") + amountMinor).toString();
  }
  return amounts;
}

/** Our bank nominals by the package's bank account. One whose account is archived there still stands for it. */
async function bankNominals(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<Map<string, string[]>> {
  const byAccount = new Map<string, string[]>();
  for (const { sourceCode, targetExternalId } of await resolvedMappings(db, scope, connectionId, "bank")) {
    if (targetExternalId === null) continue;
    byAccount.set(targetExternalId, [...(byAccount.get(targetExternalId) ?? []), sourceCode]);
  }
  return byAccount;
}
