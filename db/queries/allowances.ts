import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";

interface Allowance {
  readonly perMinute: number;
  readonly perDay: number;
  readonly appPerMinute: number;
}

/** The integration was switched off: nobody calls the package until it is on again. */
export class IntegrationOffError extends Error {
  constructor() {
    super("The integration is switched off");
    this.name = "IntegrationOffError";
  }
}

/**
 * One call's leave; null when it may be made now, else the moment from which it may. A block by the package's own 429 comes first.
 * @throws {IntegrationOffError} while the integration is switched off
 */
export async function takeAllowance(
  db: ScopedDb,
  tenant: { connectionId: string; package: string; tenantId: string },
  limits: Allowance,
): Promise<Date | null> {
  const standing = await db.execute<{ on: boolean; until: Date | string | null }>(
    sql`select module_on as on, case when blocked_until > app.now() then blocked_until end as until from connections where id = ${tenant.connectionId}`,
  );
  if (standing.rows[0]?.on === false) throw new IntegrationOffError();
  const until = standing.rows[0]?.until;
  if (until) return new Date(until);
  const scope = `${tenant.package}:${tenant.tenantId}`;
  const minute = await db.execute<{ at: Date | string | null }>(
    sql`select app.take_call(${`${scope}:minute`}, ${limits.perMinute}, interval '60 seconds') as at`,
  );
  const minuteAt = minute.rows[0]?.at;
  if (minuteAt) return new Date(minuteAt);
  const rest = await db.execute<{ at: Date | string | null }>(sql`
    select coalesce(app.take_counted(${`${scope}:day`}, ${limits.perDay}, interval '24 hours'),
      -- A counted window can be met twice within a sliding one, so it holds half of the figure.
      app.take_counted(${`${tenant.package}:app-minute`}, ${Math.floor(limits.appPerMinute / 2)}, interval '60 seconds')) as at`);
  const at = rest.rows[0]?.at;
  return at ? new Date(at) : null;
}

/** Obeys a 429: nobody calls for this connection before `untilMs` from now. */
export async function blockConnection(db: ScopedDb, connectionId: string, forMs: number, reason: string): Promise<void> {
  await db.execute(sql`
    update connections set blocked_until = greatest(blocked_until, app.now() + make_interval(secs => ${forMs / 1000})), blocked_reason = ${reason}
    where id = ${connectionId}`);
}
