import { saveGridSettings } from "#db/queries/people/grid-settings.ts";
import { staffRoute } from "#lib/auth/route.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { controlIn } from "#lib/common/control-characters.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { gridName, gridSettings } from "#lib/lists/settings.ts";
import { database } from "#lib/web.ts";

/** Keeps what the person chose for one of their grids: columns, and named views. Their own affair: nothing is audited. */
export const PUT = staffRoute({
  name: "settings.grid",
  allow: "view",
  method: "PUT",
  run: async ({ staff, params, request }) => {
    const scope = await practiceScopeFor(staff, "view");
    const grid = gridName.safeParse(params.grid);
    const given = gridSettings.safeParse(await request.json().catch(() => null));
    if (!scope || !grid.success || !given.success || controlIn(given.data) !== null)
      throw new Refusal("This is nothing that a list can keep.");
    const { columns, views } = given.data;
    const kept = columns === null && views.length === 0 ? null : given.data;
    await database().inScope(scope, (db) => saveGridSettings(db, scope, staff.userId, grid.data, kept));
    return { kept: kept !== null };
  },
});
