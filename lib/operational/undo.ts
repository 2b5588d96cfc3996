import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  type FileImportRow,
  lockClientRecords,
  lockFileImport,
  planForBulk,
  saveUndone,
} from "#db/queries/imports/file-imports.ts";
import {
  countUndo,
  listImportedJournals,
  listImportedPayments,
  listLaterCodeFiles,
  listUndoBlockers,
  listUsedCodes,
  lockTouchedPostings,
  type UndoBlocker,
  type UndoCounts,
  undoCodes,
  undoRecords,
} from "#db/queries/imports/import-undo.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { releaseStopped } from "#lib/pending/release.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";
import { voidJournals } from "./journals.ts";
import { deletePayments } from "./payments.ts";
import { summaryOf } from "./summarise.ts";
import type { ImportSummary } from "./summary.ts";

/** What undoing an upload would touch. */
export interface UndoPlan extends UndoCounts {
  readonly codes: { readonly created: number; readonly amended: number; readonly stay: readonly string[] };
  /** While there is one, nothing is undone. */
  readonly blockers: readonly UndoBlocker[];
  readonly blockerCount: number;
}

const SHOWN_BLOCKERS = 50;

const isCodeFile = (kind: ImportSummary["kind"]) => kind === "nominal-codes" || kind === "tax-codes" || kind === "product-groups";

/** What an undo of a committed upload would touch, and what stands in its way; nothing changes. Null when it is not committed. */
export async function planUndo(db: ScopedDb, scope: ClientScope, row: FileImportRow): Promise<UndoPlan | null> {
  const summary = summaryOf(row);
  if (row.state !== "committed" || !summary) return null;
  const counts = await countUndo(db, scope, row.id);
  const { blockers, count } = await listUndoBlockers(db, scope, row.id, SHOWN_BLOCKERS);
  const codes = summary.codesBefore ?? [];
  const created = codes.filter((one) => one.before === null).map((one) => one.reference);
  const { kind } = summary;
  if (!isCodeFile(kind)) return { ...counts, codes: { created: 0, amended: 0, stay: [] }, blockers, blockerCount: count };
  const changed = new Set(codes.map((one) => one.reference));
  const later = (await listLaterCodeFiles(db, scope, row.id, kind)).filter((one) => changed.has(one.code));
  const stay = await listUsedCodes(db, scope, kind, created);
  return {
    ...counts,
    codes: { created: created.length - stay.length, amended: codes.length - created.length, stay },
    blockers: later
      .slice(0, SHOWN_BLOCKERS)
      .map(({ code, file }) => ({ kind: "code", reference: code, why: `was changed since, by ${file}` })),
    blockerCount: later.length,
  };
}

export interface Undone {
  readonly plan: UndoPlan;
  readonly note: { readonly subject: string; readonly detail: Readonly<Record<string, unknown>> };
}

/**
 * Takes a committed upload back, all of it or nothing: what it made goes, what it amended is as it was before. A customer, product or code
 * that something else needs by now stays.
 *
 * @throws {Refusal} naming the first of what was sent, asked for, paid or changed since
 */
export async function undoImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<Undone> {
  await lockClientRecords(db, scope);
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  if (row.state === "undone") throw new Refusal("This upload has already been undone.");
  await planForBulk(db);
  await lockTouchedPostings(db, scope, importId);
  const plan = await planUndo(db, scope, row);
  const summary = summaryOf(row);
  if (!plan || !summary) throw new Refusal("Only a committed upload can be undone.");
  const [blocker] = plan.blockers;
  if (blocker) {
    const more = plan.blockerCount > 1 ? ` ${plan.blockerCount - 1} more prevent it.` : "";
    throw new Refusal(`This upload cannot be undone: ${blocker.reference} ${blocker.why}.${more}`, { code: "sent" });
  }
  const payments = await listImportedPayments(db, scope, importId);
  if (payments.length > 0) await deletePayments(db, scope, payments);
  const journals = await listImportedJournals(db, scope, importId);
  if (journals.length > 0) await voidJournals(db, scope, journals);
  await undoRecords(db, scope, importId);
  if (isCodeFile(summary.kind)) {
    await undoCodes(db, scope, summary.kind, summary.codesBefore ?? [], plan.codes.stay);
    await judgePostings(db, scope, "open");
  }
  await makePostings(db, scope);
  await judgePostings(db, scope, "unjudged");
  await settleWithheld(db, scope);
  await releaseStopped(db, scope);
  await saveUndone(db, scope, importId);
  const { blockers: _, blockerCount: __, ...touched } = plan;
  return { plan, note: { subject: row.fileName, detail: { importId, sha256: row.sha256, ...touched } } };
}
