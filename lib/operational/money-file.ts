import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listStagedRecords } from "#db/queries/import-records.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { formatMoney, minorDigits } from "#lib/common/money.ts";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { exactToMinor } from "./exact.ts";
import { readDate, readNumber } from "./numbers.ts";
import { enterPayments, type PaymentEntry, type PaymentFault, type PaymentsEntered } from "./payments.ts";
import type { Field, ImportProfile } from "./profile.ts";
import type { FaultyLine, LineFault } from "./read-line.ts";
import type { ReadRecord } from "./read-record.ts";
import { type Layout, placed } from "./records.ts";
import type { RecordInFile, RecordTotals } from "./summary.ts";

/** Payments are judged one after another, each against what those before it left open. */
export const MAX_MONEY_LINES = 50_000;

/** Makes the function that understands one line of a payments file: a payment of one document, or every fault in it. */
export function moneyReader(
  profile: ImportProfile,
  layout: Layout,
): (line: number, values: readonly string[]) => ReadRecord | FaultyLine {
  return (line, values) => {
    const faults: LineFault[] = [];
    const fault = (field: Field, value: string, rule: string) => {
      const at = layout.at[field];
      const header = (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
      faults.push({ line, field: header, value: value.slice(0, 200), rule, fixer: "operations" });
    };
    const text = (field: Field): string => {
      const at = layout.at[field];
      const value = at === undefined ? "" : (values[at] ?? "").trim().normalize("NFC");
      if (/\p{Cc}/u.test(value)) fault(field, value.replace(/\p{Cc}/gu, "\ufffd"), "holds a control character");
      return value;
    };
    const wanted = (field: Field): string => {
      const value = text(field);
      if (value === "") fault(field, "", "is filled in");
      return value;
    };
    const number = text("number");
    const reference = wanted("number");
    const dateText = wanted("date");
    const paidOn = dateText === "" ? null : readDate(dateText, profile.dateFormats);
    if (dateText !== "" && paidOn === null)
      fault("date", dateText, `is a real date between 1900 and 2199, written ${profile.dateFormats.join(", ")}`);
    const currency = (text("currency") || profile.currency).toUpperCase();
    if (!/^[A-Z]{3}$/.test(currency)) fault("currency", currency, "is a currency's three letters, such as GBP");
    const amountText = wanted("amount");
    const exact = amountText === "" ? null : readNumber(amountText, layout.decimalMark);
    const digits = /^[A-Z]{3}$/.test(currency) ? minorDigits(currency) : 2;
    if (amountText !== "" && exact === null)
      fault("amount", amountText, `is a number, its decimals after "${layout.decimalMark}", without exponent`);
    else if (exact !== null && exact.scale > digits) fault("amount", amountText, `has at most ${digits} decimals in ${currency}`);
    const type = text("type").toLowerCase();
    const kind = DOCUMENT_KINDS.find((one) => one === type || KIND_LABELS[one].toLowerCase() === type);
    if (type !== "" && kind === undefined)
      fault("type", type, `is what it pays: ${DOCUMENT_KINDS.map((one) => KIND_LABELS[one].toLowerCase()).join(", ")}`);
    const read = {
      bank: wanted("bankNominalCode"),
      document: wanted("allocateTo"),
      kind: kind ?? null,
      contact: text("contactReference") || null,
      words: text("reference") || null,
      paidOn,
      currency,
      amountMinor: exact === null ? null : exactToMinor(exact, digits).toString(),
    };
    if (values.length !== layout.headers.length) {
      const rule = `a line has ${layout.headers.length} fields, as the headers have`;
      faults.splice(0, faults.length, { line, field: "", value: `${values.length} fields`, rule, fixer: "operations" });
    }
    if (faults.length > 0) return { line, faults, kind: "payments", reference, number, currency, netMinor: 0n, raw: values };
    const name = `${read.document}: ${formatMoney(BigInt(read.amountMinor ?? "0"), currency)}`;
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

/** Ends the rehearsal of a commit, so that nothing of it stays. */
class Rehearsed extends Error {}

/** Enters the staged payments and takes every one of them back: what a commit would say of each. */
export async function judgeMoney(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  headers: readonly string[],
): Promise<{ faults: LineFault[]; counts: RecordTotals; first: RecordInFile[] }> {
  const staged = await stagedPayments(db, scope, importId);
  let entered: PaymentsEntered = { made: [], unchanged: [], refused: [] };
  await db
    .transaction(async (rehearsal) => {
      entered = await enterPayments(
        rehearsal,
        scope,
        staged.map((one) => one.entry),
        importId,
      );
      throw new Rehearsed();
    })
    .catch((error) => {
      if (!(error instanceof Rehearsed)) throw error;
    });
  const actions = new Map<number, RecordInFile["action"]>([
    ...entered.made.map(({ index, amended }) => [index, amended ? "amended" : "new"] as const),
    ...entered.unchanged.map((index) => [index, "unchanged"] as const),
  ]);
  return {
    faults: entered.refused.map((fault) => lineFault(fault, staged, profile, headers)),
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

function lineFault(
  fault: PaymentFault,
  staged: readonly StagedPayment[],
  profile: ImportProfile,
  headers: readonly string[],
): LineFault {
  const field = FIELD_OF[fault.field];
  const at = placed(profile, headers).at[field];
  return {
    line: staged[fault.index]?.line ?? 0,
    field: (at === undefined ? undefined : headers[at]) ?? profile.columns[field]?.headers[0] ?? field,
    value: fault.value,
    rule: fault.sentence.replace(/\.$/, ""),
    fixer: fault.code.startsWith("source.") ? "operations" : "bookkeeper",
  };
}

function countsOf({ made, unchanged }: PaymentsEntered): RecordTotals {
  const amended = made.filter((payment) => payment.amended).length;
  return { new: made.length - amended, amended, unchanged: unchanged.length };
}

/**
 * Enters the staged payments, all of them or none.
 *
 * @throws {Refusal} naming the first that is refused by now, and its line
 */
export async function enterMoney(db: ScopedDb, scope: ClientScope, importId: string): Promise<RecordTotals> {
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
