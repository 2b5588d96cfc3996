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
  select k.kind, range_agg(daterange(pl.from_on, pl.to_on, '[]')) as days
  from package_locks pl cross join lateral unnest(coalesce(pl.kinds, ${array(kinds, "text")})) as k(kind)
  where pl.connection_id = ${connectionId} group by k.kind`;

/** The last day of the closed days without a gap that a day lies in, null for an open one, from rows of {@link lockedDaysSql}. */
export const lockedToSql = (lockedDays: SQL, kind: SQL, day: SQL): SQL => sql`(
  select upper(stretch) - 1 from ${lockedDays} ld cross join lateral unnest(ld.days) as stretch
  where ld.kind = ${kind} and stretch @> ${day})`;
