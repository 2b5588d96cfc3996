import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listCodes } from "#db/queries/file-imports.ts";
import { listStagedRecords } from "#db/queries/import-records.ts";
import { countWords } from "#lib/common/count-words.ts";
import { formatMoney, minorDigits } from "#lib/common/money.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type FileMoney, referenceMarks } from "./document-money.ts";
import { lineCells, sentenceFault } from "./entered-lines.ts";
import { exactToMinor } from "./exact.ts";
import type { Field } from "./fields.ts";
import { headOnce } from "./head-once.ts";
import { enterJournals, type JournalEntry, type JournalFault, type JournalsEntered } from "./journals.ts";
import { besideAmount } from "./money-columns.ts";
import type { ImportProfile } from "./profile.ts";
import type { FaultyLine, LineFault } from "./read-line.ts";
import type { ReadRecord } from "./read-record.ts";
import type { Layout } from "./records.ts";
import { rehearse } from "./rehearse.ts";
import type { RecordInFile, RecordTotals } from "./summary.ts";
import { type UnknownCode, UnknownCodes } from "./unknown-codes.ts";

/** Makes the function that understands one line of a journals file: one leg; the lines of one number are one journal. */
export function journalReader(
  profile: ImportProfile,
  layout: Layout,
  { tally, choices, unknown }: Partial<FileMoney> = {},
): (line: number, values: readonly string[], isNumber?: readonly boolean[]) => ReadRecord | FaultyLine {
  const { currency } = profile;
  const digits = minorDigits(currency);
  const heads = headOnce(profile, layout);
  const marks = referenceMarks(tally, choices);
  return (line, given, isNumber) => {
    const { values } = heads.fill(line, given);
    if (tally) tally.belongAbove = heads.filled;
    const cells = lineCells(profile, layout, line, values, isNumber, marks);
    const reference = cells.wanted("number");
    const journalOn = cells.date("date");
    const narration = cells.text("narration") || reference;
    const [debit, credit, signed] = (["debit", "credit", "amount"] as const).map((field) =>
      cells.amount(field, digits, currency),
    );
    const amounts = [debit, credit, signed].filter((one) => one && one.units !== 0n);
    if (amounts.length !== 1 && cells.faults.length === 0)
      cells.fault("debit", "", "is the one amount of its line: a debit, a credit, or an amount below zero for a credit");
    const minor = (exact: typeof debit) => (exact ? exactToMinor(exact, digits) : 0n);
    const amountMinor = minor(debit) - minor(credit) + minor(signed);
    const read = {
      journalOn,
      narration,
      nominalCode: cells.wanted("nominalCode"),
      description: cells.text("description") || narration,
      amountMinor: amountMinor.toString(),
    };
    if (cells.faults.length > 0)
      return { line, faults: cells.faults, kind: "journals", reference, number: reference, currency, netMinor: 0n, raw: values };
    unknown?.take(line, values, besideAmount(amountMinor, digits));
    const name = `${read.nominalCode}: ${formatMoney(amountMinor, currency)}`;
    return { line, kind: "journals", reference, name, values: read, raw: values };
  };
}

interface StagedJournal {
  /** One a leg, in the legs' order. */
  readonly lines: readonly number[];
  readonly entry: JournalEntry;
}

/** The staged legs put together; a leg that says another date or narration than the first of its journal is a fault. */
async function stagedJournals(db: ScopedDb, scope: ClientScope, importId: string) {
  const journals = new Map<string, { lines: number[]; entry: JournalEntry & { lines: JournalEntry["lines"][number][] } }>();
  const differing: { line: number; field: Field; value: string; reference: string; first: number }[] = [];
  for (const { line, reference, values } of await listStagedRecords(db, scope, importId)) {
    const leg = {
      nominalCode: values.nominalCode ?? "",
      description: values.description ?? "",
      amountMinor: BigInt(values.amountMinor ?? "0"),
    };
    const known = journals.get(reference);
    if (!known) {
      const entry = { reference, narration: values.narration ?? "", journalOn: values.journalOn ?? "", lines: [leg] };
      journals.set(reference, { lines: [line], entry });
      continue;
    }
    known.lines.push(line);
    known.entry.lines.push(leg);
    for (const [field, ours, theirs] of [
      ["date", known.entry.journalOn, values.journalOn ?? ""],
      ["narration", known.entry.narration, values.narration ?? ""],
    ] as const) {
      if (ours !== theirs) differing.push({ line, field, value: theirs, reference, first: known.lines[0] ?? 0 });
    }
  }
  return { journals: [...journals.values()] satisfies StagedJournal[], differing };
}

