import type { ClientScope, Database, ScopedDb } from "#db/client.ts";
import {
  clientCalendar,
  deleteFaults,
  discardStale,
  dropStaged,
  dropUpload,
  type FileImportRow,
  findCommittedDuplicate,
  findFileImport,
  insertFaults,
  insertFileImport,
  listCodes,
  listFaults,
  lockClientRecords,
  lockFileImport,
  planForBulk,
  saveFileImport,
} from "#db/queries/imports/file-imports.ts";
import { forgetAnswers, listAnswers, saveAnswer } from "#db/queries/imports/import-answers.ts";
import { countStagedLines, leaveOutFaulty, packedForStaging, stageLines } from "#db/queries/imports/import-lines.ts";
import { listGroupCodes } from "#db/queries/imports/import-records.ts";
import { type Exact, parseExact } from "#lib/common/exact.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { chargedRate, type TaxKind } from "#lib/tax/kinds.ts";
import { withCellFaults } from "./cell-faults.ts";
import { commitDocuments, commitRecords, UNCHANGED } from "./commit-records.ts";
import { creditedOf } from "./credited.ts";
import { type FileMoney, fileMoney, referenceMarks, settleFile } from "./document-money.ts";
import { MAX_ENTERED_LINES } from "./entered-lines.ts";
import { type Examined, examineFile, MAX_LINES } from "./examine.ts";
import { refuseMisfit } from "./fitting-profile.ts";
import { frameOf } from "./frame.ts";
import { HiddenRows } from "./hidden-rows.ts";
import { journalReader } from "./journal-file.ts";
import { keepBytes, restoreBytes } from "./kept-bytes.ts";
import { isTreatmentQuestion, lineTax, saveTreatments, settleLineTax, taxTaken } from "./line-tax.ts";
import { paymentReader } from "./payment-file.ts";
import type { ImportProfile } from "./profile.ts";
import { getProfile, wholeProfiles } from "./profiles.ts";
import { type Answers, Asking, type FileQuestion } from "./questions.ts";
import { type FaultyLine, isFaulty, type LineFault, lineReader, type ReadLine } from "./read-line.ts";
import { isRecordFile, type KnownRecords, type ReadRecord, recordReader } from "./read-record.ts";
import { BrokenFile, type Layout } from "./records.ts";
import { rehearse } from "./rehearse.ts";
import { HEADER_ROW, openSource, type Source } from "./source.ts";
import { headFaults, MAX_FAULTS, type Reading, readingOf, summarise, summaryOf } from "./summarise.ts";
import type { ImportResult, ImportSummary } from "./summary.ts";
import { isTaxKindQuestion, TaxKindEvidence } from "./tax-question.ts";
import { taxCodesFor } from "./tax-summary.ts";
import { type LineReader, type Understood, understood } from "./understand.ts";
import { UnknownCodes } from "./unknown-codes.ts";

const BATCH = 4_000;

