import { z } from "zod";
import { searchClients } from "#db/queries/people/people.ts";
import { staffRoute } from "#lib/auth/route.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { database } from "#lib/web.ts";

const LIMIT = 20;

/** The first clients of the practice that match, for giving them to somebody. */
export const GET = staffRoute({
  name: "practice.clients",
  allow: "users",
  method: "GET",
  search: z.object({ q: z.string().max(200).catch("") }),
  run: async ({ staff, search }) => {
    const scope = await practiceScopeFor(staff, "users");
    if (!scope) return { clients: [] };
    const clients = await database().inScope(scope, (db) =>
      searchClients(db, scope, { search: search.q, after: null, limit: LIMIT }),
    );
    return { clients };
  },
});
