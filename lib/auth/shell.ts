import "server-only";
import type { ClientStatus } from "#components/shell/client-shell.tsx";
import type { ShellUser } from "#components/shell/user-menu.tsx";
import type { ScopedDb } from "#db/client.ts";
import { findStanding, navCounts } from "#db/queries/clients.ts";
import { now } from "#lib/clock.ts";
import { dateIn, formatMoment } from "#lib/common/dates.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/setup/packages.ts";
import { can, ROLE_LABELS } from "./permissions.ts";
import type { ClientRow } from "./scope.ts";
import type { Staff } from "./staff.ts";

/** The signed-in person as the navigation's foot shows them. */
export function shellUser(staff: Staff): ShellUser {
  return {
    name: staff.name,
    email: staff.email,
    roleLabel: ROLE_LABELS[staff.role],
    mayUsers: can(staff.role, "users"),
    mayAudit: can(staff.role, "audit"),
  };
}

/** Connection and counts around every page of a client. */
export async function clientStatus(db: ScopedDb, scope: ClientScope, client: ClientRow): Promise<ClientStatus> {
  const standing = await findStanding(db, scope);
  const counts = await navCounts(db, scope, standing?.id ?? null);
  if (standing === null) return { connection: null, counts };
  return {
    counts,
    connection: {
      packageName: packageName(standing.package),
      tenantName: standing.tenantName,
      state: standing.state === "lost" ? "lost" : "live",
      lastSync: standing.lastSyncAt === null ? null : shortMoment(standing.lastSyncAt, client),
      lostSince: standing.lostAt === null ? null : shortMoment(standing.lostAt, client),
      lostReason: standing.lostReason,
      off: !standing.moduleOn,
    },
  };
}

/** "02:14" for a moment of today in the client's zone, else with its date. */
function shortMoment(moment: Date, { timeZone, locale }: ClientRow): string {
  if (dateIn(timeZone, moment) !== dateIn(timeZone, now())) return formatMoment(moment, timeZone, locale);
  return new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hour12: false }).format(moment);
}
