import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingAllocation, OutgoingJournal, OutgoingPayment } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need, withinOf } from "../shared/checks.ts";
import { addressOf, BANK_ACCOUNTS, isIn } from "./address.ts";
import { LONGEST } from "./fields.ts";
import type { Company, Wire } from "./map.ts";

const within = withinOf("FreeAgent");

/** The amount as it moves on the bank account: money in is positive. */
export function bankAmount({ direction, amountMinor }: Pick<OutgoingPayment, "direction" | "amountMinor">): bigint {
  return direction === "receipt" || direction === "purchase-refund" ? amountMinor : -amountMinor;
}

/**
 * The explanation of a bank line: money that pays, or refunds, one document. Without a line to explain FreeAgent adds one.
 * @param line the bank line to explain
 */
export function toPayment(payment: OutgoingPayment, { apiUrl, baseCurrency }: Company, line: string | null = null): Wire {
  need(payment.packageReference, "reference");
  clean(payment.packageReference, "reference");
  within(payment.packageReference, LONGEST.line, "reference");
  need(payment.documentExternalId, "document");
  need(payment.accountExternalId, "bankNominalCode");
  if (payment.amountMinor <= 0n) bad("amountMinor", String(payment.amountMinor), "FreeAgent takes no payment of nothing or less");
  if (payment.currency !== baseCurrency) {
    throw new SyncError("package.payment-currency", {
      field: "currency",
      value: payment.currency,
      said: ["FreeAgent wants the amount in the bank account's currency too, which is not known here: enter it there"],
    });
  }
  const document = addressOf(apiUrl, payment.documentExternalId);
  const isSales = payment.direction === "receipt" || payment.direction === "sales-refund";
  return {
    ...(line === null
      ? { bank_account: addressOf(apiUrl, payment.accountExternalId) }
      : { bank_transaction: addressOf(apiUrl, line) }),
    dated_on: date(payment.paidOn, "paidOn"),
    gross_value: minorToDecimal(bankAmount(payment), payment.currency),
    description: payment.packageReference,
    ...(isSales ? { paid_invoice: document } : { paid_bill: document }),
  };
}

/** What only we write on a journal: FreeAgent finds it by that. */
export const tagOf = (recordId: string): string => `greentick-${recordId}`;

/** A set of journal entries: debits positive, credits negative. */
export function toJournal(journal: OutgoingJournal, { apiUrl, baseCurrency }: Company): Wire {
  need(journal.narration, "narration");
  clean(journal.narration, "narration");
  within(journal.narration, LONGEST.line, "narration");
  if (journal.legs.length < 2) throw new SyncError("source.required-field", { field: "legs" });
  if (journal.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n) !== 0n)
    throw new SyncError("source.totals-do-not-add", { field: "legs" });
  if (journal.currency !== baseCurrency)
    bad("currency", journal.currency, "FreeAgent keeps journals in the company's own currency alone");
  return {
    dated_on: date(journal.journalOn, "journalOn"),
    description: journal.narration,
    tag: tagOf(journal.recordId),
    journal_entries: journal.legs.map((leg, index) => {
      const at = `legs[${index}]`;
      const subject = `line ${index + 1}`;
      clean(leg.description, `${at}.description`, true);
      within(leg.description, LONGEST.line, `${at}.description`, subject);
      need(leg.accountExternalId, `${at}.nominalCode`, subject);
      if (isIn(BANK_ACCOUNTS, leg.accountExternalId)) {
        throw new SyncError("mapping.account-wrong-type", {
          field: `${at}.nominalCode`,
          subject,
          said: ["FreeAgent takes no journal to or from a bank account"],
        });
      }
      return {
        category: addressOf(apiUrl, leg.accountExternalId),
        debit_value: minorToDecimal(leg.amountMinor, journal.currency),
        ...(leg.description === "" ? {} : { description: leg.description }),
      };
    }),
  };
}

/** So much of a sales credit note, set against an invoice. */
export function toAllocation(allocation: OutgoingAllocation, { apiUrl }: Company): Wire {
  need(allocation.creditNoteExternalId, "creditNote");
  need(allocation.documentExternalId, "document");
  if (allocation.amountMinor <= 0n)
    bad("amountMinor", String(allocation.amountMinor), "FreeAgent allocates no amount of nothing or less");
  if (allocation.creditNoteKind !== "sales-credit-note") {
    throw new SyncError("package.refused", {
      value: allocation.creditNoteNumber,
      said: ["FreeAgent's API does not set a supplier's credit note against a bill: do it there"],
    });
  }
  return {
    gross_value: minorToDecimal(allocation.amountMinor, allocation.currency),
    dated_on: date(allocation.allocatedOn, "allocatedOn"),
    invoice: addressOf(apiUrl, allocation.documentExternalId),
    credit_note: addressOf(apiUrl, allocation.creditNoteExternalId),
  };
}
