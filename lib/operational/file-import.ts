import type { ClientScope, Database, ScopedDb } from "#db/client.ts";
import {
  clientToday,
  countContacts,
  countStagedLines,
  discardStale,
  dropStaged,
  type FileImportRow,
  findCommittedTwin,
  findFileImport,
  findProfileRow,
  groupDocuments,
  insertCodes,
  insertFaults,
  insertFileImport,
  insertProducts,
  judgeDocuments,
  listCodes,
  listDocumentFaults,
  listProfileRows,
  listStagedDocuments,
  listStagedSetAside,
  listUses,
  lockClientRecords,
  lockFileImport,
  planForBulk,
  saveFileImport,
  stageLines,
  sumDocuments,
  upsertContacts,
  writeDocuments,
  writeSetAside,
} from "#db/queries/file-imports.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { makePostings } from "#lib/posting/make-postings.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { type Exact, parseExact } from "./exact.ts";
import { type Examined, examineFile, MAX_LINES } from "./examine.ts";
import { type ImportProfile, importProfile } from "./profile.ts";
import { type KnownCodes, type LineFault, lineReader, type ReadLine } from "./read-line.ts";
import { BrokenFile, type Layout, readLayout, readRecords } from "./records.ts";
import type { ImportResult, ImportSummary, Proof } from "./summary.ts";

const BATCH = 4_000;
const MAX_FAULTS = 10_000;
const SHOWN_DOCUMENTS = 20;
const SHOWN_SET_ASIDE = 200;

