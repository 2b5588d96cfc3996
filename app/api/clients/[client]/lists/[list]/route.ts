import { clientRoute } from "#lib/auth/route.ts";
import { anySearch } from "#lib/lists/source.ts";
import { sourceOf } from "../sources.ts";

/** One page of a list of records: `{ rows, next }`. */
export const GET = clientRoute({
  name: "lists.page",
  allow: "view",
  method: "GET",
  search: anySearch,
  run: ({ scope, staff, params, search, inScope }) => inScope((db) => sourceOf(params.list, staff).page(db, scope, search)),
});
