import { filterSearch } from "#lib/allocating/address.ts";
import { importOverview } from "#lib/allocating/overview.ts";
import { clientRoute } from "#lib/auth/route.ts";

/** Counts and sums of a filter, how far reading has come, and the bank movements. */
export const GET = clientRoute({
  name: "incoming-payments.totals",
  allow: "console",
  method: "GET",
  search: filterSearch,
  run: ({ scope, client, search, inScope }) => inScope((db) => importOverview(db, scope, search, client.timeZone)),
});
