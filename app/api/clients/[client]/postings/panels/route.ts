import { listCauses } from "#db/queries/export/causes.ts";
import { totalPanels } from "#db/queries/export/posting-grid.ts";
import { findOpenRun } from "#db/queries/export/runs.ts";
import { groupWithheld } from "#db/queries/export/withheld.ts";
import { clientRoute } from "#lib/auth/route.ts";

/** What stands around the rows of the Export screen: totals of the three panels, the causes in Error Feedback, the run under way, what is withheld. */
export const GET = clientRoute({
  name: "postings.panels",
  allow: "console",
  method: "GET",
  run: ({ scope, inScope }) =>
    inScope(
      async (db) => ({
        panels: await totalPanels(db, scope),
        causes: await listCauses(db, scope),
        run: await findOpenRun(db, scope),
        withheld: await groupWithheld(db, scope),
      }),
      "one",
    ),
});
