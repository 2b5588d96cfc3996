import type { ClientScope, Database, ScopedDb } from "#db/client.ts";
import {
  clientToday,
  discardStale,
  dropStaged,
  type FileImportRow,
  findCommittedTwin,
  findFileImport,
  insertFaults,
  insertFileImport,
  listCodes,
  lockClientRecords,
  lockFileImport,
  planForBulk,
  saveFileImport,
} from "#db/queries/file-imports.ts";
import { countStagedLines, leaveOutFaulty, packedForStaging, stageLines } from "#db/queries/import-lines.ts";
import { listGroupCodes } from "#db/queries/import-records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { commitDocuments, commitRecords, UNCHANGED } from "./commit-records.ts";
import { MAX_ENTERED_LINES } from "./entered-lines.ts";
import { type Exact, parseExact } from "./exact.ts";
import { type Examined, examineFile, MAX_LINES } from "./examine.ts";
import { journalReader } from "./journal-file.ts";
import { paymentReader } from "./payment-file.ts";
import type { ImportProfile } from "./profile.ts";
import { getProfile } from "./profiles.ts";
import { isFaulty, type LineFault, lineReader } from "./read-line.ts";
import { isRecordFile, type KnownRecords, recordReader } from "./read-record.ts";
import { BrokenFile, type Layout } from "./records.ts";
import { openSource, type Source } from "./source.ts";
import { headFaults, MAX_FAULTS, type Reading, readingOf, summarise, summaryOf } from "./summarise.ts";
import type { ImportResult, ImportSummary } from "./summary.ts";

const BATCH = 4_000;

