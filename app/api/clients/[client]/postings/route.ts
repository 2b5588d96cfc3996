import { listPostings } from "#db/queries/export/posting-grid.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { readCursor, writeCursor } from "#lib/pending/selection.ts";
import { pageSearch } from "#lib/posting/address.ts";

/** One page of a panel of the Export screen: `{ rows, next }`. */
export const GET = clientRoute({
  name: "postings.page",
  allow: "console",
  method: "GET",
  search: pageSearch,
  run: async ({ scope, search, inScope }) => {
    const after = search.after === null ? null : readCursor(search.after, search.sort);
    if (search.after !== null && after === null) throw new Refusal("This page's address is not one of ours.");
    const page = await inScope((db) => listPostings(db, scope, { ...search, after }));
    return { rows: page.rows, next: page.next && writeCursor(page.next) };
  },
});
