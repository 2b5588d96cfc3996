import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  insertCodes,
  insertProducts,
  listUses,
  upsertContacts,
  writeDocuments,
  writeSetAside,
} from "#db/queries/imports/import-commit.ts";
import { judgeDocuments, sumDocuments } from "#db/queries/imports/import-documents.ts";
import { type CodeBefore, countRecords, listCodesBefore, writeRecords } from "#db/queries/imports/import-records.ts";
import { sayTaxKinds } from "#db/queries/operational/record-edits.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { enterStagedJournals } from "./journal-file.ts";
import { hasNumbersUnasked } from "./numbers-again.ts";
import { enterStagedPayments } from "./payment-file.ts";
import type { ImportProfile } from "./profile.ts";
import { withdrawQueuedRows } from "./queued-rows.ts";
import { isRecordFile } from "./read-record.ts";
import type { ImportResult, ImportSummary } from "./summary.ts";
import { settledTaxKinds } from "./tax-question.ts";

/** A commit that left every record as it was. */
export const UNCHANGED: ImportResult = {
  records: null,
  documents: { new: 0, amended: 0, unchanged: 0 },
  contacts: { new: 0, amended: 0 },
  products: { new: 0 },
  setAside: 0,
  postings: 0,
  nothingChanged: true,
};

/** Writes the staged documents with their contacts, products and codes; answers the summary with what came of it. */
export async function commitDocuments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  summary: ImportSummary,
): Promise<ImportSummary> {
  // Asked again only where something came between: it reads every line of the file.
  const changed = await judgeDocuments(db, scope, importId);
  const corrected = new Set((summary.settled ?? []).flatMap(({ id, value }) => (value === "correction" ? [id] : [])));
  if (changed > 0 && (await hasNumbersUnasked(db, scope, importId, corrected)))
    throw new Refusal("Another upload was committed since this preview and has some of its numbers. Upload the file again.");
  await withdrawQueuedRows(db, scope, importId, summary.settled ?? []);
  const used = changed === 0 ? summary.uses : await listUses(db, scope, importId);
  await insertCodes(db, scope, {
    nominal: profile.nominalCodes.filter(({ code }) => used.nominal.includes(code)),
    tax: profile.taxCodes.filter(({ code }) => used.tax.includes(code)),
  });
  // Before postings are made, so that they are judged by what was said.
  await sayTaxKinds(db, scope, settledTaxKinds(summary.settled ?? []));
  const contacts = await upsertContacts(db, scope, importId, {
    nameTemplate: profile.contact.nameTemplate,
    fallback: profile.contact.fallback ?? null,
  });
  const products = { new: await insertProducts(db, scope, importId) };
  const totals = await sumDocuments(db, scope, importId);
  const documents = await writeDocuments(db, scope, importId);
  const setAside = await writeSetAside(db, scope, importId, summary.headers);
  const { made } = await makePostings(db, scope);
  const result: ImportResult = {
    records: null,
    documents: { ...documents, unchanged: totals.reduce((sum, total) => sum + total.unchanged, 0) },
    contacts,
    products,
    setAside,
    postings: made,
    nothingChanged: documents.new + documents.amended + contacts.new + contacts.amended + products.new === 0,
  };
  return { ...summary, documents: totals, result };
}

/** Writes the staged records, payments or journals; answers the summary with what came of it. */
export async function commitRecords(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  summary: ImportSummary,
): Promise<ImportSummary> {
  const { kind } = profile;
  let records: NonNullable<ImportSummary["records"]>;
  let codesBefore: readonly CodeBefore[] = [];
  let made = 0;
  const setAside = await writeSetAside(db, scope, importId, summary.headers);
  if (isRecordFile(kind)) {
    records = await countRecords(db, scope, importId, kind);
    const isCode = kind === "nominal-codes" || kind === "tax-codes" || kind === "product-groups";
    if (isCode) codesBefore = await listCodesBefore(db, scope, importId, kind);
    await writeRecords(db, scope, importId, kind);
    if (isCode && records.new + records.amended > 0) await releaseMended(db, scope);
    else made = (await makePostings(db, scope)).made;
  } else if (kind === "payments") {
    records = await enterStagedPayments(db, scope, importId);
  } else {
    records = await enterStagedJournals(db, scope, importId);
  }
  const nothingChanged = records.new + records.amended === 0;
  const result: ImportResult = { ...UNCHANGED, records, setAside, postings: made, nothingChanged };
  return { ...summary, records, codesBefore, result };
}
