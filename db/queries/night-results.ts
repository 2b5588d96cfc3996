import { type SQL, sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";
import { seenBy } from "./clients.ts";
import { containing } from "./text.ts";

export const NIGHT_OUTCOMES = ["all", "done", "sent", "failed", "later"] as const;
export type NightFilter = (typeof NIGHT_OUTCOMES)[number];

/** What a night came to for one client. */
export interface NightResult {
  readonly runId: string;
  readonly number: number;
  readonly clientSlug: string;
  readonly clientName: string;
  /** `later`: in line, or put back until it may be asked. */
  readonly state: "later" | "running" | "done" | "failed" | "stopped";
  /** Reads and writes. */
  readonly calls: number;
  readonly bytes: number;
  /** Documents and payments that were new or other than before. */
  readonly changed: number;
  readonly sent: number;
  /** Kept back here, or refused there. */
  readonly held: number;
  readonly why: string | null;
  readonly retryAt: Date | null;
  /** Where the next page begins. */
  readonly key: { readonly name: string; readonly id: string };
}

export interface NightPage {
  readonly only: NightFilter;
  /** Part of a client's name. */
  readonly search: string;
  readonly after: { readonly name: string; readonly id: string } | null;
  readonly limit: number;
}

const ONLY: Readonly<Record<NightFilter, SQL | null>> = {
  all: null,
  done: sql`r.state = 'finished'`,
  // In the words of the partial index of those that changed something.
  sent: sql`(r.total > 0 or (r.detail ->> 'changed')::int > 0) and (r.detail ->> 'queued')::int > 0`,
  failed: sql`r.state = 'failed'`,
  later: sql`r.state in ('waiting', 'running', 'stopping')`,
};

/**
 * The clients of one night that a person sees, a page by name, with what it came to for each. One row more than asked says that there is
 * more. The few of a filter are gathered first and ordered then; all of a night are read along the names.
 */
export async function listNightResults(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  nightOn: string,
  page: NightPage,
): Promise<NightResult[]> {
  const gathered = page.only === "sent" || page.only === "failed" || page.only === "later";
  const only = ONLY[page.only];
  const named = page.search.trim();
  const picked = sql`select r.* from runs r where r.night_on = ${nightOn}::date and ${only ?? sql`true`}`;
  const { rows } = await db.execute<{
    id: string;
    number: string;
    slug: string;
    name: string;
    state: string;
    calls: number | null;
    bytes: string | null;
    changed: number | null;
    why: string | null;
    retry_at: Date | string | null;
    total: number;
    sent: number;
    held: number;
    writes: number;
    written: string;
  }>(sql`
    with ${gathered ? sql`picked as materialized (${picked}),` : sql``} listed as materialized (
      select r.id, r.number, r.state, r.total, r.detail, clients.slug, clients.name from ${gathered ? sql`picked r` : sql`runs r`}
      join clients on clients.id = r.client_id
      where r.night_on = ${nightOn}::date ${gathered || only === null ? sql`` : sql`and ${only}`} and ${seenBy(userId)}
        ${named === "" ? sql`` : sql`and clients.name ilike ${containing(named)}`}
        ${page.after === null ? sql`` : sql`and (clients.name, r.id) > (${page.after.name}, ${page.after.id}::uuid)`}
      order by clients.name, r.id limit ${page.limit + 1}
    )
    select l.id, l.number, l.slug, l.name, l.state, l.total, (l.detail ->> 'calls')::int as calls, (l.detail ->> 'bytes')::bigint as bytes,
      (l.detail ->> 'changed')::int as changed, l.detail ->> 'why' as why, (l.detail ->> 'retryAt')::timestamptz as retry_at,
      p.sent, p.held, w.writes, w.written
    from listed l
    cross join lateral (select count(*) filter (where state in ('posted', 'confirmed', 'drifted'))::int as sent,
      count(*) filter (where state in ('held', 'rejected', 'dead', 'conflict'))::int as held from postings where l.total > 0 and run_id = l.id) p
    cross join lateral (select coalesce(sum(c.sends), 0)::int as writes, coalesce(sum(c.bytes_in), 0)::bigint as written from posting_calls c
      where l.total > 0 and c.id in (select a.call_id from posting_attempts a where a.run_id = l.id)) w
    order by l.name, l.id`);
  return rows.map((row) => ({
    runId: row.id,
    number: Number(row.number),
    clientSlug: row.slug,
    clientName: row.name,
    state: stateOf(row.state),
    calls: (row.calls ?? 0) + row.writes,
    bytes: Number(row.bytes ?? 0) + Number(row.written),
    changed: row.changed ?? 0,
    sent: row.sent,
    held: row.held,
    why: row.state === "finished" ? null : row.why,
    retryAt: row.state === "waiting" && row.retry_at !== null ? new Date(row.retry_at) : null,
    key: { name: row.name, id: row.id },
  }));
}

function stateOf(state: string): NightResult["state"] {
  switch (state) {
    case "waiting":
      return "later";
    case "finished":
      return "done";
    case "failed":
    case "stopped":
      return state;
    default:
      return "running";
  }
}
