import type { OutgoingAllocation, OutgoingJournal, OutgoingPayment } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need } from "../shared/checks.ts";
import { amount } from "../shared/json.ts";
import { within } from "./checks.ts";
import { LONGEST } from "./fields.ts";

type Wire = Readonly<Record<string, unknown>>;

/** Money that pays an invoice or a bill, or refunds a credit note. Xero takes the direction from the document. */
export function toPayment(payment: OutgoingPayment): Wire {
  need(payment.packageReference, "reference");
  clean(payment.packageReference, "reference");
  within(payment.packageReference, LONGEST.reference, "reference");
  need(payment.documentExternalId, "document");
  need(payment.accountExternalId, "bankNominalCode");
  if (payment.amountMinor <= 0n) bad("amountMinor", String(payment.amountMinor), "Xero takes no payment of nothing or less");
  const isRefund = payment.direction === "sales-refund" || payment.direction === "purchase-refund";
  return {
    ...(isRefund
      ? { CreditNote: { CreditNoteID: payment.documentExternalId } }
      : { Invoice: { InvoiceID: payment.documentExternalId } }),
    // The id, since a bank account need not have a code.
    Account: { AccountID: payment.accountExternalId },
    Date: date(payment.paidOn, "paidOn"),
    Amount: amount(payment.amountMinor, payment.currency),
    Reference: payment.packageReference,
  };
}

/** A posted manual journal: debits positive, credits negative. */
export function toJournal(journal: OutgoingJournal): Wire {
  need(journal.narration, "narration");
  clean(journal.narration, "narration");
  within(journal.narration, LONGEST.description, "narration");
  if (journal.legs.length < 2) throw new SyncError("source.required-field", { field: "legs" });
  if (journal.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n) !== 0n) {
    throw new SyncError("source.totals-do-not-add", { field: "legs" });
  }
  return {
    Narration: journal.narration,
    Date: date(journal.journalOn, "journalOn"),
    Status: "POSTED",
    LineAmountTypes: "NoTax",
    // Xero takes an absolute web address only.
    ...(/^https?:\/\//.test(journal.url) ? { Url: journal.url } : {}),
    JournalLines: journal.legs.map((leg, index) => {
      const at = `legs[${index}]`;
      clean(leg.description, `${at}.description`, true);
      within(leg.description, LONGEST.description, `${at}.description`, `line ${index + 1}`);
      need(leg.accountExternalId, `${at}.nominalCode`, `line ${index + 1}`);
      return {
        LineAmount: amount(leg.amountMinor, journal.currency),
        AccountID: leg.accountExternalId,
        ...(leg.description === "" ? {} : { Description: leg.description }),
      };
    }),
  };
}

/** So much of a credit note on one invoice or bill. Xero dates it by the later of both, and still wants a date. */
export function toAllocation(allocation: OutgoingAllocation): Wire {
  need(allocation.creditNoteExternalId, "creditNote");
  need(allocation.documentExternalId, "document");
  if (allocation.amountMinor <= 0n)
    bad("amountMinor", String(allocation.amountMinor), "Xero allocates no amount of nothing or less");
  return {
    Invoice: { InvoiceID: allocation.documentExternalId },
    Amount: amount(allocation.amountMinor, allocation.currency),
    Date: date(allocation.allocatedOn, "allocatedOn"),
  };
}
