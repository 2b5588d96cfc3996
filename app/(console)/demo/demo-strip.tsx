import { cache } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { can } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import type { Staff } from "#lib/auth/staff.ts";
import { demoNews } from "#lib/demo/try-this.ts";
import { env } from "#lib/env.ts";
import { database } from "#lib/web.ts";
import { LookAgain } from "./look-again.tsx";
import { TryThis } from "./try-this.tsx";

/** Asked once a page, for both of its places; null outside the demo, and for clients themselves. */
const newsFor = cache(async (staff: Staff) => {
  const { DEMO_SCENE, SIMULATOR_URL } = env();
  if (!DEMO_SCENE || !can(staff.role, "export")) return null;
  const scope = await practiceScopeFor(staff, "view");
  return scope && database().inScope(scope, (db) => demoNews(db, scope, staff.userId, SIMULATOR_URL));
});

/** How far the demo is while it is made, and why it stopped where it did. */
export async function DemoNotice({ staff }: { readonly staff: Staff }) {
  const making = (await newsFor(staff))?.making;
  if (!making) return null;
  if (making.fault !== null)
    return (
      <Notice kind="warning">
        The demo was not finished: {making.fault} It goes on at the next start, and <code>npm run demo</code> makes it anew.
      </Notice>
    );
  return (
    <Notice kind="info">
      {/* Before its process has begun nobody knows how many steps there are. */}
      {making.total === 0 ? "The demo is being made." : `The demo is being made: ${making.done} of ${making.total} steps done.`}
      <LookAgain />
    </Notice>
  );
}

/** What there is to try in the demo, once it is made and until the person dismisses it. */
export async function DemoStrip({ staff }: { readonly staff: Staff }) {
  const tries = (await newsFor(staff))?.tries ?? [];
  return tries.length === 0 ? null : <TryThis tries={tries} />;
}
