import { clientRoute } from "#lib/auth/route.ts";
import { anySearch } from "#lib/lists/source.ts";
import { sourceOf } from "../../sources.ts";

/** What a filter finds: rows, and what they come to. */
export const GET = clientRoute({
  name: "lists.totals",
  allow: "view",
  method: "GET",
  search: anySearch,
  run: ({ scope, staff, params, search, inScope }) => inScope((db) => sourceOf(params.list, staff).totals(db, scope, search)),
});
