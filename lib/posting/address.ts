import { z } from "zod";
import { type PanelFilter, POSTING_SORTS, panelFilter } from "#lib/pending/selection.ts";

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat().flatMap((one) => one.split(",")));

const filterFields = {
  panel: z.string(),
  search: z.string().optional(),
  kinds: list.optional(),
  states: list.optional(),
  precheck: list.optional(),
  draft: z.enum(["yes", "no"]).optional(),
  code: z.string().optional(),
  value: z.string().optional(),
  runId: z.string().optional(),
};

function readFilter(
  { draft, ...fields }: { draft?: "yes" | "no" | undefined; panel: string },
  context: z.RefinementCtx,
): PanelFilter {
  const filter = panelFilter.safeParse({ ...fields, ...(draft ? { draft: draft === "yes" } : {}) });
  if (filter.success) return filter.data;
  context.addIssue({ code: "custom", message: "The filter holds something we cannot use." });
  return z.NEVER;
}

/** A panel's filter as it stands in an address; lists are separated by commas. */
export const filterSearch = z.object(filterFields).transform(readFilter);

/** A page of a panel: filter, order, the page before's cursor. */
export const pageSearch = z
  .object({
    ...filterFields,
    sort: z.enum(POSTING_SORTS).default("date"),
    direction: z.enum(["asc", "desc"]).default("desc"),
    folded: z.literal("yes").optional(),
    after: z.string().max(2_000).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  })
  .transform(({ sort, direction, folded, after, limit, ...fields }, context) => ({
    filter: readFilter(fields, context),
    sort,
    direction,
    folded: folded === "yes",
    after: after ?? null,
    limit,
  }));
