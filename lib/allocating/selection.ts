import { z } from "zod";
import { searchWords } from "#lib/common/search.ts";

/** The most rows that one selection names by id; more than that is a filter. */
const MAX_SELECTED_IDS = 5_000;

/** The tabs of the Import grid, in the staff's words. */
export const INCOMING_VIEWS = ["all", "to-do", "created", "kept", "not-ours"] as const;
export type IncomingView = (typeof INCOMING_VIEWS)[number];

/** What narrows the Import grid; it arrives from an address bar, so every field is capped. */
const incomingFilter = z.strictObject({
  view: z.enum(INCOMING_VIEWS).optional(),
  side: z.enum(["sales", "purchase"]).optional(),
  /** Words that stand anywhere in company, reference or document number; no wildcards. */
  search: searchWords,
});
export type IncomingFilter = z.infer<typeof incomingFilter>;

/** Rows that staff chose: by id, or all that matched a filter at a moment, with exceptions. */
export const incomingSelection = z.union([
  z.strictObject({ ids: z.array(z.uuid()).min(1).max(MAX_SELECTED_IDS) }),
  /** All whose payment this run created. */
  z.strictObject({ run: z.uuid() }),
  z.strictObject({
    filter: incomingFilter,
    exceptIds: z.array(z.uuid()).max(MAX_SELECTED_IDS),
    /** Rows that the person saw when choosing. For the audit; never trusted. */
    count: z.number().int().min(0).max(100_000_000),
    /** Rows read after it are not in the selection. */
    asOf: z.iso.datetime({ offset: true }),
  }),
]);
export type IncomingSelection = z.infer<typeof incomingSelection>;