export interface FileToRead {
  /** On this machine, chosen by us. */
  readonly path: string;
  /** As its owner calls it: shown, never opened. */
  readonly fileName: string;
  readonly profileName: string;
  /** Of a workbook; needed where it has several. */
  readonly sheet?: string | null;
  /** Answers to what the file cannot tell, by question. */
  readonly answers?: Answers;
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
 * upload is refused, its faults kept by line number; with a question that only a person can answer it stands in state `asks`.
 *
 * @throws {Refusal} when it is no file that can be read at all, or a workbook of several sheets of which none was chosen
 */
export async function readFile(database: Database, scope: ClientScope, file: FileToRead): Promise<Preview> {
  const { profile, asking, profiles } = await database.inScope(scope, async (db) => {
    await discardStale(db, scope);
    const known = await askingFor(db, scope, file.profileName, file.answers ?? {});
    return { ...known, profiles: await wholeProfiles(db, scope) };
  });
  return withSource({ file, profile, asking }, async (opened) => {
    const { examined } = opened;
    // Whoever names the row of the headings has looked at the file.
    if (profile.headerRow === null && asking.answerTo(HEADER_ROW) === null) await refuseMisfit(opened.source, profile, profiles);
    const importId = await database.inScope(scope, (db) =>
      insertFileImport(db, scope, {
        profileName: profile.name,
        fileName: shownName(file.fileName),
        sha256: examined.sha256,
        bytes: examined.bytes,
        answers: { ...file.answers },
      }),
    );
    try {
      return await database.inScope(scope, (db) => stage(db, scope, importId, opened));
    } catch (error) {
      await database.inScope(scope, (db) => saveFileImport(db, scope, importId, { state: "discarded" }));
      throw error;
    }
  });
}

/** How many lines of a sample are looked at. */
const SAMPLE_LINES = 5_000;

/**
 * What the first lines of a file would have asked under a profile as it is being written: read as an upload is, and taken back.
 *
 * @param whole the sample's lines, as far as they go
 */
export async function questionsOf(
  db: ScopedDb,
  scope: ClientScope,
  path: string,
  profile: ImportProfile,
  { examined, source: whole }: Pick<Opened, "examined" | "source">,
): Promise<readonly FileQuestion[]> {
  const source: Source = {
    ...whole,
    records: async function* (mark) {
      let lines = 0;
      for await (const record of whole.records(mark)) {
        if (lines >= SAMPLE_LINES) return;
        lines += 1;
        yield record;
      }
    },
  };
  return await rehearse(db, async (rehearsal) => {
    const asking = new Asking({}, await listAnswers(rehearsal, scope, profile.name));
    asking.underHeadings(source.layout.headers);
    const { sha256, bytes } = examined;
    const upload = { profileName: profile.name, fileName: "sample", sha256, bytes, answers: {} };
    const importId = await insertFileImport(rehearsal, scope, upload);
    const file = { path, fileName: upload.fileName, profileName: profile.name };
    await stage(rehearsal, scope, importId, { file, profile, asking, examined, source });
    return asking.open;
  });
}

/**
 * Reads an upload again from its kept bytes, under the same id: with answers to its questions, or after a code that it lacked was made. All
 * in the caller's transaction; where it is refused, the upload stays as it was. Lines that somebody left out stay left out, unless
 * others have faults now.
 *
 * @param answers by question, beside what was answered before; null asks anew what is remembered
 * @throws {Refusal} when it is decided on already, its bytes are gone, or an answer is none of the options
 */
export async function rereadUpload(db: ScopedDb, scope: ClientScope, importId: string, answers: Answers = {}): Promise<Preview> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  const summary = summaryOf(row);
  if (!summary || !["asks", "previewed", "refused"].includes(row.state))
    throw new Refusal("This upload has already been committed or discarded. Upload the file again.");
  const restored = await restoreBytes(db, scope, importId);
  if (!restored) throw new Refusal("The file is no longer stored. Upload it again.", { code: "bytes-gone" });
  try {
    const said = { ...row.answers, ...answers };
    const { profile, asking } = await askingFor(db, scope, row.profileName, said);
    const file = { path: restored.path, fileName: row.fileName, profileName: row.profileName, sheet: summary.sheet };
    const before = new Set((await listFaults(db, scope, importId, MAX_FAULTS)).map((fault) => fault.line));
    await dropStaged(db, scope, importId);
    await deleteFaults(db, scope, importId);
    const preview = await withSource({ file, profile, asking }, (opened) => stage(db, scope, importId, opened));
    await saveFileImport(db, scope, importId, { state: preview.state, answers: said });
    if (summary.leftOut === null || preview.state !== "refused" || !preview.summary.mayLeaveOut) return preview;
    const now = await listFaults(db, scope, importId, MAX_FAULTS);
    return now.every((fault) => before.has(fault.line)) ? await leaveOut(db, scope, importId) : preview;
  } finally {
    await restored.remove();
  }
}

/** What was answered to an upload's questions, for the audit. */
export async function answerQuestions(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  answers: Answers,
): Promise<Preview & Pick<Commit, "note">> {
  const preview = await rereadUpload(db, scope, importId, answers);
  const row = await findFileImport(db, scope, importId);
  const open = (preview.summary.questions ?? []).map((question) => question.id);
  return { ...preview, note: { subject: row?.fileName ?? "", detail: { importId, answers, open } } };
}

