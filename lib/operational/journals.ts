import { randomUUID } from "node:crypto";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  booksCurrency,
  findEnteredJournals,
  type JournalBefore,
  type NewJournal,
  saveJournals,
  setJournalsVoid,
} from "#db/queries/operational/journals.ts";
import { lastOwnNumber, lockEntries, nominalKinds } from "#db/queries/payments/entered-payments.ts";
import type { NominalKind } from "#db/schema/operational.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";
import { contentSha } from "./content-sha.ts";

interface JournalEntryLine {
  readonly nominalCode: string;
  readonly description: string;
  /** Minor units of the books' currency: a debit is positive, a credit negative. */
  readonly amountMinor: bigint;
}

/** A journal as a person or a file gives it. */
export interface JournalEntry {
  /** The operational system's own reference, unique within the client; null to be given the next of ours. */
  readonly reference: string | null;
  readonly narration: string;
  readonly journalOn: string;
  readonly lines: readonly JournalEntryLine[];
}

/** Why a journal is not taken: it is refused whole, never in part. */
export interface JournalFault {
  /** Its place among the entries, from 0. */
  readonly index: number;
  /** The leg at fault, from 0; null when it is about the journal. */
  readonly line: number | null;
  readonly code: SyncErrorCode;
  readonly field: "reference" | "narration" | "journalOn" | "lines" | "nominalCode" | "amount";
  readonly value: string;
  readonly sentence: string;
}

export interface JournalsEntered {
  readonly made: readonly {
    readonly index: number;
    readonly id: string;
    readonly reference: string;
    readonly amended: boolean;
  }[];
  /** Places of entries that are here already, just as they are. */
  readonly unchanged: readonly number[];
  readonly refused: readonly JournalFault[];
}

/** Why a leg cannot stand on a nominal of this kind; null when it can. */
export function legFault(kind: NominalKind, code: string, name: string): { code: SyncErrorCode; sentence: string } | null {
  const nominal = `Nominal code ${code} ${name}`;
  switch (kind) {
    case "stock":
    case "cost-of-sale":
      return {
        code: "rule.stock-nominal-not-used",
        sentence: `${nominal} is a stock or cost-of-sale code: the package has neither, so no journal can post to it.`,
      };
    case "control":
      return {
        code: "rule.control-nominal",
        sentence: `${nominal} is a control account: only invoices, credit notes and payments post to it.`,
      };
    case "bank":
      return {
        code: "mapping.account-wrong-type",
        sentence: `${nominal} is a bank nominal: enter a payment instead of a journal.`,
      };
    default:
      return null;
  }
}

/**
 * Enters journals. One that does not balance, or has a leg on a stock, cost-of-sale, control or bank nominal, is refused whole and named,
 * the others are taken. A reference that is known is an amendment while nothing of it was sent, and a repeat when it says the same.
 *
 * @param importId the file that brought them
 */
export async function enterJournals(
  db: ScopedDb,
  scope: ClientScope,
  entries: readonly JournalEntry[],
  importId: string | null = null,
): Promise<JournalsEntered> {
  await lockEntries(db, scope);
  const currency = await booksCurrency(db, scope);
  const nominals = await nominalKinds(
    db,
    scope,
    entries.flatMap((entry) => entry.lines.map((line) => line.nominalCode.trim())),
  );
  const before = await findEnteredJournals(
    db,
    scope,
    entries.flatMap((entry) => entry.reference?.trim() ?? []),
  );
  const taken = new Set<string>();
  let next = await lastOwnNumber(db, scope, "journals");
  const refused: JournalFault[] = [];
  const unchanged: number[] = [];
  const made: (NewJournal & { readonly index: number })[] = [];
  for (const [index, entry] of entries.entries()) {
    const given = entry.reference?.trim() ?? "";
    const fault = faultIn(entry, { currency, nominals, taken, before: before.get(given) });
    if (fault) {
      refused.push({ index, ...fault });
      continue;
    }
    if (given !== "") taken.add(given);
    const content = {
      narration: entry.narration.trim(),
      journalOn: entry.journalOn,
      currency,
      debitMinor: entry.lines.reduce((sum, line) => (line.amountMinor > 0n ? sum + line.amountMinor : sum), 0n),
      lines: entry.lines.map((line) => ({
        description: line.description.trim(),
        nominalCode: line.nominalCode.trim(),
        amountMinor: line.amountMinor,
      })),
    };
    const sha = contentSha(content);
    const old = before.get(given);
    if (old?.status === "open" && old.contentSha === sha) {
      unchanged.push(index);
      continue;
    }
    if (given === "") next += 1;
    made.push({
      ...content,
      index,
      id: old?.id ?? randomUUID(),
      revision: (old?.revision ?? 0) + 1,
      reference: given || `JNL-${String(next).padStart(6, "0")}`,
      contentSha: sha,
      importId,
    });
  }
  await saveJournals(db, scope, made);
  if (made.length > 0) await makePostings(db, scope);
  return {
    made: made.map(({ index, id, reference, revision }) => ({ index, id, reference, amended: revision > 1 })),
    unchanged,
    refused,
  };
}

