import { z } from "zod";
import { listPresent, touchPresence } from "#db/queries/people/presence.ts";
import { readNews } from "#db/queries/practice/news.ts";
import { can } from "#lib/auth/permissions.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { clientStatus } from "#lib/auth/shell.ts";
import { presentWords } from "#lib/setup/presence.ts";

/** A page of the console below its client: what it is, and of which record. */
const PAGE = /^(?:\/[a-z-]+(?:\/[0-9a-z-]{1,60}){0,3})?$/;

/** What stands around every page of a client, who else is there, and what came of syncing since the page asked last. */
export const GET = clientRoute({
  name: "client.status",
  allow: "view",
  method: "GET",
  search: z.object({
    page: z.string().max(200).regex(PAGE).optional().catch(undefined),
    since: z.iso.datetime({ offset: true }).optional(),
  }),
  run: ({ scope, client, staff, search, inScope }) =>
    inScope(async (db) => {
      const status = await clientStatus(db, scope, client, staff);
      if (!can(staff.role, "console")) return status;
      const works = can(staff.role, "export");
      if (works && search.page !== undefined) await touchPresence(db, scope, staff.userId, search.page);
      return {
        ...status,
        others: works ? (await listPresent(db, scope, staff.userId)).map(presentWords) : [],
        news: await readNews(db, scope, search.since ?? null),
      };
    }),
});