const FIELD_OF: Readonly<Record<JournalFault["field"], Field>> = {
  reference: "number",
  narration: "narration",
  journalOn: "date",
  lines: "number",
  nominalCode: "nominalCode",
  amount: "debit",
};

/** Enters the staged journals and takes every one of them back: what a commit would say of each. */
export async function judgeJournals(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  headers: readonly string[],
): Promise<{ faults: LineFault[]; counts: RecordTotals; first: RecordInFile[]; unknownCodes: UnknownCode[] }> {
  const { journals, differing } = await stagedJournals(db, scope, importId);
  const entries = journals.map((one) => one.entry);
  const entered = await rehearse(db, (rehearsal) => enterJournals(rehearsal, scope, entries, importId));
  const actions = new Map<number, RecordInFile["action"]>([
    ...entered.made.map(({ index, amended }) => [index, amended ? "amended" : "new"] as const),
    ...entered.unchanged.map((index) => [index, "unchanged"] as const),
  ]);
  const known = new Set((await listCodes(db, scope)).nominal.map((row) => row.code));
  const unknown = new UnknownCodes();
  const lacking = ({ lines, entry }: StagedJournal): LineFault[] =>
    entry.lines.flatMap(({ nominalCode: value }, leg) => {
      if (value === "" || known.has(value)) return [];
      const at = { line: lines[leg] ?? 0, field: "nominalCode", value, code: "mapping.missing" } as const;
      const sentence = `Line ${leg + 1}: there is no nominal code ${value}.`;
      const fault: LineFault = { ...sentenceFault(profile, headers, { ...at, sentence }), lacks: "nominal-code" };
      unknown.add(fault, entry.reference ?? "");
      return [fault];
    });
  const faults = [
    ...differing.map(({ line, field, value, reference, first }) => {
      const sentence = `is the same on every line of journal ${reference}: line ${first} says otherwise`;
      return sentenceFault(profile, headers, { line, field, value, code: "source.bad-format", sentence });
    }),
    ...entered.refused.flatMap((fault) => {
      const staged = journals[fault.index];
      // Each leg that lacks its code is named, not the first alone: they are made together.
      const missing = staged && fault.field === "nominalCode" ? lacking(staged) : [];
      if (missing.some((one) => one.value === fault.value)) return missing;
      const line = staged?.lines[fault.line ?? 0] ?? 0;
      const value = fault.field === "lines" ? (staged?.entry.reference ?? "") : fault.value;
      return sentenceFault(profile, headers, { ...fault, line, field: FIELD_OF[fault.field], value });
    }),
  ];
  return {
    faults,
    unknownCodes: unknown.list(),
    counts: countsOf(entered),
    first: entries.slice(0, 20).flatMap((entry, index) => {
      const action = actions.get(index);
      return action
        ? [{ reference: entry.reference ?? "", name: `${entry.narration}: ${countWords(entry.lines.length, "line")}`, action }]
        : [];
    }),
  };
}

function countsOf({ made, unchanged }: JournalsEntered): RecordTotals {
  const amended = made.filter((journal) => journal.amended).length;
  return { new: made.length - amended, amended, unchanged: unchanged.length };
}

/**
 * Enters the staged journals, all of them or none.
 *
 * @throws {Refusal} naming the first that is refused by now, and its line
 */
export async function enterStagedJournals(db: ScopedDb, scope: ClientScope, importId: string): Promise<RecordTotals> {
  const { journals } = await stagedJournals(db, scope, importId);
  const entries = journals.map((one) => one.entry);
  const entered = await enterJournals(db, scope, entries, importId);
  const [fault] = entered.refused;
  if (!fault) return countsOf(entered);
  const line = journals[fault.index]?.lines[fault.line ?? 0] ?? 0;
  throw new Refusal(`Line ${line} cannot be taken any more: ${fault.sentence} Nothing was committed; upload the file again.`, {
    field: fault.field,
    code: fault.code,
  });
}
