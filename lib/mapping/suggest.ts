import { type OurCode, plainRate, sideOfRate, type TheirRate, taxMappingFault } from "#lib/tax/charged.ts";
import { chargedRate, TAX_KIND_ROWS } from "#lib/tax/kinds.ts";

/** Something of ours that needs a target. */
export interface Wanting {
  readonly code: string;
  readonly name: string;
  /** Classes of account that fit its kind, most likely first; empty when any may. */
  readonly classes?: readonly string[];
}

export interface Offered {
  readonly externalId: string;
  readonly code: string | null;
  readonly name: string;
  readonly class?: string;
}

/** A target to look at, and why. It is shown and never saved by itself. */
export interface Suggestion {
  readonly externalId: string;
  readonly reason: string;
}

/** Words that say nothing about what an account is for. */
const EMPTY_WORDS = new Set([
  "a",
  "account",
  "accounts",
  "ac",
  "and",
  "code",
  "for",
  "from",
  "general",
  "of",
  "on",
  "other",
  "the",
  "to",
]);

function words(name: string): string[] {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return plain.filter((word) => word !== "" && !EMPTY_WORDS.has(word)).map(stem);
}

/** Singular and plural alike: "duties" and "duty", "sales" and "sale". */
function stem(word: string): string {
  if (word.length <= 3) return word;
  return word
    .replace(/(ies|y)$/u, "i")
    .replace(/s$/u, "")
    .replace(/e$/u, "");
}

/** How alike two names are, 0 to 1: shared words over all words (Dice), 1 for the same words in any order. */
export function likeness(a: string, b: string): number {
  const left = new Set(words(a));
  const right = new Set(words(b));
  if (left.size === 0 || right.size === 0) return 0;
  const shared = [...left].filter((word) => right.has(word)).length;
  return (2 * shared) / (left.size + right.size);
}

const SIMILAR = 0.6;

/**
 * The account to suggest for a nominal code, with the reason: equal code (of a class that fits), then equal name, then the one most
 * similar name. No suggestion when two are equally similar: a coin is not help.
 */
export function suggestAccount(wanting: Wanting, offered: readonly Offered[]): Suggestion | null {
  const fits = (one: Offered) => !wanting.classes || wanting.classes.length === 0 || wanting.classes.includes(one.class ?? "");
  const candidates = offered.filter(fits);
  const sameCode = candidates.filter((one) => one.code === wanting.code);
  if (sameCode.length === 1 && sameCode[0]) return { externalId: sameCode[0].externalId, reason: `Same code, ${wanting.code}` };
  const sameName = candidates.filter((one) => likeness(one.name, wanting.name) === 1);
  if (sameName.length === 1 && sameName[0]) return { externalId: sameName[0].externalId, reason: "Same name" };
  if (sameName.length > 1) return null;
  const ranked = candidates
    .map((one) => ({ one, score: likeness(one.name, wanting.name) }))
    .filter(({ score }) => score >= SIMILAR)
    .sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  if (!best || (second && second.score === best.score)) return null;
  return { externalId: best.one.externalId, reason: `Similar name, “${best.one.name}”` };
}

export interface OfferedRate extends Offered, TheirRate {}

/**
 * The tax rate to suggest: of those that charge what ours charges, on its side, by the package's own flags, the one of equal code, or the
 * one that is most alike by name. None while nobody knows the side, unless the rate fits both: a purchase code mapped to a sales rate
 * puts its VAT into the wrong box.
 */
export function suggestTaxRate(
  wanting: OurCode & { readonly code: string; readonly name: string },
  offered: readonly OfferedRate[],
): Suggestion | null {
  const fitting = offered.filter((one) => {
    if (taxMappingFault(wanting, one) !== null) return false;
    const side = sideOfRate(one.appliesTo);
    return side === "both" || (wanting.side !== null && side === wanting.side);
  });
  const sameCode = fitting.find((one) => one.externalId === wanting.code);
  if (sameCode) return { externalId: sameCode.externalId, reason: `Same code, ${wanting.code}` };
  // A reverse charge is never told from a zero rate by its figure alone: only what is known to be one is offered one.
  const plain = fitting.filter((one) => (wanting.kind === null ? one.selfAccounts !== true : true));
  const rate = plainRate(chargedRate(wanting));
  const ranked = plain
    .map((one) => ({ one, score: likeness(one.name, `${wanting.name} ${kindWords(wanting)}`) }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  if (!best) return null;
  const where =
    wanting.side === "purchase" ? "for purchases" : wanting.side === "sales" ? "for sales" : "for sales and purchases";
  if (!second) return { externalId: best.one.externalId, reason: `The one rate of ${rate}% ${where}` };
  return best.score > second.score
    ? { externalId: best.one.externalId, reason: `Same rate, ${rate}%, and a similar name` }
    : null;
}

/** What its kind adds to a name that does not say it. */
function kindWords({ kind }: OurCode): string {
  return kind === null ? "" : TAX_KIND_ROWS[kind].label;
}