/**
 * Enters one journal: the New journal screen.
 * @throws {Refusal} in the words of its fault; nothing of it is kept then
 */
export async function enterJournal(
  db: ScopedDb,
  scope: ClientScope,
  entry: JournalEntry,
): Promise<{ id: string; reference: string }> {
  const { made, refused } = await enterJournals(db, scope, [entry]);
  const [fault] = refused;
  if (fault)
    throw new Refusal(fault.sentence, { field: fault.line === null ? fault.field : `lines.${fault.line}`, code: fault.code });
  const [journal] = made;
  if (!journal) throw new Refusal("This journal already exists.", { field: "reference" });
  return journal;
}

/**
 * Takes back journals that were never sent: they are withheld as void.
 * @throws {Refusal} when one of them has left or is gone
 */
export async function voidJournals(db: ScopedDb, scope: ClientScope, ids: readonly string[]): Promise<void> {
  const gone = await setJournalsVoid(db, scope, ids);
  if (gone.length < ids.length) {
    throw new Refusal("Only a journal that was never sent can be voided here: enter one the other way round instead.");
  }
  await settleWithheld(db, scope);
}

interface Entering {
  readonly currency: string;
  readonly nominals: ReadonlyMap<string, { readonly name: string; readonly kind: NominalKind }>;
  readonly taken: ReadonlySet<string>;
  readonly before: JournalBefore | undefined;
}

type Fault = Omit<JournalFault, "index">;

function faultIn(entry: JournalEntry, { currency, nominals, taken, before }: Entering): Fault | null {
  const no = (
    code: SyncErrorCode,
    field: Fault["field"],
    value: string,
    sentence: string,
    line: number | null = null,
  ): Fault => ({
    code,
    field,
    value,
    sentence,
    line,
  });
  const given = entry.reference?.trim() ?? "";
  if (given.length > 60) return no("source.too-long", "reference", given, `The reference ${given} is longer than 60 characters.`);
  if (taken.has(given)) {
    return no("source.bad-format", "reference", given, `Journal ${given} appears twice: each needs its own reference.`);
  }
  if (before && !before.unsent) {
    return no(
      "package.document-state",
      "reference",
      given,
      `Journal ${given} was sent already: enter one the other way round under another reference.`,
    );
  }
  if (!isPlainDate(entry.journalOn))
    return no("source.bad-format", "journalOn", entry.journalOn, `"${entry.journalOn}" is not a date.`);
  if (entry.narration.trim() === "") return no("source.required-field", "narration", "", "Enter a narration.");
  if (entry.narration.length > 500) return no("source.too-long", "narration", "", "The narration is longer than 500 characters.");
  if (entry.lines.length < 2) return no("source.required-field", "lines", "", "A journal needs at least two lines.");
  for (const [line, leg] of entry.lines.entries()) {
    const code = leg.nominalCode.trim();
    const nominal = nominals.get(code);
    if (code === "") return no("source.required-field", "nominalCode", "", `Line ${line + 1} has no nominal code.`, line);
    if (!nominal)
      return no("source.bad-format", "nominalCode", code, `Line ${line + 1}: there is no nominal code ${code}.`, line);
    const fault = legFault(nominal.kind, code, nominal.name);
    if (fault) return no(fault.code, "nominalCode", code, `Line ${line + 1}: ${fault.sentence}`, line);
    if (leg.amountMinor === 0n) return no("source.bad-format", "amount", "0", `Line ${line + 1} has no amount.`, line);
    if (leg.description.length > 500)
      return no("source.too-long", "lines", "", `Line ${line + 1}'s description is longer than 500 characters.`, line);
  }
  const total = entry.lines.reduce((sum, leg) => sum + leg.amountMinor, 0n);
  if (total === 0n) return null;
  const by = formatMoney(total < 0n ? -total : total, currency);
  return no(
    "source.totals-do-not-add",
    "lines",
    total.toString(),
    `The journal does not balance: ${total > 0n ? "debits" : "credits"} are ${by} more. Nothing was saved.`,
  );
}
