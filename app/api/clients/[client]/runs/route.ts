import { z } from "zod";
import { listRuns } from "#db/queries/runs.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { Refusal } from "#lib/common/refusal.ts";

const cursor = z.tuple([z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?$/), z.uuid()]);

/** A client's runs, a page at a time: `{ rows, next }`. */
export const GET = clientRoute({
  name: "runs.page",
  allow: "view",
  method: "GET",
  search: z.object({ after: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  run: async ({ scope, search, inScope }) => {
    const after = search.after === undefined ? null : cursor.safeParse(search.after.split("~"));
    if (after && !after.success) throw new Refusal("This page's address is not one of ours.");
    const page = await inScope((db) =>
      listRuns(db, scope, after ? { startedAt: after.data[0], id: after.data[1] } : null, search.limit),
    );
    return { rows: page.rows, next: page.next && `${page.next.startedAt}~${page.next.id}` };
  },
});
