import type { MadeCorrection } from "#db/queries/open-corrections.ts";
import { formatMoney } from "#lib/common/money.ts";
import { sideOf } from "#lib/common/records.ts";

/** One thing that a correction leaves to a person, with what to do. */
export interface Work {
  readonly what: string;
  readonly steps: readonly string[];
}

type Left = Pick<
  MadeCorrection,
  "kind" | "number" | "creditNote" | "reissue" | "apart" | "currency" | "creditLeftMinor" | "stillOpenMinor"
>;

/**
 * What is left to do after the credit note was allocated as far as it goes. Payments stay where they are: moving one breaks the bank
 * reconciliation, so it is entered anew only where it is not reconciled and an adviser agrees.
 * @param payments whether payments stand on the corrected document in the package
 */
export function workOf(
  left: Left,
  payments: boolean,
  { packageName, locale }: { readonly packageName: string; readonly locale: string },
): Work[] {
  const { number, creditNote, reissue } = left;
  const money = (minor: string) => formatMoney(BigInt(minor), left.currency, locale);
  const [party, next, bill] = sideOf(left.kind) === "sales" ? ["customer", "invoice", "invoice"] : ["supplier", "bill", "bill"];
  const work: Work[] = [];
  if (left.creditLeftMinor !== null && left.creditLeftMinor !== "0") {
    const why =
      reissue !== null && left.apart === "contact"
        ? ` ${reissue} is for another ${party}, so ${packageName} cannot allocate the credit note to it.`
        : reissue !== null && left.apart === "currency"
          ? ` ${reissue} is in another currency, so ${packageName} cannot allocate the credit note to it.`
          : payments
            ? ` ${number} was paid, so the ${party} is in credit.`
            : "";
    work.push({
      what: `${money(left.creditLeftMinor)} of credit note ${creditNote} is not allocated.${why}`,
      steps: [
        `Agree with the ${party}: a refund, or credit for the next ${next}.`,
        `Open ${creditNote} in ${packageName}. Enter the refund there, or allocate the credit to another ${bill} of the same ${party}.`,
        ...(payments && reissue !== null
          ? [
              `Leave the payment on ${number}. Only if it is not reconciled with the bank, and an adviser agrees: remove it in ${packageName} and enter it on ${reissue}.`,
            ]
          : []),
      ],
    });
  }
  if (left.stillOpenMinor !== null && left.stillOpenMinor !== "0") {
    work.push({
      what: `${money(left.stillOpenMinor)} is still open on ${number}, which was credited.`,
      steps: [
        `Open ${number} in ${packageName} and look at its payments and credits: one may have been removed.`,
        `Allocate what is left of ${creditNote} to it, or enter the payment that is missing.`,
      ],
    });
  }
  return work;
}
