import type { ClientScope, ScopedDb } from "#db/client.ts";
import { lockFileImport } from "#db/queries/file-imports.ts";
import { audit } from "#lib/audit.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type RecordEdit, type Saved, saveRecords } from "./edit-records.ts";
import { type Preview, rereadUpload } from "./file-import.ts";
import { summaryOf } from "./summarise.ts";
import { LACKING, LACKING_LABELS, type Lacking } from "./unknown-codes.ts";

export type NewCode = Extract<RecordEdit, { what: Lacking }>;

/** Whether an edit is of a kind that a file may lack. */
export function isNewCode(edit: RecordEdit): edit is NewCode {
  return LACKING.some((one) => one === edit.what);
}

/** What codes were made from an upload's faults, for the audit. */
export interface CodesAdded extends Preview {
  readonly made: readonly Saved[];
  readonly note: { readonly subject: string; readonly detail: Readonly<Record<string, unknown>> };
}

/**
 * Makes codes that an upload lacks, and reads it again from its kept bytes under the same id; answers that were given stay. With no codes
 * it is only read again: they may have been made elsewhere meanwhile. All in the caller's transaction.
 *
 * @throws {Refusal} for a code that no line of the file waits for or that cannot be made so (`field` is "codes.N.name"), and as
 *   {@link rereadUpload} does
 */
export async function addCodes(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  codes: readonly NewCode[],
): Promise<CodesAdded> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  const lacking = summaryOf(row)?.unknownCodes ?? [];
  for (const [at, { what, code }] of codes.entries()) {
    if (!lacking.some((one) => one.what === what && one.code === code))
      throw new Refusal(`No line of ${row.fileName} needs ${LACKING_LABELS[what]} ${code}.`, { field: `codes.${at}.code` });
  }
  const made = await saveRecords(
    db,
    scope,
    codes.map((one) => ({ ...one, id: null })),
    (at, field) => `codes.${at}.${field}`,
  );
  for (const [at, code] of codes.entries()) {
    const { id: recordId, reference: subject, outcome, before } = made[at] ?? {};
    const detail = { what: code.what, recordId, outcome, before, after: { ...code }, importId };
    await audit(db, scope, { action: "record.save", subject, detail });
  }
  const preview = await rereadUpload(db, scope, importId);
  const detail = { importId, codes: codes.map(({ what, code }) => `${what} ${code}`), state: preview.state };
  return { ...preview, made, note: { subject: row.fileName, detail } };
}