export interface ProfileChoice {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** The profiles that a client can choose from: its own, the practice's, and those that ship with the product. */
export async function listProfiles(db: ScopedDb, scope: ClientScope): Promise<ProfileChoice[]> {
  const own = (await listProfileRows(db, scope)).map((row) =>
    importProfile.parse({ ...row.definition, name: row.name, title: row.title, version: row.version }),
  );
  const taken = new Set(own.map((profile) => profile.name));
  return [...own, ...BUILT_IN_PROFILES.filter((profile) => !taken.has(profile.name))].map(({ name, title, description }) => ({
    name,
    title,
    description,
  }));
}

/** @throws {Refusal} when there is no profile of that name */
export async function getProfile(db: ScopedDb, scope: ClientScope, name: string): Promise<ImportProfile> {
  const row = await findProfileRow(db, scope, name);
  if (row) return importProfile.parse({ ...row.definition, name: row.name, title: row.title, version: row.version });
  const builtIn = BUILT_IN_PROFILES.find((profile) => profile.name === name);
  if (!builtIn) throw new Refusal(`There is no profile called "${name}".`, { field: "profile", code: "not-found" });
  return builtIn;
}

export interface FileToRead {
  /** On this machine, chosen by us. */
  readonly path: string;
  /** As its owner calls it: shown, never opened. */
  readonly fileName: string;
  readonly profileName: string;
  readonly onProgress?: (lines: number) => void;
  readonly signal?: AbortSignal;
}

export interface Preview {
  readonly importId: string;
  readonly state: FileImportRow["state"];
  readonly summary: ImportSummary;
}

/**
 * Reads a file into staging and says what a commit would do; nothing of the client's records changes. With a fault in any line the
 * upload is refused, its faults kept by line number.
 *
 * @throws {Refusal} when it is no file that can be read at all
 */
export async function readFile(database: Database, scope: ClientScope, file: FileToRead): Promise<Preview> {
  const profile = await database.inScope(scope, async (db) => {
    await discardStale(db, scope);
    return getProfile(db, scope, file.profileName);
  });
  const examined = await examineFile(file.path, profile.encoding);
  const fileName = shownName(file.fileName);
  const { importId, twin } = await database.inScope(scope, async (db) => ({
    twin: await findCommittedTwin(db, scope, examined.sha256, profile.name),
    importId: await insertFileImport(db, scope, {
      profileName: profile.name,
      fileName,
      sha256: examined.sha256,
      bytes: examined.bytes,
    }),
  }));
  try {
    return await database.inScope(scope, (db) => stage(db, scope, { file, profile, examined, importId, twin }));
  } catch (error) {
    await database.inScope(scope, (db) => saveFileImport(db, scope, importId, { state: "discarded" }));
    throw error;
  }
}

interface Staging {
  readonly file: FileToRead;
  readonly profile: ImportProfile;
  readonly examined: Examined;
  readonly importId: string;
  readonly twin: FileImportRow | null;
}

async function stage(db: ScopedDb, scope: ClientScope, { file, profile, examined, importId, twin }: Staging): Promise<Preview> {
  await planForBulk(db);
  const layout = await readLayout(file.path, examined.encoding, profile);
  const codes = await knownCodes(db, scope, profile);
  const faults: LineFault[] = headFaults(layout);
  const totals = new Map<string, bigint>();
  let lines = 0;
  let stopped = faults.length > 0;
  if (!stopped) {
    const understand = lineReader(profile, layout, codes, await clientToday(db, scope));
    let batch: ReadLine[] = [];
    // One batch is on its way while the next is read; a failure of it surfaces at the next wait.
    let sent: Promise<void> = Promise.resolve();
    const send = async () => {
      await sent;
      const full = batch;
      batch = [];
      sent = stageLines(db, scope, importId, full);
      sent.catch(() => {});
    };
    try {
      for await (const { line, values } of readRecords(file.path, examined.encoding, layout)) {
        file.signal?.throwIfAborted();
        lines += 1;
        if (lines > MAX_LINES)
          throw new Refusal(`The file has more than ${MAX_LINES.toLocaleString("en-GB")} lines. Split it and upload the parts.`, {
            field: "file",
          });
        const read = understand(line, values);
        if (Array.isArray(read)) {
          faults.push(...read);
          if (faults.length >= MAX_FAULTS) {
            stopped = true;
            break;
          }
          continue;
        }
        totals.set(read.currency, (totals.get(read.currency) ?? 0n) + read.netMinor);
        batch.push(read);
        if (batch.length >= BATCH) {
          await send();
          file.onProgress?.(lines);
        }
      }
    } catch (error) {
      if (!(error instanceof BrokenFile)) throw error;
      faults.push({
        line: error.line,
        field: "",
        value: "",
        rule: `${error.message}. What comes after it could not be read`,
        fixer: "operations",
      });
      stopped = true;
    }
    if (batch.length > 0) await send();
    await sent;
    file.onProgress?.(lines);
    if (lines === 0 && faults.length === 0) {
      faults.push({ line: 0, field: "", value: "", rule: "the file has headers and no line", fixer: "operations" });
    }
  }

  const fallback = profile.contact.fallback ?? null;
  await groupDocuments(db, scope, importId, {
    creditNoteAmounts: profile.creditNoteAmounts,
    negativeTotalIsCreditNote: profile.kinds.by === "number" && profile.kinds.negativeTotalIsCreditNote,
    zeroDocument: profile.setAside.zeroDocument ?? null,
    zeroStockAdjustment: profile.setAside.zeroStockAdjustment ?? null,
    fallbackReference: fallback?.reference ?? null,
  });
  if (faults.length < MAX_FAULTS) faults.push(...(await documentFaults(db, scope, importId, layout, profile)));
  const documents = await sumDocuments(db, scope, importId);
  const { totals: setAside, first: setAsideFirst } = await listStagedSetAside(db, scope, importId, SHOWN_SET_ASIDE);
  const used = await listUses(db, scope, importId);
  const existing = await listCodes(db, scope);
  const has = { nominal: new Set(existing.nominal.map((row) => row.code)), tax: new Set(existing.tax.map((row) => row.code)) };
  const contactRules = { nameTemplate: profile.contact.nameTemplate, fallback };
  const summary: ImportSummary = {
    profileTitle: profile.title,
    profileVersion: profile.version,
    encoding: examined.encoding,
    separator: layout.separator,
    decimalMark: layout.decimalMark,
    headers: layout.headers,
    ignored: layout.ignored,
    lines,
    documents,
    first: await listStagedDocuments(db, scope, importId, SHOWN_DOCUMENTS),
    contacts: await countContacts(db, scope, importId, contactRules),
    products: { new: used.products },
    newNominalCodes: used.nominal.filter((code) => !has.nominal.has(code)).sort(),
    newTaxCodes: used.tax.filter((code) => !has.tax.has(code)).sort(),
    setAside,
    setAsideFirst,
    proof: proofOf(totals, documents, setAside),
    faults: faults.length,
    stopped,
    repeatOf: twin
      ? {
          id: twin.id,
          fileName: twin.fileName,
          committedAt: (twin.committedAt ?? twin.createdAt).toISOString(),
          by: twin.createdByName,
        }
      : null,
    result: null,
  };
  const state = faults.length > 0 ? "refused" : "previewed";
  if (state === "previewed" && summary.proof.some((row) => row.differenceMinor !== "0")) {
    throw new Error(`upload ${importId}: documents and what was set aside do not equal the file`);
  }
  faults.sort((a, b) => a.line - b.line);
  await insertFaults(db, scope, importId, faults.slice(0, MAX_FAULTS));
  // Nothing of it can be committed: what the preview shows stands in the summary.
  if (state === "refused" || twin) await dropStaged(db, scope, importId);
  await saveFileImport(db, scope, importId, { state, summary, lines });
  return { importId, state, summary };
}

async function knownCodes(db: ScopedDb, scope: ClientScope, profile: ImportProfile): Promise<KnownCodes> {
  const existing = await listCodes(db, scope);
  const tax = new Map<string, Exact>();
  for (const { code, rate } of [...profile.taxCodes, ...existing.tax]) {
    const exact = parseExact(rate);
    if (exact) tax.set(code, exact);
  }
  return { nominal: new Set([...profile.nominalCodes, ...existing.nominal].map((row) => row.code)), tax };
}

function headFaults(layout: Layout): LineFault[] {
  const found = layout.headers.slice(0, 30).join(", ");
  return [
    ...layout.missing.map((header) => ({
      line: layout.headerLine,
      field: header,
      value: found,
      rule: "the column is missing; the headers found are beside this",
      fixer: "operations" as const,
    })),
    ...[...new Set(layout.doubled)].map((header) => ({
      line: layout.headerLine,
      field: header,
      value: found,
      rule: "the column stands there twice",
      fixer: "operations" as const,
    })),
  ];
}

async function documentFaults(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  layout: Layout,
  profile: ImportProfile,
): Promise<LineFault[]> {
  const rows = await listDocumentFaults(db, scope, importId, MAX_FAULTS);
  return rows.map((row) => {
    const field = (Object.keys(profile.columns) as (keyof typeof profile.columns)[]).find((one) => one === row.field);
    if (field) {
      const at = layout.at[field];
      return {
        line: row.line,
        field: (at === undefined ? undefined : layout.headers[at]) ?? field,
        value: row.value,
        rule: `is the same on every line of document ${row.number}: line ${row.firstLine} says otherwise`,
        fixer: "operations",
      };
    }
    const credit = row.kind === "sales-credit-note" || row.kind === "supplier-credit-note";
    return {
      line: row.line,
      field: "",
      value: row.number,
      rule: credit
        ? "the credit note comes to more than zero in a file that writes credit notes below zero"
        : "the document comes to less than zero: give it as a credit note",
      fixer: "operations",
    };
  });
}

function proofOf(
  totals: ReadonlyMap<string, bigint>,
  documents: ImportSummary["documents"],
  setAside: ImportSummary["setAside"],
): Proof[] {
  return [...totals.keys()].sort().map((currency) => {
    const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
    const file = totals.get(currency) ?? 0n;
    const inDocuments = sum(documents.filter((row) => row.currency === currency).map((row) => row.inFileMinor));
    const aside = sum(setAside.filter((row) => row.currency === currency).map((row) => row.worthMinor));
    return {
      currency,
      fileMinor: file.toString(),
      documentsMinor: inDocuments.toString(),
      setAsideMinor: aside.toString(),
      differenceMinor: (file - inDocuments - aside).toString(),
    };
  });
}

/** A name to show: no folders, no control characters, at most 200 characters. */
export function shownName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return last.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "").slice(0, 200) || "file.csv";
}

