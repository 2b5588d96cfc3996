import type { LinkCandidate, OfferDoubt, OfferReason } from "#db/schema/postings.ts";

const REASONS: Readonly<Record<OfferReason, string>> = {
  name: "Same name",
  "name-alike": "Same name, written another way",
  "name-near": "Similar name",
  number: "Same number",
  "tax-number": "Same VAT number",
  email: "Same e-mail",
};

const DOUBTS: Readonly<Record<OfferDoubt, string>> = {
  archived: "archived there",
  merged: "merged there into another name",
  "tax-number": "another VAT number",
  taken: "linked to another record here",
  several: "more than one could be it",
  unlike: "name or code differs",
};

/** Why it is likely, in a reader's words: "Same name, same e-mail". */
export function reasonWords({ reasons }: Pick<LinkCandidate, "reasons">): string {
  return reasons
    .map((reason, at) => (at === 0 ? REASONS[reason] : `${REASONS[reason].charAt(0).toLowerCase()}${REASONS[reason].slice(1)}`))
    .join(", ");
}

/** What speaks against it; empty where nothing does. */
export function doubtWords({ doubts }: Pick<LinkCandidate, "doubts">): string {
  return doubts.length === 0 ? "" : `But: ${doubts.map((doubt) => DOUBTS[doubt]).join(", ")}`;
}
