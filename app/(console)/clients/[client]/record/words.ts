import type { NominalKind } from "#db/schema/operational.ts";
import type { WithheldReason } from "#db/schema/postings.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { SettledBy } from "#lib/common/settled.ts";
import type { PostingState } from "#lib/model/states.ts";

/** Why a record stands in none of the three panels. */
export const WITHHELD_WORDS: Readonly<Record<WithheldReason, string>> = {
  excluded: "excluded from the accounting integration",
  "entity-off": "its type is off",
  "before-start": "dated before the start date",
  "on-hold": "on hold",
  void: "voided before it was sent",
};

/** Why a record is withheld: one on hold that keeps an error is an error that somebody ignores (N6). */
export const withheldWords = (withheld: WithheldReason, errorCode: string | null): string =>
  withheld === "on-hold" && errorCode !== null ? "its error is ignored" : WITHHELD_WORDS[withheld];

const LINKABLE: readonly PostingState[] = ["pending", "held", "rejected", "conflict", "dead", "skipped"];

/** Whether a row in this state may be linked by hand: it is not on its way, and not exported already. */
export const isLinkable = (state: PostingState): boolean => LINKABLE.includes(state);

/** Whether what stops a row is that a customer, supplier or product has no link in this organisation. */
export const lacksLink = (code: string | null): boolean => code === "mapping.link-cleared" || code === "mapping.linked-elsewhere";

const MEANS: Readonly<Record<SettledBy["how"], string>> = {
  "credit-note": "credit note",
  overpayment: "overpayment",
  prepayment: "prepayment",
};

/** By what a document was settled in the package: `by credit note CN-88 (£20.00)`. The kinds of it where no read has named them. */
export function settledWords(settledBy: readonly SettledBy[], currency: string, locale: string): string {
  if (settledBy.length === 0) return "by credit note, overpayment, prepayment or write-off";
  const each = settledBy.map(({ how, reference, amount }) =>
    [MEANS[how], reference, `(${formatMoney(BigInt(amount), currency, locale)})`].filter(Boolean).join(" "),
  );
  return `by ${new Intl.ListFormat(locale).format(each)}`;
}

/** Kinds of nominal code that no posting uses, and why. */
export const NOT_POSTED: Readonly<Partial<Record<NominalKind, string>>> = {
  stock: "Not used: the value of stock stays in the operational system",
  "cost-of-sale": "Not used: the cost of sales stays in the operational system",
};

/** Where else a code is used, in words. */
export function usedByWords(uses: {
  readonly products: number;
  readonly groups: number;
  readonly payments: number;
  readonly journals: number;
}): string {
  const part = (count: number, one: string, many: string) => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]);
  const parts = [
    ...part(uses.products, "product", "products"),
    ...part(uses.groups, "product group", "product groups"),
    ...part(uses.payments, "payment", "payments"),
    ...part(uses.journals, "journal", "journals"),
  ];
  return parts.length === 0 ? "nothing else" : parts.join(", ");
}
