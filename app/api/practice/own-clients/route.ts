import { z } from "zod";
import { listClientNames } from "#db/queries/practice/clients.ts";
import { staffRoute } from "#lib/auth/route.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { database } from "#lib/web.ts";

const LIMIT = 6;

/** The first of the person's own clients whose names hold the words. */
export const GET = staffRoute({
  name: "search.clients",
  allow: "view",
  method: "GET",
  search: z.object({
    q: z
      .string()
      .trim()
      .max(400)
      .refine((text) => !text.includes("\0")),
  }),
  run: async ({ staff, search }) => {
    const scope = await practiceScopeFor(staff, "view");
    if (!scope) return { clients: [] };
    return { clients: await database().inScope(scope, (db) => listClientNames(db, scope, staff.userId, LIMIT, search.q)) };
  },
});
