import { z } from "zod";
import { findPostingCard } from "#db/queries/export/posting-grid.ts";
import { clientRoute, json } from "#lib/auth/route.ts";

/** One row with every call that it was in. */
export const GET = clientRoute({
  name: "postings.card",
  allow: "console",
  method: "GET",
  run: async ({ scope, params, inScope }) => {
    const id = z.uuid().safeParse(params.posting);
    const card = id.success ? await inScope((db) => findPostingCard(db, scope, id.data)) : null;
    return card ?? json({ error: { code: "not-found", message: "There is no such row." } }, 404);
  },
});
