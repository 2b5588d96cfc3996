import type { AsideReason } from "#db/schema/postings.ts";

/** Why a record stands in none of the three panels. */
export const ASIDE_WORDS: Readonly<Record<AsideReason, string>> = {
  excluded: "excluded from the accounting integration",
  "entity-off": "its kind does not sync",
  "before-start": "dated before the start date",
  "on-hold": "on hold",
  void: "void before it was sent",
};
