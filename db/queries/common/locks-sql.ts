import { type SQL, sql } from "drizzle-orm";
import type { RecordKind } from "#lib/common/records.ts";
import { array } from "./bulk.ts";

/** Whether the package has closed this day for records of this kind: `lockedTo` in `lib/model/lock-policy.ts` says the same. */
export const isLockedSql = (connectionId: SQL, kind: SQL, day: SQL): SQL => sql`exists (
  select from package_locks pl where pl.connection_id = ${connectionId} and (pl.kinds is null or ${kind} = any (pl.kinds))
    and ${day} <= pl.to_on and (pl.from_on is null or pl.from_on <= ${day}))`;

/**
 * Of each kind the days that are closed on a connection, `kind` and `days`, without a row where none is: asked once for many records,
 * since a function called for each of 20,000 would take as long as judging them does.
 */
export const lockedDaysSql = (connectionId: string, kinds: readonly RecordKind[]): SQL => sql`
  select pl.kind, range_agg(pl.days) as days from (
    select unnest(coalesce(kinds, ${array(kinds, "text")})) as kind, daterange(from_on, to_on, '[]') as days
    from package_locks where connection_id = ${connectionId}) pl
  group by pl.kind`;

/**
 * The last day of the closed days without a gap that a day lies in, null for an open one, from rows of {@link lockedDaysSql}. Neither of
 * the two joins anything: bulk statements are planned without nested loops, and would take one here for beyond all cost.
 */
export const lockedToSql = (lockedDays: SQL, kind: SQL, day: SQL): SQL => sql`(
  select (select upper(stretch) - 1 from unnest(ld.days) as stretch where stretch @> ${day})
  from ${lockedDays} ld where ld.kind = ${kind} and ld.days @> ${day})`;
