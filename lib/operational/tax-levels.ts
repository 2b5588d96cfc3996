import type { ClientScope, ScopedDb } from "#db/client.ts";
import { idsOfCodes } from "#db/queries/mapping/codes.ts";
import { deleteTaxLevel, saveTaxLevel, type TaxLevelRow } from "#db/queries/mapping/tax-levels.ts";
import { findContactByReference } from "#db/queries/operational/contacts.ts";
import { Refusal } from "#lib/common/refusal.ts";

/** `taxCode` null takes what was said away. */
export type TaxLevelEdit = TaxLevelRow;

/**
 * Says which tax code lines take that bring none: by default, or of a contact. It is read by the next files; what is here already
 * stays as it came.
 *
 * @throws {Refusal} for a tax code or a contact that the client does not have
 */
export async function setTaxLevel(db: ScopedDb, scope: ClientScope, edit: TaxLevelEdit): Promise<void> {
  if (edit.level === "default" ? edit.subject !== "" : edit.subject === "")
    throw new Refusal("Say whose tax code it is.", { field: "subject" });
  if (edit.taxCode === null) return deleteTaxLevel(db, scope, edit);
  if (edit.subject !== "" && !(await findContactByReference(db, scope, edit.subject)))
    throw new Refusal(`There is no customer or supplier ${edit.subject}.`, { field: "subject" });
  if (!(await idsOfCodes(db, scope, { nominal: [], tax: [edit.taxCode] })).tax.has(edit.taxCode))
    throw new Refusal(`This client has no tax code ${edit.taxCode}. Add it under Tax codes first.`, { field: "taxCode" });
  await saveTaxLevel(db, scope, edit);
}
