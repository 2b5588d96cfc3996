import type { AsideReason } from "#db/schema/postings.ts";
import type { PostingState } from "#lib/posting/states.ts";

/** Why a record stands in none of the three panels. */
export const ASIDE_WORDS: Readonly<Record<AsideReason, string>> = {
  excluded: "excluded from the accounting integration",
  "entity-off": "its kind does not sync",
  "before-start": "dated before the start date",
  "on-hold": "on hold",
  void: "void before it was sent",
};

const LINKABLE: readonly PostingState[] = ["pending", "held", "rejected", "conflict", "dead", "skipped"];

/** Whether a row in this state may be linked by hand: it is not on its way, and not exported already. */
export const isLinkable = (state: PostingState): boolean => LINKABLE.includes(state);
