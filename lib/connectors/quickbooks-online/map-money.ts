import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingJournal, OutgoingPayment } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need, withinOf } from "../shared/checks.ts";
import { amount } from "../shared/json.ts";
import { LONGEST } from "./fields.ts";
import { journalNote } from "./marks.ts";
import { type Entity, ref } from "./wire.ts";

type Wire = Readonly<Record<string, unknown>>;

const within = withinOf("QuickBooks Online");

/** What a payment is there: money in and money out are two entities. */
export const paymentEntity = ({ direction }: Pick<OutgoingPayment, "direction">): Entity =>
  direction === "payment-out" ? "BillPayment" : "Payment";

/** What a payment is linked to. */
export const paidEntity = ({ direction }: Pick<OutgoingPayment, "direction">): "Invoice" | "Bill" =>
  direction === "payment-out" ? "Bill" : "Invoice";

/** The link from a payment to what it pays: all of it on one document. */
function linkOf(payment: OutgoingPayment): Wire {
  return {
    Amount: amount(payment.amountMinor, payment.currency),
    LinkedTxn: [{ TxnId: payment.documentExternalId, TxnType: paidEntity(payment) }],
  };
}

/** Money that pays an invoice or a bill, through a bank account. */
export function toPayment(payment: OutgoingPayment): Wire {
  if (payment.direction === "sales-refund" || payment.direction === "purchase-refund") {
    throw new SyncError("rule.payment-kind", {
      field: "direction",
      value: payment.direction,
      said: ["QuickBooks Online pays a credit note back by other documents: enter the refund there"],
    });
  }
  need(payment.packageReference, "reference");
  clean(payment.packageReference, "reference");
  within(payment.packageReference, LONGEST.paymentReference, "reference");
  need(payment.documentExternalId, "document");
  need(payment.accountExternalId, "bankNominalCode");
  if (!payment.partyExternalId)
    throw new SyncError("source.dependency-missing", {
      field: payment.direction === "receipt" ? "customer" : "supplier",
      subject: payment.reference,
    });
  if (payment.amountMinor <= 0n)
    bad("amountMinor", minorToDecimal(payment.amountMinor, payment.currency), "It takes no payment of nothing or less");
  const common = {
    TxnDate: date(payment.paidOn, "paidOn"),
    TotalAmt: amount(payment.amountMinor, payment.currency),
    CurrencyRef: ref(payment.currency),
    PrivateNote: payment.packageReference,
    Line: [linkOf(payment)],
  };
  // The number that people see on it, where ours fits: our own mark stands in the note.
  const number = payment.reference.length <= LONGEST.documentNumber ? payment.reference : null;
  return payment.direction === "receipt"
    ? {
        CustomerRef: ref(payment.partyExternalId),
        DepositToAccountRef: ref(payment.accountExternalId),
        ...(number === null ? {} : { PaymentRefNum: number }),
        ...common,
      }
    : {
        VendorRef: ref(payment.partyExternalId),
        PayType: "Check",
        CheckPayment: { BankAccountRef: ref(payment.accountExternalId), PrintStatus: "NotSet" },
        ...(number === null ? {} : { DocNumber: number }),
        ...common,
      };
}

/** A journal outside tax. */
export function toJournal(journal: OutgoingJournal): Wire {
  need(journal.narration, "narration");
  clean(journal.narration, "narration");
  within(journal.narration, LONGEST.narration, "narration");
  if (journal.legs.length < 2) throw new SyncError("source.required-field", { field: "legs" });
  if (journal.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n) !== 0n)
    throw new SyncError("source.totals-do-not-add", { field: "legs" });
  return {
    TxnDate: date(journal.journalOn, "journalOn"),
    CurrencyRef: ref(journal.currency),
    ...(journal.reference.length <= LONGEST.documentNumber ? { DocNumber: journal.reference } : {}),
    PrivateNote: journalNote(journal.narration, journal.url),
    Line: journal.legs.map((leg, index) => {
      const at = `legs[${index}]`;
      clean(leg.description, `${at}.description`, true);
      within(leg.description, LONGEST.description, `${at}.description`, `line ${index + 1}`);
      need(leg.accountExternalId, `${at}.nominalCode`, `line ${index + 1}`);
      const isDebit = leg.amountMinor >= 0n;
      return {
        DetailType: "JournalEntryLineDetail",
        Amount: amount(isDebit ? leg.amountMinor : -leg.amountMinor, journal.currency),
        ...(leg.description === "" ? {} : { Description: leg.description }),
        JournalEntryLineDetail: {
          PostingType: isDebit ? "Debit" : "Credit",
          AccountRef: ref(leg.accountExternalId),
        },
      };
    }),
  };
}
