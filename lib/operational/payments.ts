import { randomUUID } from "node:crypto";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { insertBankNominal } from "#db/queries/mapping/mapping.ts";
import {
  type EnteredBefore,
  findEntered,
  isIntegrationOn,
  lastOwnNumber,
  lockEntries,
  lockPayable,
  type NewPayment,
  nominalKinds,
  type PayableDocument,
  releaseAllocations,
  savePayments,
  setPaymentsDeleted,
} from "#db/queries/payments/entered-payments.ts";
import type { NominalKind } from "#db/schema/operational.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { type DocumentKind, KIND_LABELS, PAID_BY } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";
import { contentSha } from "./content-sha.ts";

/** Money that pays, or refunds, one document: a line of a payments file, or a line of the New payment screen. */
export interface PaymentEntry {
  /** The operational system's own reference, unique within the client; null to be given the next of ours. */
  readonly recordReference: string | null;
  /** Ours by id, or by its printed number, with the kind and the contact's reference where the source names them. */
  readonly document:
    | { readonly id: string }
    | { readonly number: string; readonly kind?: DocumentKind; readonly contactReference?: string };
  /** Our own bank nominal: it stands for a bank account, or for a clearing account that takes payments. */
  readonly bankNominalCode: string;
  readonly paidOn: string;
  /** Null for the document's own. */
  readonly currency: string | null;
  /** In the document's currency, above nil. */
  readonly amountMinor: bigint;
  /** The bank line's words. */
  readonly reference: string | null;
}

/** Why an entry is not taken: the catalogue's code, the field at fault and a sentence for the reader. */
export interface PaymentFault {
  /** Its place among the entries, from 0. */
  readonly index: number;
  readonly code: SyncErrorCode;
  readonly field: "recordReference" | "document" | "bankNominalCode" | "paidOn" | "currency" | "amount" | "contact";
  readonly value: string;
  readonly sentence: string;
}

export interface PaymentsEntered {
  readonly made: readonly {
    readonly index: number;
    readonly id: string;
    readonly recordReference: string;
    readonly amended: boolean;
  }[];
  /** Places of entries that are here already, just as they are. */
  readonly unchanged: readonly number[];
  readonly refused: readonly PaymentFault[];
}

/** The reason of M51, as the New payment screen and a file's faults say it. */
export const ACCOUNT_CUSTOMER =
  "is a credit customer: while the integration is on, enter their payments in the accounting package and create them from Import";

/**
 * Enters payments, each with its allocation to one document; the document's open amount moves at once. An entry with a fault is left
 * out and named, the others are taken: who wants all or nothing refuses when any is. An entry under a reference that is known is an
 * amendment while nothing of it was sent, and a repeat when it says the same.
 *
 * @param importId the file that brought them
 */
export async function enterPayments(
  db: ScopedDb,
  scope: ClientScope,
  entries: readonly PaymentEntry[],
  importId: string | null = null,
): Promise<PaymentsEntered> {
  await lockEntries(db, scope);
  const [isOn, before, documents, nominals] = [
    await isIntegrationOn(db, scope),
    await findEntered(
      db,
      scope,
      entries.flatMap((entry) => entry.recordReference?.trim() ?? []),
    ),
    await lockPayable(db, scope, {
      ids: entries.flatMap(({ document }) => ("id" in document ? document.id : [])),
      numbers: entries.flatMap(({ document }) => ("number" in document ? document.number.trim() : [])),
    }),
    await nominalKinds(
      db,
      scope,
      entries.map((entry) => entry.bankNominalCode.trim()),
    ),
  ];
  const state: Entering = {
    isOn,
    before,
    byId: new Map(documents.map((document) => [document.id, document])),
    byNumber: Map.groupBy(documents, (document) => document.number),
    nominals,
    spent: new Map(),
    taken: new Set(),
  };
  let next = await lastOwnNumber(db, scope, "payments");
  const refused: PaymentFault[] = [];
  const unchanged: number[] = [];
  const made: (NewPayment & { readonly index: number })[] = [];
  for (const [index, entry] of entries.entries()) {
    const verdict = judge(entry, state);
    if (verdict.outcome === "refused") refused.push({ index, ...verdict.fault });
    else if (verdict.outcome === "unchanged") unchanged.push(index);
    else {
      const given = entry.recordReference?.trim() ?? "";
      if (given === "") next += 1;
      const recordReference = given || `PAY-${String(next).padStart(6, "0")}`;
      made.push({ ...verdict.payment, index, recordReference, importId });
    }
  }
  for (const code of new Set(made.map((payment) => payment.bankNominalCode))) {
    if (!nominals.has(code)) await insertBankNominal(db, scope, code, `Bank ${code}`);
  }
  await savePayments(db, scope, made);
  if (made.length > 0) await makePostings(db, scope);
  return {
    made: made.map(({ index, id, recordReference, revision }) => ({ index, id, recordReference, amended: revision > 1 })),
    unchanged,
    refused,
  };
}

