import { z } from "zod";
import { findCallBytes } from "#db/queries/export/timeline.ts";
import { clientRoute, json } from "#lib/auth/route.ts";

/** More of a call than a person reads is left out. */
const MOST = 64 * 1024;

/** One call's own bytes: the request as it was sent, and the answer as it came. */
export const GET = clientRoute({
  name: "calls.bytes",
  allow: "console",
  method: "GET",
  run: async ({ scope, params, inScope }) => {
    const id = z.uuid().safeParse(params.call);
    const bytes = id.success ? await inScope((db) => findCallBytes(db, scope, id.data, MOST)) : null;
    return bytes ?? json({ error: { code: "not-found", message: "There is no such call." } }, 404);
  },
});
