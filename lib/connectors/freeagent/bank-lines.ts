import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingPayment } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { minor } from "../shared/json.ts";
import type { Connection, Message, RawAnswer } from "../types.ts";
import { addressOf, BANK_TRANSACTIONS } from "./address.ts";
import { bankAmount } from "./map-money.ts";
import { dateUnder, idUnder, pageOf, reading, rowsIn } from "./read.ts";

/** Days that a bank's own line may lie apart from the payment's date. */
const DAYS_APART = 3;
const DAY_MS = 86_400_000;

const byDays = (date: string, days: number) => new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

/** Whether a payment looks for the bank's own line first. */
export const wantsBankLine = ({ options }: Connection): boolean => options.bankLines !== "add";

/** Bank lines about the payment's date that nothing explains yet. */
export function bankLines({ accountExternalId, paidOn }: OutgoingPayment, { apiUrl }: Connection): Message {
  return reading("getBankTransactions", BANK_TRANSACTIONS.path, {
    bank_account: addressOf(apiUrl, accountExternalId),
    view: "unexplained",
    from_date: byDays(paidOn, -DAYS_APART),
    to_date: byDays(paidOn, DAYS_APART),
    ...pageOf(1),
  });
}

/**
 * The one bank line that the payment explains: of the same amount, on its own date before any other; null where there is none and one
 * may be added. Which of several it is nobody guesses.
 */
export function bankLineFor(
  payment: OutgoingPayment,
  answer: RawAnswer,
  { options, baseCurrency }: Connection,
): { readonly id: string | null } | { readonly error: SyncError } {
  const wanted = bankAmount(payment);
  const fitting = rowsIn(answer, BANK_TRANSACTIONS).flatMap((row) => {
    const id = idUnder(row, "url");
    return id !== null && minor(row, "unexplained_amount", baseCurrency) === wanted
      ? [{ id, on: dateUnder(row, "dated_on") }]
      : [];
  });
  const sameDay = fitting.filter(({ on }) => on === payment.paidOn);
  const [line, ...others] = sameDay.length > 0 ? sameDay : fitting;
  const amount = minorToDecimal(payment.amountMinor, payment.currency);
  if (line && others.length > 0) {
    return refused(
      payment,
      `${others.length + 1} bank lines of ${amount} could be this payment: explain the right one in FreeAgent`,
    );
  }
  if (line) return { id: line.id };
  if (options.bankLines === "wait")
    return refused(
      payment,
      `No bank line of ${amount} about this date is unexplained in FreeAgent yet: try again once the bank's line is there`,
    );
  return { id: null };
}

const refused = ({ packageReference }: OutgoingPayment, said: string) => ({
  error: new SyncError("package.refused", { value: packageReference, said: [said] }),
});
