import { z } from "zod";
import { findRun } from "#db/queries/export/runs.ts";
import { clientRoute, json } from "#lib/auth/route.ts";

/** A run's progress, as the database has it now. */
export const GET = clientRoute({
  name: "runs.progress",
  allow: "console",
  method: "GET",
  run: async ({ scope, params, inScope }) => {
    const id = z.uuid().safeParse(params.run);
    const run = id.success ? await inScope((db) => findRun(db, scope, id.data)) : null;
    return run ?? json({ error: { code: "not-found", message: "There is no such run." } }, 404);
  },
});
