import { type SQL, sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";
import { containing } from "#db/queries/common/text.ts";
import { SENT, SENT_BY_RUN } from "#db/queries/postings/run-members.ts";
import { seesClient } from "#db/queries/practice/clients.ts";

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
  sent: sql`(r.total > 0 or (r.detail ->> 'changed')::int > 0) and ${SENT_BY_RUN} > 0`,
  failed: sql`r.state = 'failed'`,
  later: sql`r.state in ('waiting', 'running', 'stopping')`,
};

/** Clients looked at by name before the next are, the first time; more each time, for a night in which few were. */
const STRIDE = 200;

/**
 * The clients of one night that a person sees, a page by name, with what it came to for each. One row more than asked says that there is
 * more. The few of a filter are gathered first and ordered then; all of a night are found along the names, some at a time.
 */
export async function listNightResults(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  nightOn: string,
  page: NightPage,
): Promise<NightResult[]> {
  const only = ONLY[page.only];
  const named = page.search.trim();
  const wanted = page.limit + 1;
  const clientsFrom = (after: NightPage["after"]) => sql`${seesClient(userId, sql`clients.id`)}
    ${named === "" ? sql`` : sql`and clients.name ilike ${containing(named)}`}
    ${after === null ? sql`` : sql`and (clients.name, clients.id) > (${after.name}, ${after.id}::uuid)`}`;
  if (page.only === "sent" || page.only === "failed" || page.only === "later") {
    return read(
      db,
      sql`with picked as materialized (select r.* from runs r where r.night_on = ${nightOn}::date and ${only ?? sql`true`})
        select r.id, r.number, r.state, r.total, r.detail, clients.id as client_id, clients.slug, clients.name
        from picked r join clients on clients.id = r.client_id where ${clientsFrom(page.after)} order by clients.name, clients.id limit ${wanted}`,
    );
  }
  const found: NightResult[] = [];
  let { after } = page;
  for (let stride = STRIDE; ; stride *= 5) {
    const { rows } = await db.execute<{ id: string; name: string }>(
      sql`select clients.id, clients.name from clients where ${clientsFrom(after)} order by clients.name, clients.id limit ${stride}`,
    );
    const ids = sql.param(rows.map((row) => row.id));
    found.push(
      ...(await read(
        db,
        sql`select r.id, r.number, r.state, r.total, r.detail, clients.id as client_id, clients.slug, clients.name
          from unnest(${ids}::uuid[]) as c (id) join clients on clients.id = c.id
          cross join lateral (select * from runs r where r.night_on = ${nightOn}::date and r.client_id = c.id ${only === null ? sql`` : sql`and ${only}`}) r
          order by clients.name, clients.id limit ${wanted - found.length}`,
      )),
    );
    after = rows.at(-1) ?? null;
    if (found.length >= wanted || rows.length < stride) return found;
  }
}

/** What the listed runs came to; `listed` gives their ids, names and details. */
async function read(db: ScopedDb, listed: SQL): Promise<NightResult[]> {
  const { rows } = await db.execute<{
    id: string;
    number: string;
    client_id: string;
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
    with listed as materialized (${listed})
    select l.id, l.number, l.client_id, l.slug, l.name, l.state, l.total, (l.detail ->> 'calls')::int as calls, (l.detail ->> 'bytes')::bigint as bytes,
      (l.detail ->> 'changed')::int as changed, l.detail ->> 'why' as why, (l.detail ->> 'retryAt')::timestamptz as retry_at,
      p.sent, p.held, w.writes, w.written
    from listed l
    cross join lateral (select count(*) filter (where outcome in ${SENT})::int as sent,
      count(*) filter (where outcome in ('held', 'rejected', 'dead', 'conflict'))::int as held from run_members where l.total > 0 and run_id = l.id) p
    cross join lateral (select coalesce(sum(c.sends), 0)::int as writes, coalesce(sum(c.bytes_in), 0)::bigint as written from posting_calls c
      where l.total > 0 and c.id in (select a.call_id from posting_attempts a where a.run_id = l.id)) w
    order by l.name, l.client_id`);
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
    key: { name: row.name, id: row.client_id },
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
