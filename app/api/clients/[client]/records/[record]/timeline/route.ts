import { z } from "zod";
import { clientRoute, json } from "#lib/auth/route.ts";
import { packageSite } from "#lib/connections/site.ts";
import { readTimeline } from "#lib/posting/timeline.ts";

/** Everything that became of one record, newest first, and where it stands in the package. */
export const GET = clientRoute({
  name: "records.timeline",
  allow: "console",
  method: "GET",
  run: async ({ scope, client, params, inScope }) => {
    const id = z.uuid().safeParse(params.record);
    if (!id.success) return json({ error: { code: "not-found", message: "There is no such record." } }, 404);
    return inScope(async (db) => ({
      entries: await readTimeline(db, scope, id.data, client.locale),
      site: await packageSite(db, scope),
    }));
  },
});