async function askingFor(db: ScopedDb, scope: ClientScope, profileName: string, answers: Answers) {
  const profile = await getProfile(db, scope, profileName);
  return { profile, asking: new Asking(answers, await listAnswers(db, scope, profile.name)) };
}

interface ToOpen {
  readonly file: FileToRead;
  readonly profile: ImportProfile;
  readonly asking: Asking;
}

interface Opened extends ToOpen {
  readonly examined: Examined;
  readonly source: Source;
}

async function withSource<Answer>(toOpen: ToOpen, work: (opened: Opened) => Promise<Answer>): Promise<Answer> {
  const { file, profile, asking } = toOpen;
  const examined = await examineFile(file.path, profile.encoding);
  if (examined.format === "text" && file.fileName.toLowerCase().endsWith(".xlsx")) {
    throw new Refusal("The file is called .xlsx but is not an Excel workbook. Save it again as .xlsx, or as CSV.", {
      field: "file",
    });
  }
  const source = await openSource(file.path, examined, profile, file.sheet ?? null, asking);
  try {
    return await work({ ...toOpen, examined, source });
  } finally {
    await source.close();
  }
}

async function stage(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  { file, profile, asking, examined, source }: Opened,
): Promise<Preview> {
  await planForBulk(db);
  const calendar = await clientCalendar(db, scope);
  const heads = headFaults(source.layout);
  const readerOf = (layout: Layout, money = fileMoney(profile, layout, asking)) =>
    readerFor(db, scope, profile, layout, calendar.today, money, asking);
  // Without its columns nothing of the file can be looked at.
  const whole: Understood =
    heads.length > 0
      ? { layout: source.layout, faults: heads, frame: { totals: new Map(), bare: null, repeats: new Set() } }
      : await understood(source, profile, asking, calendar, readerOf);
  const { layout } = whole;
  const duplicate = await findCommittedDuplicate(db, scope, {
    sha256: examined.sha256,
    profileName: profile.name,
    sheet: source.sheet,
  });
  const staged = await stageAll(db, scope, importId, { file, profile, source, asking }, whole, readerOf);
  const reading = {
    encoding: source.encoding,
    sheet: source.sheet,
    separator: layout.separator,
    decimalMark: layout.decimalMark,
    headers: layout.headers,
    ignored: layout.ignored,
    hiddenColumns: source.hiddenColumns ?? [],
    leftOut: null,
    repeatOf: duplicate
      ? {
          id: duplicate.id,
          fileName: duplicate.fileName,
          committedAt: (duplicate.committedAt ?? duplicate.createdAt).toISOString(),
          by: duplicate.createdByName,
          changesNothing: tookAll(duplicate, profile.name) && !readOtherwise(duplicate, asking, layout.headerLine),
        }
      : null,
    ...staged,
  };
  const { summary: read, faults } = await summarise(db, scope, importId, profile, reading, asking);
  const state = asking.open.length > 0 ? "asks" : faults.length > 0 ? "refused" : "previewed";
  // Headings in the first row of a file that reads well stand nowhere else.
  const mayMove = state !== "previewed" || (layout.above ?? []).length > 0 || asking.answerTo(HEADER_ROW) !== null;
  const frame = read.frame && mayMove ? { frame: { ...read.frame, head: layout.head ?? [] } } : {};
  const summary: ImportSummary = { ...read, ...frame };
  await insertFaults(db, scope, importId, faults);
  // What can't be committed as it is stays only where somebody may leave its faulty lines out.
  if (
    state === "asks" ||
    (state === "refused" && !summary.mayLeaveOut) ||
    (state === "previewed" && summary.repeatOf?.changesNothing)
  ) {
    await dropStaged(db, scope, importId);
  }
  // What may yet be read again: to answer, to answer otherwise, with other headings, or once a code that it lacks was made.
  if (mayMove || asking.settled.length > 0) await keepBytes(db, scope, importId, file.path);
  await saveFileImport(db, scope, importId, { state, summary, lines: summary.lines });
  return { importId, state, summary };
}

