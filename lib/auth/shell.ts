import "server-only";
import type { ClientStatus } from "#components/shell/client-shell.tsx";
import type { ShellUser } from "#components/shell/user-menu.tsx";
import type { ScopedDb } from "#db/client.ts";
import { workerHealth } from "#db/queries/connections/setup.ts";
import { findStanding } from "#db/queries/practice/clients.ts";
import { navCounts } from "#db/queries/practice/counts.ts";
import { listFailedChecks } from "#db/queries/practice/invariants.ts";
import { now } from "#lib/clock.ts";
import { dateIn, formatMoment } from "#lib/common/dates.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
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
    mayNights: can(staff.role, "export"),
    mayUsage: can(staff.role, "setup"),
    mayConsole: can(staff.role, "console"),
  };
}

/** Connection and counts around every page of a client. How the console itself runs is told to staff alone. */
export async function clientStatus(db: ScopedDb, scope: ClientScope, client: ClientRow, staff: Staff): Promise<ClientStatus> {
  const works = can(staff.role, "console");
  const standing = await findStanding(db, scope);
  const counts = await navCounts(db, scope);
  const failed = works ? (await listFailedChecks(db, scope)).map(({ id, rule }) => ({ id, rule })) : [];
  const worker = await workerHealth(db);
  const isDown = works && !worker.alive;
  const workerDownSince = !isDown ? null : worker.seenAt === null ? "" : shortMoment(worker.seenAt, client);
  if (standing === null) return { connection: null, counts, failed, workerDownSince };
  return {
    counts,
    failed,
    workerDownSince,
    connection: {
      packageName: packageName(standing.package),
      tenantName: standing.tenantName,
      state: standing.state === "lost" ? "lost" : "live",
      lastSync: standing.lastSyncAt === null ? null : shortMoment(standing.lastSyncAt, client),
      lostSince: standing.lostAt === null ? null : shortMoment(standing.lostAt, client),
      lostReason: standing.lostReason,
      off: !standing.moduleOn,
      stoppedSince: standing.stoppedAt === null ? null : shortMoment(standing.stoppedAt, client),
      stoppedWhy: standing.stoppedReason === null ? null : errorEntry(standing.stoppedReason).why,
      waiting: waitingWords(standing, client),
    },
  };
}

/** Why nobody calls the package for a while, and until when; null while calls are made. A wait of seconds is not worth a word. */
function waitingWords(
  standing: {
    readonly package: string;
    readonly blockedUntil: string | null;
    readonly blockedReason: string | null;
    readonly appBlockedUntil: string | null;
    readonly appBlockedReason: string | null;
  },
  client: Pick<ClientRow, "timeZone" | "locale">,
): string | null {
  const own = standing.blockedUntil === null ? null : new Date(standing.blockedUntil);
  const app = standing.appBlockedUntil === null ? null : new Date(standing.appBlockedUntil);
  const [until = null] = [own, app].filter((one) => one !== null).toSorted((one, other) => other.getTime() - one.getTime());
  if (until === null || until.getTime() - now().getTime() < 2_000) return null;
  const name = packageName(standing.package);
  const at = shortMoment(until, client);
  const reason = until === own ? standing.blockedReason : (standing.appBlockedReason ?? "app");
  switch (reason) {
    case "day":
      return `${name} accepts no more calls for this organisation today: its daily limit is reached. Sending resumes at ${at} automatically.`;
    case "app":
      return `${name} asked all clients of this practice to slow down. Sending resumes at ${at} automatically.`;
    case "breaker":
      return `${name} is failing to answer half of the calls, so we have paused. The next attempt is at ${at}; sending then resumes automatically.`;
    default:
      return `${name} asked us to slow down. Sending resumes at ${at} automatically.`;
  }
}

/** "02:14" for a moment of today in the client's zone, else with its date. */
function shortMoment(moment: Date, { timeZone, locale }: Pick<ClientRow, "timeZone" | "locale">): string {
  if (dateIn(timeZone, moment) !== dateIn(timeZone, now())) return formatMoment(moment, timeZone, locale);
  return new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hour12: false }).format(moment);
}