export interface FileToRead {
  /** On this machine, chosen by us. */
  readonly path: string;
  /** As its owner calls it: shown, never opened. */
  readonly fileName: string;
  readonly profileName: string;
  /** Of a workbook; needed where it has several. */
  readonly sheet?: string | null;
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
 * @throws {Refusal} when it is no file that can be read at all, or a workbook of several sheets of which none was chosen
 */
export async function readFile(database: Database, scope: ClientScope, file: FileToRead): Promise<Preview> {
  const profile = await database.inScope(scope, async (db) => {
    await discardStale(db, scope);
    return getProfile(db, scope, file.profileName);
  });
  const examined = await examineFile(file.path, profile.encoding);
  if (examined.format === "text" && file.fileName.toLowerCase().endsWith(".xlsx")) {
    throw new Refusal("The file is called .xlsx and is no Excel workbook. Save it again as .xlsx, or as CSV.", { field: "file" });
  }
  const source = await openSource(file.path, examined, profile, file.sheet ?? null);
  try {
    return await readSource(database, scope, { file, profile, examined, source });
  } finally {
    await source.close();
  }
}

interface Opened {
  readonly file: FileToRead;
  readonly profile: ImportProfile;
  readonly examined: Examined;
  readonly source: Source;
}

async function readSource(database: Database, scope: ClientScope, opened: Opened): Promise<Preview> {
  const { file, profile, examined, source } = opened;
  const { importId, twin } = await database.inScope(scope, async (db) => ({
    twin: await findCommittedTwin(db, scope, { sha256: examined.sha256, profileName: profile.name, sheet: source.sheet }),
    importId: await insertFileImport(db, scope, {
      profileName: profile.name,
      fileName: shownName(file.fileName),
      sha256: examined.sha256,
      bytes: examined.bytes,
    }),
  }));
  try {
    return await database.inScope(scope, (db) => stage(db, scope, { ...opened, importId, twin }));
  } catch (error) {
    await database.inScope(scope, (db) => saveFileImport(db, scope, importId, { state: "discarded" }));
    throw error;
  }
}

async function stage(
  db: ScopedDb,
  scope: ClientScope,
  { file, profile, source, importId, twin }: Opened & { readonly importId: string; readonly twin: FileImportRow | null },
): Promise<Preview> {
  await planForBulk(db);
  const { layout } = source;
  const read = await stageAll(db, scope, importId, { file, profile, source });
  const { summary, faults } = await summarise(db, scope, importId, profile, {
    encoding: source.encoding,
    sheet: source.sheet,
    separator: layout.separator,
    decimalMark: layout.decimalMark,
    headers: layout.headers,
    ignored: layout.ignored,
    leftOut: null,
    repeatOf: twin
      ? {
          id: twin.id,
          fileName: twin.fileName,
          committedAt: (twin.committedAt ?? twin.createdAt).toISOString(),
          by: twin.createdByName,
          changesNothing: tookAll(twin, profile.name),
        }
      : null,
    ...read,
  });
  const state = faults.length > 0 ? "refused" : "previewed";
  await insertFaults(db, scope, importId, faults);
  // What can't be committed as it is stays only where somebody may leave its faulty lines out.
  if ((state === "refused" && !summary.mayLeaveOut) || (state === "previewed" && summary.repeatOf?.changesNothing)) {
    await dropStaged(db, scope, importId);
  }
  await saveFileImport(db, scope, importId, { state, summary, lines: summary.lines });
  return { importId, state, summary };
}

/** Whether an upload of the very same file took all of it as this profile would: taking it again then changes nothing. */
function tookAll(twin: FileImportRow, profileName: string): boolean {
  return twin.profileName === profileName && (summaryOf(twin)?.leftOut ?? null) === null;
}

/** Stages every line that can be told apart, a batch at a time; answers the totals and faults of the reading. */
async function stageAll(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  { file, profile, source }: Pick<Opened, "file" | "profile" | "source">,
): Promise<Pick<Reading, "lines" | "stopped" | "totals" | "faults">> {
  const { layout } = source;
  const faults: LineFault[] = headFaults(layout);
  const totals = new Map<string, bigint>();
  let lines = 0;
  if (faults.length > 0) return { lines, stopped: true, totals, faults };
  let stopped = false;
  const understand = await readerFor(db, scope, profile, layout, await clientToday(db, scope));
  const most = profile.kind === "payments" || profile.kind === "journals" ? MAX_ENTERED_LINES : MAX_LINES;
  let batch: string[] = [];
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
    for await (const { line, values } of source.records()) {
      file.signal?.throwIfAborted();
      lines += 1;
      if (lines > most)
        throw new Refusal(
          `The file has more than ${most.toLocaleString("en-GB")} lines: line ${line.toLocaleString("en-GB")} is the first too many. Split it and upload the parts.`,
          {
            field: "file",
          },
        );
      const read = understand(line, values);
      if (isFaulty(read)) faults.push(...read.faults);
      if ("netMinor" in read) totals.set(read.currency, (totals.get(read.currency) ?? 0n) + read.netMinor);
      if (faults.length >= MAX_FAULTS) {
        stopped = true;
        break;
      }
      batch.push(packedForStaging(read));
      if (batch.length >= BATCH) {
        await send();
        file.onProgress?.(lines);
      }
    }
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error;
    const rule = `${error.message}. What comes after it could not be read`;
    faults.push({ line: error.line, field: "", value: "", rule, fixer: "operations" });
    stopped = true;
  }
  if (batch.length > 0) await send();
  await sent;
  file.onProgress?.(lines);
  if (lines === 0 && faults.length === 0) {
    faults.push({ line: 0, field: "", value: "", rule: "the file has headers and no line", fixer: "operations" });
  }
  return { lines, stopped, totals, faults };
}

/** Makes the function that understands the lines of a file under a profile. @param today the client's own date */
export async function readerFor(db: ScopedDb, scope: ClientScope, profile: ImportProfile, layout: Layout, today: string) {
  const known = await knownRecords(db, scope, profile);
  const { kind } = profile;
  if (kind === "documents") return lineReader(profile, layout, known, today);
  if (isRecordFile(kind)) return recordReader(kind, profile, layout, known);
  return kind === "payments" ? paymentReader(profile, layout) : journalReader(profile, layout);
}

async function knownRecords(db: ScopedDb, scope: ClientScope, profile: ImportProfile): Promise<KnownRecords> {
  const existing = await listCodes(db, scope);
  const tax = new Map<string, Exact>();
  for (const { code, rate } of [...profile.taxCodes, ...existing.tax]) {
    const exact = parseExact(rate);
    if (exact) tax.set(code, exact);
  }
  return {
    nominal: new Set([...profile.nominalCodes, ...existing.nominal].map((row) => row.code)),
    tax,
    groups: new Set(profile.kind === "products" ? await listGroupCodes(db, scope) : []),
  };
}

/** A name to show: no folders, no control characters, at most 200 characters. */
export function shownName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return last.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "").slice(0, 200) || "file.csv";
}