/** Whether an upload of the same bytes was read under other answers, or other headings, than hold now: it says something else then. */
function readOtherwise(duplicate: FileImportRow, asking: Asking, headerLine: number | undefined): boolean {
  const summary = summaryOf(duplicate);
  if (summary?.frame && headerLine !== undefined && summary.frame.headerLine !== headerLine) return true;
  const told = (settled: readonly { id: string; value: string }[]) =>
    settled
      .map(({ id, value }) => `${id}=${value}`)
      .sort()
      .join("\n");
  return told(summary?.settled ?? []) !== told(asking.settled);
}

/** Whether an upload of the very same file took all of it as this profile would: taking it again then changes nothing. */
function tookAll(duplicate: FileImportRow, profileName: string): boolean {
  return duplicate.profileName === profileName && (summaryOf(duplicate)?.leftOut ?? null) === null;
}

/** Stages every line that can be told apart, a batch at a time; answers the totals and faults of the reading. */
async function stageAll(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  { file, profile, source, asking }: Pick<Opened, "file" | "profile" | "source" | "asking">,
  whole: Understood,
  readerOf: (layout: Layout, money: FileMoney) => Promise<LineReader>,
): Promise<
  Pick<
    Reading,
    "lines" | "stopped" | "totals" | "faults" | "frame" | "belongAbove" | "checked" | "taxIsOff" | "unknownCodes" | "taxTaken"
  >
