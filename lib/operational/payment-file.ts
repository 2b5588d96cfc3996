import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listStagedRecords } from "#db/queries/imports/import-records.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { exactToMinor } from "#lib/common/exact.ts";
import { formatMoney, minorDigits } from "#lib/common/money.ts";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type FileMoney, referenceMarks } from "./document-money.ts";
import { lineCells, sentenceFault } from "./entered-lines.ts";
import type { Field } from "./fields.ts";
import { besideAmount } from "./money-columns.ts";
import { enterPayments, type PaymentEntry, type PaymentFault, type PaymentsEntered } from "./payments.ts";
import type { ImportProfile } from "./profile.ts";
import type { FaultyLine, LineFault } from "./read-line.ts";
import type { ReadRecord } from "./read-record.ts";
import type { Layout } from "./records.ts";
import { rehearse } from "./rehearse.ts";
import type { RecordInFile, RecordTotals } from "./summary.ts";

/** Makes the function that understands one line of a payments file: a payment of one document, or every fault in it. */
export function paymentReader(
  profile: ImportProfile,
  layout: Layout,
  { unknown, tally, choices }: Partial<FileMoney> = {},
): (line: number, values: readonly string[], isNumber?: readonly boolean[]) => ReadRecord | FaultyLine {
  const marks = referenceMarks(tally, choices);
  return (line, values, isNumber) => {
    const cells = lineCells(profile, layout, line, values, isNumber, marks);
    const reference = cells.wanted("number");
    const paidOn = cells.date("date");
    const currency = (cells.text("currency") || profile.currency).toUpperCase();
    const isCurrency = /^[A-Z]{3}$/.test(currency);
    if (!isCurrency) cells.fault("currency", currency, "is a currency's three letters, such as GBP");
    const digits = isCurrency ? minorDigits(currency) : 2;
    cells.wanted("amount");
    const exact = cells.amount("amount", digits, currency);
    const type = cells.text("type").toLowerCase();
    const kind = DOCUMENT_KINDS.find((one) => one === type || KIND_LABELS[one].toLowerCase() === type);
    if (type !== "" && kind === undefined)
      cells.fault("type", type, `is what it pays: ${DOCUMENT_KINDS.map((one) => KIND_LABELS[one].toLowerCase()).join(", ")}`);
    const minor = exact === null ? null : exactToMinor(exact, digits);
    const read = {
      bank: cells.wanted("bankNominalCode"),
      document: cells.wanted("allocateTo"),
      kind: kind ?? null,
      contact: cells.text("contactReference") || null,
      words: cells.text("reference") || null,
      paidOn,
      currency,
      amountMinor: minor?.toString() ?? null,
    };
    if (cells.faults.length > 0) {
      const amount = { currency: isCurrency ? currency : profile.currency, netMinor: minor ?? 0n };
      return { line, faults: cells.faults, kind: "payments", reference, number: reference, ...amount, raw: values };
    }
    unknown?.take(line, values, besideAmount(minor ?? 0n, digits));
    const name = `${read.document}: ${formatMoney(minor ?? 0n, currency)}`;
    return { line, kind: "payments", reference, name, values: read, raw: values };
  };
}

interface StagedPayment {
  readonly line: number;
  readonly name: string;
  readonly entry: PaymentEntry;
}

async function stagedPayments(db: ScopedDb, scope: ClientScope, importId: string): Promise<StagedPayment[]> {
  return (await listStagedRecords(db, scope, importId)).map(({ line, reference, values }) => {
    const kind = DOCUMENT_KINDS.find((one) => one === values.kind);
    const number = values.document ?? "";
    const paidOn: PlainDate = values.paidOn ?? "";
    return {
      line,
      name: values.name ?? "",
      entry: {
        recordReference: reference,
        document: { number, ...(kind ? { kind } : {}), ...(values.contact ? { contactReference: values.contact } : {}) },
        bankNominalCode: values.bank ?? "",
        paidOn,
        currency: values.currency ?? null,
        amountMinor: BigInt(values.amountMinor ?? "0"),
        reference: values.words ?? null,
      },
    };
  });
}

/** Enters the staged payments and takes every one of them back: what a commit would say of each. */
export async function judgePayments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  headers: readonly string[],
): Promise<{ faults: LineFault[]; counts: RecordTotals; first: RecordInFile[] }> {
  const staged = await stagedPayments(db, scope, importId);
  const entries = staged.map((one) => one.entry);
  const entered = await rehearse(db, (rehearsal) => enterPayments(rehearsal, scope, entries, importId));
  const actions = new Map<number, RecordInFile["action"]>([
    ...entered.made.map(({ index, amended }) => [index, amended ? "amended" : "new"] as const),
    ...entered.unchanged.map((index) => [index, "unchanged"] as const),
  ]);
  return {
    faults: entered.refused.map((fault) =>
      sentenceFault(profile, headers, { ...fault, line: staged[fault.index]?.line ?? 0, field: FIELD_OF[fault.field] }),
    ),
    counts: countsOf(entered),
    first: staged.slice(0, 20).flatMap(({ entry, name }, index) => {
      const action = actions.get(index);
      return action ? [{ reference: entry.recordReference ?? "", name, action }] : [];
    }),
  };
}

const FIELD_OF: Readonly<Record<PaymentFault["field"], Field>> = {
  recordReference: "number",
  document: "allocateTo",
  bankNominalCode: "bankNominalCode",
  paidOn: "date",
  currency: "currency",
  amount: "amount",
  contact: "contactReference",
};

function countsOf({ made, unchanged }: PaymentsEntered): RecordTotals {
  const amended = made.filter((payment) => payment.amended).length;
  return { new: made.length - amended, amended, unchanged: unchanged.length };
}

/**
 * Enters the staged payments, all of them or none.
 *
 * @throws {Refusal} naming the first that is refused by now, and its line
 */
export async function enterStagedPayments(db: ScopedDb, scope: ClientScope, importId: string): Promise<RecordTotals> {
  const staged = await stagedPayments(db, scope, importId);
  const entered = await enterPayments(
    db,
    scope,
    staged.map((one) => one.entry),
    importId,
  );
  const [fault] = entered.refused;
  if (fault) {
    throw new Refusal(
      `Line ${staged[fault.index]?.line ?? 0} cannot be taken any more: ${fault.sentence} Nothing was committed; upload the file again.`,
      { field: fault.field, code: fault.code },
    );
  }
  return countsOf(entered);
}
