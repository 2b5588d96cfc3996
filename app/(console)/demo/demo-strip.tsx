import { Notice } from "#components/ui/notice.tsx";
import { can } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import type { Staff } from "#lib/auth/staff.ts";
import { demoNews } from "#lib/demo/try-this.ts";
import { env } from "#lib/env.ts";
import { database } from "#lib/web.ts";
import { LookAgain } from "./look-again.tsx";
import { TryThis } from "./try-this.tsx";

/** What the demo says of itself: how far it is while it is made, then what there is to try. Nothing outside the demo. */
export async function DemoStrip({ staff }: { readonly staff: Staff }) {
  const { DEMO, SIMULATOR_URL } = env();
  if (!DEMO || !can(staff.role, "export")) return null;
  const scope = await practiceScopeFor(staff, "view");
  if (!scope) return null;
  const { making, tries } = await database().inScope(scope, (db) => demoNews(db, scope, staff.userId, SIMULATOR_URL));
  if (making?.fault)
    return (
      <Notice kind="warning">
        The demo was not finished: {making.fault} It resumes at the next start; <code>npm run demo</code> makes a new one.
      </Notice>
    );
  if (making)
    return (
      <Notice kind="info">
        The demo is being made: {making.done} of {making.total} steps done.
        <LookAgain />
      </Notice>
    );
  return tries.length === 0 ? null : <TryThis tries={tries} />;
}