> {
  const { layout } = whole;
  const faults: LineFault[] = [...whole.faults];
  const frame = frameOf(whole);
  const shape = () => ({ headerLine: layout.headerLine, totals: frame.rows() });
  const totals = new Map<string, bigint>();
  let lines = 0;
  if (faults.length > 0) return { lines, stopped: true, totals, faults, frame: shape() };
  let stopped = false;
  const asked = fileMoney(profile, layout, asking);
  const credited = await creditedOf(db, scope, source, layout, whole.frame, () =>
    readerOf(layout, fileMoney(profile, layout, asking)),
  );
  const money = { ...asked, choices: { ...asked.choices, ...(credited ? { credited } : {}) } };
  const hidden = new HiddenRows(asking);
  const understand = await readerOf(layout, money);
  let taxIsOff = false;
  const unknown = new UnknownCodes();
  const taxKinds = new TaxKindEvidence(
    asking,
    (await taxCodesFor(db, scope, profile, null)).filter((one) => one.kind === null),
  );
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
    for await (const record of source.records(layout.decimalMark)) {
      file.signal?.throwIfAborted();
      const { line, values, broken } = record;
      if (frame.skips(line, values)) continue;
      const understood = withCellFaults(understand(line, values, record.isNumber), record.cellFaults, {
        line,
        headers: layout.headers,
        values,
      });
      const read = broken === undefined ? understood : brokenLine(understood, broken);
      if (hidden.leavesOut(record, read)) continue;
      frame.add(values);
      lines += 1;
      if (lines > most)
        throw new Refusal(
          `The file has more than ${most.toLocaleString("en-GB")} lines: line ${line.toLocaleString("en-GB")} is the first too many. Split it and upload the parts.`,
          {
            field: "file",
          },
        );
      if (isFaulty(read)) {
        faults.push(...read.faults);
        unknown.addLine(read);
      }
      if ("taxByCode" in read) {
        taxKinds.add(read);
        taxIsOff ||= read.said === null ? !read.taxByCode : read.said.taxByRateMinor !== read.taxMinor;
      }
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
  await hidden.settle();
  await taxKinds.settle();
  const codes = await taxCodesFor(db, scope, profile, asking);
  const charged = chargedBy(codes);
  await settleLineTax(money.tally.lineTax, asking, codes, charged);
  const taken = taxTaken(money.tally.lineTax, charged);
  file.onProgress?.(lines);
  if (lines === 0 && faults.length === 0) {
    faults.push({ line: 0, field: "", value: "", rule: "the file has headers and no line", fixer: "operations" });
  }
  // A sum that is none says that the file is not whole: no line of it alone can be left out for that.
  if (frame.faults.length > 0) stopped = true;
  faults.push(...frame.faults);
  const unknownCodes = unknown.list();
  if (stopped) return { lines, stopped, totals, faults, frame: shape(), unknownCodes, taxTaken: taken };
  const { tax: rates } = await knownRecords(db, scope, profile, asking);
  const settled = await settleFile(db, scope, importId, { profile, layout, money, asking, rates });
  faults.push(...settled.faults);
  for (const [currency, shift] of settled.netShift) totals.set(currency, (totals.get(currency) ?? 0n) + shift);
  taxIsOff ||= money.tally.settles;
  const { checked } = settled;
  const { belongAbove } = money.tally;
  return { lines, stopped, totals, faults, taxIsOff, frame: shape(), belongAbove, checked, unknownCodes, taxTaken: taken };
}

/** A line whose values could not be told apart for sure: whatever they say, it has that fault alone. */
function brokenLine(read: ReadLine | ReadRecord | FaultyLine, why: string): FaultyLine {
  const { line, kind, reference, raw } = read;
  const faults: LineFault[] = [{ line, field: "", value: "", rule: why, fixer: "operations" }];
  if (!("number" in read)) return { line, kind, reference, raw, faults, number: reference, currency: "", netMinor: 0n };
  return { line, kind, reference, raw, faults, number: read.number, currency: read.currency, netMinor: read.netMinor };
}

/** Makes the function that understands the lines of a file under a profile. @param today the client's own date */
export async function readerFor(
  db: ScopedDb,
  scope: ClientScope,
  profile: ImportProfile,
  layout: Layout,
  today: string,
  money: Partial<FileMoney> = {},
  asking: Asking | null = null,
): Promise<(line: number, values: readonly string[], isNumber?: readonly boolean[]) => ReadLine | ReadRecord | FaultyLine> {
  const known = await knownRecords(db, scope, profile, asking);
  const { kind } = profile;
  if (kind === "documents") return lineReader(profile, layout, known, today, money.choices, money.tally, money.unknown);
  if (isRecordFile(kind)) return recordReader(kind, profile, layout, known, referenceMarks(money.tally, money.choices));
  return kind === "payments" ? paymentReader(profile, layout, money) : journalReader(profile, layout, money);
}

/** What a document with each code charges, per cent. */
function chargedBy(codes: readonly { code: string; rate: string; kind: TaxKind | null }[]): ReadonlyMap<string, Exact> {
  const charged = new Map<string, Exact>();
  for (const { code, rate, kind } of codes) {
    const exact = parseExact(chargedRate({ rate, kind }));
    if (exact) charged.set(code, exact);
  }
  return charged;
}

async function knownRecords(
  db: ScopedDb,
  scope: ClientScope,
  profile: ImportProfile,
  asking: Asking | null = null,
): Promise<KnownRecords> {
  const existing = await listCodes(db, scope);
  const codes = await taxCodesFor(db, scope, profile, asking);
  const tax = chargedBy(codes);
  const taxKinds = new Map<string, TaxKind | null>(codes.map(({ code, kind }) => [code, kind]));
  return {
    lineTax: profile.kind === "documents" ? await lineTax(db, scope, asking) : null,
    nominal: new Set([...profile.nominalCodes, ...existing.nominal].map((row) => row.code)),
    tax,
    taxKinds,
    groups: new Set(profile.kind === "products" ? await listGroupCodes(db, scope) : []),
  };
}

/** A name to show: no folders, no control characters, at most 200 characters. */
function shownName(name: string): string {
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
    throw new Refusal("This upload has no faulty lines that can be skipped. Upload the file again.");
  const profile = await currentProfile(db, scope, row, summary);
  await planForBulk(db);
  await needStaged(db, scope, importId, summary);
  const by = scope.actor.label;
  let lines = await leaveOutFaulty(db, scope, importId, `skipped by ${by}`);
  const reading = readingOf(summary);
  const asking = new Asking(row.answers, await listAnswers(db, scope, row.profileName), summary.settled ?? []);
  asking.underHeadings(summary.headers);
  const again = () => summarise(db, scope, importId, profile, { ...reading, leftOut: { by, lines }, faults: [] }, asking);
  let next = await again();
  if (next.faults.length > 0) {
    // What only shows when the lines before it are gone, such as a total that has become negative.
    await insertFaults(db, scope, importId, next.faults);
    lines += await leaveOutFaulty(db, scope, importId, `skipped by ${by}`);
    next = await again();
  }
  if (next.faults.length > 0)
    throw new Refusal("Some faults can't be fixed by skipping lines. Correct the file and upload it again.");
  const state = asking.open.length > 0 ? ("asks" as const) : ("previewed" as const);
  const done = { ...next.summary, forgotten: [...(summary.forgotten ?? []), ...asking.forgotten] };
  await saveFileImport(db, scope, importId, { state, summary: done });
  const left = { ...row, state };
  return { importId, state, summary: done, note: { ...noteOf(left, done), subject: row.fileName } };
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
  if (row.state === "asks") {
    const asked = (summary?.questions ?? []).map((question) => question.id).join(", ");
    throw new Refusal(`Answer the questions before you commit this file: ${asked}.`, { code: "asks" });
  }
  if (row.state === "refused")
    throw new Refusal("This file has faults, so it can't be committed. Correct it and upload it again.");
  if (row.state === "undone") throw new Refusal("This upload was undone. Upload the file again.");
  if (row.state !== "previewed" || !summary) throw new Refusal("This upload was discarded. Upload the file again.");
  const profile = await currentProfile(db, scope, row, summary);
  await planForBulk(db);

  // The same bytes may have been committed from another tab since. Lines that were left out are another decision than that one.
  const file = { sha256: row.sha256, profileName: row.profileName, sheet: summary.sheet };
  const duplicate = await findCommittedDuplicate(db, scope, file);
  const asking = new Asking({}, [], summary.settled ?? []);
  if (
    duplicate &&
    tookAll(duplicate, row.profileName) &&
    !readOtherwise(duplicate, asking, summary.frame?.headerLine) &&
    summary.leftOut === null
  ) {
    const unchanged = summary.documents.reduce((sum, total) => sum + total.count, 0);
    const result = { ...UNCHANGED, documents: { new: 0, amended: 0, unchanged } };
    await dropUpload(db, scope, importId);
    return finish(db, scope, row, { ...summary, result });
  }
  await needStaged(db, scope, importId, summary);
  const committed =
    profile.kind === "documents"
      ? await commitDocuments(db, scope, importId, profile, summary)
      : await commitRecords(db, scope, importId, profile, summary);
  await dropUpload(db, scope, importId);
  await saveTreatments(db, scope, summary.settled ?? []);
  await remember(db, scope, row.profileName, summary);
  return finish(db, scope, row, committed);
}

/** Keeps what was answered for the next files, and forgets what this file spoke against. */
async function remember(db: ScopedDb, scope: ClientScope, profileName: string, summary: ImportSummary): Promise<void> {
  const headings = summary.headingsPrint ?? "";
  await forgetAnswers(db, scope, { profileName, headings, questionIds: summary.forgotten ?? [] });
  for (const { id, value, remember: where, since } of summary.settled ?? []) {
    // What kind a tax code is, the code itself keeps, and what one abroad takes stands with the levels: cleared there, it is asked anew.
    if (where === "no" || since !== null || isTaxKindQuestion(id) || isTreatmentQuestion(id)) continue;
    const under = where === "client" ? { profileName: "", headings: "" } : { profileName, headings };
    await saveAnswer(db, scope, { ...under, questionId: id, value });
  }
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
      answers: Object.fromEntries((summary?.settled ?? []).map(({ id, value }) => [id, value])),
      result: summary?.result ?? null,
    },
  };
}

/** Forgets a previewed or refused upload. What is committed stays. */
export async function discardImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  const row = await lockFileImport(db, scope, importId);
  if (!row) throw new Refusal("This upload does not exist.", { code: "not-found" });
  if (row.state === "committed") throw new Refusal("This upload has already been committed.");
  if (row.state === "discarded" || row.state === "undone") return;
  await dropUpload(db, scope, importId);
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
