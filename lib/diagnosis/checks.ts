import type { SyncErrorCode } from "#lib/errors/catalogue.ts";

/**
 * The one ordered list of checks of "why isn't this syncing?" and of pre-check: the first that fails is the answer, so its order is the
 * order of diagnosis. Each is computed for many rows at once in db/queries/precheck.ts under its name; a test holds the two together.
 */
export interface Check {
  readonly name: string;
  readonly verdict: "blocked" | "warning";
  readonly codes: readonly SyncErrorCode[];
  /** What it asks, in the reader's words. */
  readonly asks: string;
}

export const CHECKS = [
  { name: "entity-on", verdict: "blocked", codes: ["rule.entity-off"], asks: "Does its kind of record sync?" },
  {
    name: "changeable",
    verdict: "blocked",
    codes: ["rule.changed-since-exported"],
    asks: "Is it new to the package, or of a kind that can be changed there?",
  },
  {
    name: "not-void",
    verdict: "blocked",
    codes: ["source.document-void", "package.period-locked"],
    asks: "Is it live, or does the package hold it so that it can be voided there?",
  },
  {
    name: "contact-linked",
    verdict: "blocked",
    codes: ["source.dependency-missing"],
    asks: "Can its customer or supplier go first?",
  },
  { name: "product-linked", verdict: "blocked", codes: ["source.dependency-missing"], asks: "Can its products go first?" },
  {
    name: "posted-nominal",
    verdict: "blocked",
    codes: ["rule.stock-nominal-not-used"],
    asks: "Has every line a nominal besides stock and cost of sale?",
  },
  {
    name: "tax-set",
    verdict: "blocked",
    codes: ["mapping.tax-missing", "mapping.target-archived"],
    asks: "Is every tax code mapped?",
  },
  {
    name: "account-set",
    verdict: "blocked",
    codes: ["mapping.account-missing", "mapping.target-archived", "mapping.account-wrong-type", "package.account-without-code"],
    asks: "Is every nominal code mapped to an account that can be used?",
  },
  {
    name: "tax-fits-account",
    verdict: "blocked",
    codes: ["mapping.tax-not-allowed-on-account"],
    asks: "May each tax rate be used with its account?",
  },
  {
    name: "adds-up",
    verdict: "blocked",
    codes: ["source.totals-do-not-add", "source.bad-format"],
    asks: "Do its lines add up to its total, not below zero?",
  },
  {
    name: "currency-on",
    verdict: "blocked",
    codes: ["package.currency-or-feature-off"],
    asks: "Does the package know its currency?",
  },
  {
    name: "payment-ours-to-make",
    verdict: "blocked",
    codes: ["rule.payments-in-package"],
    asks: "Is a payment one that is made here, not in the package?",
  },
  {
    name: "bank-set",
    verdict: "blocked",
    codes: ["mapping.bank-missing", "mapping.bank-wrong-type", "mapping.target-archived"],
    asks: "Is a payment's bank nominal mapped to an account that takes payments?",
  },
  {
    name: "payable",
    verdict: "blocked",
    codes: ["source.document-void", "rule.payment-on-draft", "package.payment-too-large"],
    asks: "Can a payment's document be paid: neither void nor a draft, and so much open?",
  },
  {
    name: "journal-legs",
    verdict: "blocked",
    codes: ["source.totals-do-not-add", "rule.stock-nominal-not-used", "rule.control-nominal"],
    asks: "Does a journal balance, with no leg on a stock or control account?",
  },
  { name: "period-open", verdict: "blocked", codes: ["package.period-locked"], asks: "Is its date after the lock dates?" },
  {
    name: "contact-first",
    verdict: "warning",
    codes: ["source.dependency-missing"],
    asks: "Does its customer or supplier go first?",
  },
  {
    name: "document-first",
    verdict: "warning",
    codes: ["source.dependency-missing"],
    asks: "Does a payment's document go first?",
  },
  { name: "product-first", verdict: "warning", codes: ["source.dependency-missing"], asks: "Do its products go first?" },
] as const satisfies readonly Check[];
