import { z } from "zod";
import { can } from "#lib/auth/permissions.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { isOwnKind } from "#lib/common/record-paths.ts";
import { findRecords } from "#lib/lists/search.ts";

/** The client's records that the words may mean: by number, name, reference, amount, run or the package's id. */
export const GET = clientRoute({
  name: "search.records",
  allow: "view",
  method: "GET",
  search: z.object({
    // Long enough for an address of the package with an id in it.
    q: z
      .string()
      .trim()
      .max(400)
      .refine((text) => !text.includes("\0")),
  }),
  run: async ({ scope, staff, search, inScope }) => {
    const hits = await inScope((db) => findRecords(db, scope, search.q));
    return { hits: can(staff.role, "console") ? hits : hits.filter(({ kind }) => isOwnKind(kind)) };
  },
});