const UNCHANGED: ImportResult = {
  documents: { new: 0, amended: 0, unchanged: 0 },
  contacts: { new: 0, amended: 0 },
  products: { new: 0 },
  setAside: 0,
  postings: 0,
  nothingChanged: true,
};

export interface Commit {
  readonly result: ImportResult;
  /** What the audit keeps of it. */
  readonly note: { readonly subject: string; readonly detail: Readonly<Record<string, unknown>> };
}

/**
 * Commits a previewed upload, all of it or nothing, in the caller's transaction. Committing it again answers what the first time did.
 *
 * @throws {Refusal} when it has faults, was discarded, or its staged lines are gone
 */
export async function commitImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<Commit> {
  await lockClientRecords(db, scope);
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  const summary = summaryOf(row);
  if (row.state === "committed") return { result: summary?.result ?? UNCHANGED, note: noteOf(row, summary) };
  if (row.state === "refused")
    throw new Refusal("This file has faults: nothing of it can be committed. Correct it and upload it again.");
  if (row.state !== "previewed" || !summary) throw new Refusal("This upload was discarded. Upload the file again.");
  const profile = await getProfile(db, scope, row.profileName);
  if (profile.version !== summary.profileVersion)
    throw new Refusal("The profile was changed since the preview. Upload the file again.");
  await planForBulk(db);

  // The same bytes may have been committed from another tab since.
  const twin = summary.repeatOf ? row : await findCommittedTwin(db, scope, row.sha256, row.profileName);
  if (twin) {
    const result = {
      ...UNCHANGED,
      documents: { new: 0, amended: 0, unchanged: summary.documents.reduce((sum, total) => sum + total.count, 0) },
    };
    await dropStaged(db, scope, importId);
    return finish(db, scope, row, { ...summary, result }, result);
  }
  if ((await countStagedLines(db, scope, importId)) !== summary.lines)
    throw new Refusal("The database was restarted since the preview, and the file's lines with it. Upload the file again.");

  const used = await listUses(db, scope, importId);
  await insertCodes(db, scope, {
    nominal: profile.nominalCodes.filter(({ code }) => used.nominal.includes(code)),
    tax: profile.taxCodes.filter(({ code }) => used.tax.includes(code)),
  });
  await judgeDocuments(db, scope, importId);
  const contacts = await upsertContacts(db, scope, importId, {
    nameTemplate: profile.contact.nameTemplate,
    fallback: profile.contact.fallback ?? null,
  });
  const products = { new: await insertProducts(db, scope, importId) };
  const totals = await sumDocuments(db, scope, importId);
  const documents = await writeDocuments(db, scope, importId);
  const setAside = await writeSetAside(db, scope, importId, summary.headers);
  const { made } = await makePostings(db, scope);
  await dropStaged(db, scope, importId);
  const result: ImportResult = {
    documents: { ...documents, unchanged: totals.reduce((sum, total) => sum + total.unchanged, 0) },
    contacts,
    products,
    setAside,
    postings: made,
    nothingChanged: documents.new + documents.amended + contacts.new + contacts.amended + products.new === 0,
  };
  return finish(db, scope, row, { ...summary, documents: totals, result }, result);
}

