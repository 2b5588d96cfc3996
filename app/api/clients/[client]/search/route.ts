import { z } from "zod";
import { clientRoute } from "#lib/auth/route.ts";
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
  run: async ({ scope, search, inScope }) => ({ hits: await inScope((db) => findRecords(db, scope, search.q)) }),
});