export interface Commit {
  readonly result: ImportResult;
  /** What the audit keeps of it. */
  readonly note: { readonly subject: string; readonly detail: Readonly<Record<string, unknown>> };
}

/**
 * Leaves the faulty lines of a refused upload out, each with the other lines of its document, so that the rest can be committed. They
 * are set aside under the name of who decided it; documents and what is set aside still equal the file.
 *
 * @throws {Refusal} when it has no fault of single lines, or its staged lines are gone
 */
export async function leaveOut(db: ScopedDb, scope: ClientScope, importId: string): Promise<Preview & Pick<Commit, "note">> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  const summary = summaryOf(row);
  if (row.state !== "refused" || !summary?.mayLeaveOut)
    throw new Refusal("This upload has no faulty lines that could be left out. Upload the file again.");
  const profile = await currentProfile(db, scope, row, summary);
  await planForBulk(db);
  await needStaged(db, scope, importId, summary);
  const by = scope.actor.label;
  let lines = await leaveOutFaulty(db, scope, importId, `left out by ${by}`);
  const reading = readingOf(summary);
  let next = await summarise(db, scope, importId, profile, { ...reading, leftOut: { by, lines }, faults: [] });
  if (next.faults.length > 0) {
    // What only shows when the lines before it are gone, such as a total that has become negative.
    await insertFaults(db, scope, importId, next.faults);
    lines += await leaveOutFaulty(db, scope, importId, `left out by ${by}`);
    next = await summarise(db, scope, importId, profile, { ...reading, leftOut: { by, lines }, faults: [] });
  }
  if (next.faults.length > 0)
    throw new Refusal("Faults remain that no line alone can be left out for. Correct the file and upload it again.");
  await saveFileImport(db, scope, importId, { state: "previewed", summary: next.summary });
  const left = { ...row, state: "previewed" as const };
  return { importId, state: "previewed", summary: next.summary, note: { ...noteOf(left, next.summary), subject: row.fileName } };
}

async function currentProfile(
  db: ScopedDb,
  scope: ClientScope,
  row: FileImportRow,
  summary: ImportSummary,
): Promise<ImportProfile> {
  const profile = await getProfile(db, scope, row.profileName);
  if (profile.version !== summary.profileVersion)
    throw new Refusal("The profile was changed since the preview. Upload the file again.");
  return profile;
}

async function needStaged(db: ScopedDb, scope: ClientScope, importId: string, summary: ImportSummary): Promise<void> {
  if ((await countStagedLines(db, scope, importId)) !== summary.lines)
    throw new Refusal("The database was restarted since the preview, and the file's lines with it. Upload the file again.");
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
  if (row.state === "undone") throw new Refusal("This upload was undone. Upload the file again.");
  if (row.state !== "previewed" || !summary) throw new Refusal("This upload was discarded. Upload the file again.");
  const profile = await currentProfile(db, scope, row, summary);
  await planForBulk(db);

  // The same bytes may have been committed from another tab since. Lines that were left out are another decision than that one.
  const file = { sha256: row.sha256, profileName: row.profileName, sheet: summary.sheet };
  const twin = await findCommittedTwin(db, scope, file);
  if (twin && tookAll(twin, row.profileName) && summary.leftOut === null) {
    const unchanged = summary.documents.reduce((sum, total) => sum + total.count, 0);
    const result = { ...UNCHANGED, documents: { new: 0, amended: 0, unchanged } };
    await dropStaged(db, scope, importId);
    return finish(db, scope, row, { ...summary, result });
  }
  await needStaged(db, scope, importId, summary);
  const committed =
    profile.kind === "documents"
      ? await commitDocuments(db, scope, importId, profile, summary)
      : await commitRecords(db, scope, importId, profile, summary);
  await dropStaged(db, scope, importId);
  return finish(db, scope, row, committed);
}

async function finish(db: ScopedDb, scope: ClientScope, row: FileImportRow, summary: ImportSummary): Promise<Commit> {
  await saveFileImport(db, scope, row.id, { state: "committed", summary });
  return { result: summary.result ?? UNCHANGED, note: noteOf(row, summary) };
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
      leftOut: summary?.leftOut ?? null,
      result: summary?.result ?? null,
    },
  };
}

/** Forgets a previewed or refused upload. What is committed stays. */
export async function discardImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  if (row.state === "committed") throw new Refusal("This upload was committed already.");
  if (row.state === "discarded" || row.state === "undone") return;
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