/**
 * {@link enterPayments}, all or nothing: the New payment screen.
 * @throws {Refusal} in the words of the first fault
 */
export async function enterPaymentsWhole(
  db: ScopedDb,
  scope: ClientScope,
  entries: readonly PaymentEntry[],
): Promise<PaymentsEntered["made"]> {
  const { made, refused } = await enterPayments(db, scope, entries);
  const [fault] = refused;
  if (fault) throw new Refusal(fault.sentence, { field: fault.field, code: fault.code });
  return made;
}

/**
 * Takes back payments that were never sent: their documents are open again, and they are withheld as void.
 * @throws {Refusal} when one of them has left, came from the package, or is gone
 */
export async function deletePayments(db: ScopedDb, scope: ClientScope, ids: readonly string[]): Promise<void> {
  await lockEntries(db, scope);
  const gone = await setPaymentsDeleted(db, scope, ids);
  if (gone.length < ids.length) {
    throw new Refusal("Only a payment that was entered here and never sent can be deleted: delete the others in the package.");
  }
  await releaseAllocations(db, scope, gone);
  await settleWithheld(db, scope);
}

interface Entering {
  readonly isOn: boolean;
  readonly before: ReadonlyMap<string, EnteredBefore>;
  readonly byId: ReadonlyMap<string, PayableDocument>;
  readonly byNumber: ReadonlyMap<string, readonly PayableDocument[]>;
  readonly nominals: ReadonlyMap<string, { readonly kind: NominalKind }>;
  /** What entries before this one took of each document. */
  readonly spent: Map<string, bigint>;
  readonly taken: Set<string>;
}

type Verdict =
  | { outcome: "refused"; fault: Omit<PaymentFault, "index"> }
  | { outcome: "unchanged" }
  | { outcome: "made"; payment: Omit<NewPayment, "recordReference" | "importId"> };

