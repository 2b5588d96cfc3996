import { z } from "zod";
import { INCOMING_VIEWS, type IncomingFilter } from "#lib/allocating/selection.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { searchWords } from "#lib/common/search.ts";

const filterFields = {
  view: z.enum(INCOMING_VIEWS).default("all"),
  side: z.enum(["sales", "purchase"]).optional(),
  search: searchWords,
};

interface FilterFields {
  readonly view: (typeof INCOMING_VIEWS)[number];
  readonly side?: "sales" | "purchase" | undefined;
  readonly search?: string | undefined;
}

function filterOf({ view, side, search }: FilterFields): IncomingFilter {
  return { view, ...(side ? { side } : {}), ...(search ? { search } : {}) };
}

/** The Import grid's filter as it stands in an address. */
export const filterSearch = z.object(filterFields).transform(filterOf);

/** Where a page ended, as one word of an address: date, then id. */
export function cursorOf(key: { readonly paidOn: string; readonly id: string }): string {
  return `${key.paidOn}.${key.id}`;
}

const cursor = z.string().transform((text, context) => {
  const [paidOn = "", id = ""] = text.split(".");
  if (isPlainDate(paidOn) && z.uuid().safeParse(id).success) return { paidOn, id };
  context.addIssue({ code: "custom", message: "This page's address is not one of ours." });
  return z.NEVER;
});

/** A page of the Import grid: filter, order, the page before's cursor. */
export const pageSearch = z
  .object({
    ...filterFields,
    direction: z.enum(["asc", "desc"]).default("desc"),
    after: cursor.optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  })
  .transform(({ direction, after, limit, ...fields }) => ({ filter: filterOf(fields), direction, after: after ?? null, limit }));
