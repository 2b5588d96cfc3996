import { listIncoming } from "#db/queries/payments/incoming-grid.ts";
import { cursorOf, pageSearch } from "#lib/allocating/address.ts";
import { clientRoute } from "#lib/auth/route.ts";

/** One page of the Import grid: `{ rows, next }`. */
export const GET = clientRoute({
  name: "incoming-payments.page",
  allow: "console",
  method: "GET",
  search: pageSearch,
  run: async ({ scope, search, inScope }) => {
    const { filter, ...page } = search;
    const { rows, next } = await inScope((db) => listIncoming(db, scope, filter, page));
    return { rows, next: next && cursorOf(next) };
  },
});