function judge(entry: PaymentEntry, state: Entering): Verdict {
  const no = (code: SyncErrorCode, field: PaymentFault["field"], value: string, sentence: string): Verdict => ({
    outcome: "refused",
    fault: { code, field, value, sentence },
  });
  const given = entry.recordReference?.trim() ?? "";
  if (given.length > 60)
    return no("source.too-long", "recordReference", given, `The payment's reference ${given} is longer than 60 characters.`);
  if (given !== "" && state.taken.has(given)) {
    return no("source.bad-format", "recordReference", given, `Payment ${given} appears twice: each needs its own reference.`);
  }
  if (!isPlainDate(entry.paidOn)) return no("source.bad-format", "paidOn", entry.paidOn, `"${entry.paidOn}" is not a date.`);
  const bank = entry.bankNominalCode.trim();
  if (bank === "") return no("source.required-field", "bankNominalCode", "", "Choose the bank nominal for the payment.");
  const kind = state.nominals.get(bank)?.kind ?? "bank";
  if (kind !== "bank") {
    return no(
      "mapping.bank-wrong-type",
      "bankNominalCode",
      bank,
      `Nominal code ${bank} is not a bank nominal: payments need a bank or clearing account.`,
    );
  }
  if ((entry.reference ?? "").length > 180) {
    return no("source.too-long", "recordReference", entry.reference ?? "", "The reference is longer than 180 characters.");
  }
  const document = documentOf(entry, state);
  if ("sentence" in document) return no(document.code, "document", document.value, document.sentence);
  const called = `${KIND_LABELS[document.kind]} ${document.number}`;
  if (document.status === "void") {
    return no("source.document-void", "document", document.number, `${called} is void, so it can't be paid.`);
  }
  const direction = PAID_BY[document.kind];
  if (state.isOn && document.terms === "account" && (direction === "receipt" || direction === "sales-refund")) {
    return no("rule.payments-in-package", "contact", document.contactReference, `${document.contactName} ${ACCOUNT_CUSTOMER}.`);
  }
  if (document.isDraft) {
    return no(
      "rule.payment-on-draft",
      "document",
      document.number,
      `${called} is still a draft in the package: approve it there first.`,
    );
  }
  const currency = entry.currency?.trim().toUpperCase() || document.currency;
  if (currency !== document.currency) {
    return no(
      "package.payment-currency",
      "currency",
      currency,
      `The payment is in ${currency}, ${document.number} is in ${document.currency}.`,
    );
  }
  if (entry.amountMinor <= 0n) {
    return no(
      "source.bad-format",
      "amount",
      entry.amountMinor.toString(),
      "The amount must be above zero; a refund pays a credit note.",
    );
  }
  const payment = {
    kind: direction,
    contactId: document.contactId,
    documentId: document.id,
    bankNominalCode: bank,
    paidOn: entry.paidOn,
    reference: entry.reference?.trim() || null,
    currency,
    amountMinor: entry.amountMinor,
  };
  const sha = contentSha(payment);
  const before = given === "" ? undefined : state.before.get(given);
  if (before?.status === "live" && before.contentSha === sha) {
    state.taken.add(given);
    return { outcome: "unchanged" };
  }
  if (before && !before.unsent) {
    return no(
      "package.document-state",
      "recordReference",
      given,
      `Payment ${given} was sent already, and a payment cannot be changed: delete it in the package and enter it under another reference.`,
    );
  }
  const held = before?.status === "live" && before.documentId === document.id ? before.amountMinor : 0n;
  const spent = state.spent.get(document.id) ?? 0n;
  const due = document.openMinor + held - spent;
  if (entry.amountMinor > due) {
    const money = (minor: bigint) => formatMoney(minor, currency);
    const sentence =
      due <= 0n
        ? `${document.number} is already settled, so ${money(entry.amountMinor)} is too much.`
        : `${document.number} has ${money(due)} open, so ${money(entry.amountMinor)} is too much.`;
    return no("package.payment-too-large", "amount", document.number, sentence);
  }
  state.spent.set(document.id, spent + entry.amountMinor - held);
  if (given !== "") state.taken.add(given);
  return {
    outcome: "made",
    payment: { ...payment, id: before?.id ?? randomUUID(), revision: (before?.revision ?? 0) + 1, contentSha: sha },
  };
}

function documentOf(
  { document: wanted }: PaymentEntry,
  { byId, byNumber }: Entering,
): PayableDocument | { code: SyncErrorCode; value: string; sentence: string } {
  const one = "id" in wanted ? byId.get(wanted.id) : undefined;
  const fits =
    "id" in wanted
      ? one
        ? [one]
        : []
      : (byNumber.get(wanted.number.trim()) ?? []).filter(
          (document) =>
            (wanted.kind === undefined || document.kind === wanted.kind) &&
            (wanted.contactReference === undefined || document.contactReference === wanted.contactReference.trim()),
        );
  const [only, ...others] = fits;
  const value = "id" in wanted ? wanted.id : wanted.number.trim();
  const code: SyncErrorCode = "source.dependency-missing";
  if (!only) {
    return {
      code,
      value,
      sentence: "id" in wanted ? "This document no longer exists." : `There is no document ${value} here: upload it first.`,
    };
  }
  if (others.length > 0) {
    return { code, value, sentence: `${fits.length} documents have the number ${value}: name the customer or supplier as well.` };
  }
  return only;
}
