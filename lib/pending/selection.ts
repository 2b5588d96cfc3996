import { z } from "zod";
import { isPlainDate } from "#lib/common/dates.ts";
import { RECORD_KINDS } from "#lib/common/records.ts";
import { searchWords } from "#lib/common/search.ts";
import { POSTING_STATES } from "#lib/model/states.ts";

export { selectionWhere } from "#db/queries/export/posting-grid.ts";

/** The most rows that one selection names by id; more than that is a filter. */
const MAX_SELECTED_IDS = 5_000;

const id = z.uuid();

/**
 * What narrows one panel of the Export screen. Every field is capped, since it arrives from an address bar; absent fields
 * do not narrow.
 */
export const panelFilter = z.strictObject({
  panel: z.enum(["pending", "exported", "errors"]),
  /** Words that stand anywhere in the number or in the customer's, supplier's or product's name; no wildcards. */
  search: searchWords,
  kinds: z.array(z.enum(RECORD_KINDS)).max(RECORD_KINDS.length).optional(),
  states: z.array(z.enum(POSTING_STATES)).max(POSTING_STATES.length).optional(),
  /** Pre-check's verdict; `none` where it did not run yet. */
  precheck: z
    .array(z.enum(["ready", "warning", "blocked", "none"]))
    .max(4)
    .optional(),
  /** Exported rows that the package holds as a draft, or those that it does not. */
  draft: z.boolean().optional(),
  /** A code of the error catalogue: of the refusal in Error Feedback, of pre-check elsewhere. */
  code: z.string().max(100).optional(),
  /** With `code`: the value at fault (a nominal code, a tax code, a contact), the empty string where the error names none. */
  value: z.string().max(200).optional(),
  runId: id.optional(),
});
export type PanelFilter = z.infer<typeof panelFilter>;

/** Rows that staff chose: by id, or all that matched a filter at a moment, with exceptions. */
export const postingSelection = z.union([
  z.strictObject({ ids: z.array(id).min(1).max(MAX_SELECTED_IDS) }),
  z.strictObject({
    filter: panelFilter,
    exceptIds: z.array(id).max(MAX_SELECTED_IDS),
    /** What the person saw when choosing: rows, and signed gross in minor units by currency. For the audit; never trusted. */
    count: z.number().int().min(0).max(100_000_000),
    grossByCurrency: z.record(z.string().regex(/^[A-Z]{3}$/), z.string().regex(/^-?\d{1,18}$/)),
    /** Rows made after it are not in the selection. The server's own moment, as the totals gave it. */
    asOf: z.iso.datetime({ offset: true }),
  }),
]);
export type PostingSelection = z.infer<typeof postingSelection>;

/** What a panel may be sorted by: each is served by an index. */
export const POSTING_SORTS = ["date", "number", "party", "gross", "exported", "tick"] as const;
export type PostingSort = (typeof POSTING_SORTS)[number];

/** Where a page ended: the sorted value as text (null for rows that have none), and what breaks ties. */
export interface GridCursor {
  readonly value: string | null;
  readonly reference: string;
  readonly id: string;
}

const VALUE_OF: Readonly<Record<PostingSort, z.ZodType<string>>> = {
  date: z.string().refine(isPlainDate),
  number: z.string().max(500),
  party: z.string().max(500),
  gross: z.string().regex(/^-?\d{1,18}$/),
  exported: z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?$/),
  tick: z.enum(POSTING_STATES),
};

/** A page's end as it travels in an address. */
export function writeCursor(cursor: GridCursor): string {
  return Buffer.from(JSON.stringify([cursor.value, cursor.reference, cursor.id])).toString("base64url");
}

/** Reads {@link writeCursor}'s text back for the same sort; null when it is none of ours. */
export function readCursor(text: string, sort: PostingSort): GridCursor | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  const shape = z.tuple([VALUE_OF[sort].nullable(), z.string().max(500), id]).safeParse(parsed);
  return shape.success ? { value: shape.data[0], reference: shape.data[1], id: shape.data[2] } : null;
}