async function finish(
  db: ScopedDb,
  scope: ClientScope,
  row: FileImportRow,
  summary: ImportSummary,
  result: ImportResult,
): Promise<Commit> {
  await saveFileImport(db, scope, row.id, { state: "committed", summary });
  return { result, note: noteOf(row, summary) };
}

function noteOf(row: FileImportRow, summary: ImportSummary | null): Commit["note"] {
  return {
    subject: row.fileName,
    detail: {
      importId: row.id,
      profile: row.profileName,
      sha256: row.sha256,
      lines: row.lines,
      totals: summary?.documents ?? [],
      result: summary?.result ?? null,
    },
  };
}

/** Forgets a previewed or refused upload. What is committed stays. */
export async function discardImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  if (row.state === "committed") throw new Refusal("This upload was committed already.");
  if (row.state === "discarded") return;
  await dropStaged(db, scope, importId);
  await saveFileImport(db, scope, importId, { state: "discarded" });
}

/** An upload's row and summary; null when the client has no such upload. */
export async function findImport(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
): Promise<{ row: FileImportRow; summary: ImportSummary | null } | null> {
  const row = await findFileImport(db, scope, importId);
  return row ? { row, summary: summaryOf(row) } : null;
}

/** The summary that {@link readFile} wrote; null while the file is being read. */
function summaryOf(row: FileImportRow): ImportSummary | null {
  return isSummary(row.summary) ? row.summary : null;
}

function isSummary(value: object): value is ImportSummary {
  return "profileVersion" in value && "documents" in value && "proof" in value;
}
