import { sumPostings } from "#db/queries/export/posting-grid.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { filterSearch } from "#lib/posting/address.ts";

/** What a filter finds now: count, sums, and the moment that a selection of all of them holds on to. */
export const GET = clientRoute({
  name: "postings.totals",
  allow: "console",
  method: "GET",
  search: filterSearch,
  run: ({ scope, search, inScope }) => inScope((db) => sumPostings(db, scope, search)),
});
