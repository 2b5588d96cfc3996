import { sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";
import { LEAVES_WORK } from "#db/queries/export/open-corrections.ts";
import { SENT_BY_RUN } from "#db/queries/postings/run-members.ts";
import { seesClient } from "./clients.ts";

const PROBLEMS = ["errors", "incoming", "drafts", "drifted", "corrections", "lost", "night"] as const;
type ProblemKind = (typeof PROBLEMS)[number];

/** One thing of one client that waits for somebody. */
export interface Problem {
  readonly what: ProblemKind;
  readonly clientSlug: string;
  readonly clientName: string;
  readonly locale: string;
  /** Records; for a lost connection and a night that failed, what waits for it. */
  readonly count: number;
  /** In the client's own currency, minor units, signs left out. */
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly why: string | null;
  /** The night's run. */
  readonly runId: string | null;
}

interface Waiting {
  readonly records: number;
  readonly clients: number;
}

export interface Morning {
  readonly problems: readonly Problem[];
  /** How many problems there are in all. */
  readonly count: number;
  readonly waiting: Readonly<Record<"pending" | "errors" | "incoming" | "drafts" | "drifted", Waiting>>;
  readonly lost: number;
  /** The oldest document that is not sent. */
  readonly oldest: {
    readonly on: string;
    readonly clientSlug: string;
    readonly clientName: string;
    readonly locale: string;
  } | null;
  /** Of the person's own clients in the last night. */
  readonly night: { readonly changed: number; readonly sent: number; readonly records: number; readonly failed: number };
}

/**
 * What a person finds in the morning, over the clients that they see: each problem of the night and of the days before, most money first.
 * Amounts are compared within one currency alone, since no rate is known here: the greatest of each currency come first, those of the
 * currency that most problems are in before the others, then the second of each, and so on.
 * Made of figures that are kept as things happen, one row a client; no posting is counted here.
 */
export async function readMorning(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  nightOn: string | null,
  most: number,
): Promise<Morning> {
  const { rows } = await db.execute<{
    totals: Record<string, number>;
    oldest: { on: string; slug: string; name: string; locale: string } | null;
    problems: {
      what: ProblemKind;
      slug: string;
      name: string;
      locale: string;
      n: number;
      amount: string;
      currency: string;
      why: string | null;
      run: string | null;
    }[];
    count: number;
    night: { changed: number; sent: number; records: number; failed: number };
    lost: number;
  }>(sql`
    with mine as materialized (
      select f.client_id, f.currency, f.pending, f.errors, f.incoming, f.drafts, f.drifted, f.errors_minor, f.incoming_minor, f.drafts_minor,
        f.drifted_minor, f.oldest_unsent_on
      from client_figures f
      where (f.pending > 0 or f.errors > 0 or f.incoming > 0 or f.drafts > 0 or f.drifted > 0) and ${seesClient(userId, sql`f.client_id`)}
    ), lost as materialized (
      select c.client_id, f.currency, c.lost_reason, f.pending + f.errors as n, f.pending_minor + f.errors_minor as amount
      from connections c join client_figures f on f.client_id = c.client_id where c.state = 'lost' and ${seesClient(userId, sql`c.client_id`)}
    ), failed as materialized (
      select r.id, r.client_id, f.currency, r.detail ->> 'why' as why, f.pending + f.errors as n, f.pending_minor + f.errors_minor as amount
      from runs r join client_figures f on f.client_id = r.client_id
      where r.night_on = ${nightOn}::date and r.state = 'failed' and ${seesClient(userId, sql`r.client_id`)}
    ), left_over as materialized (
      select r.client_id, f.currency, count(*)::int as n,
        coalesce(sum(r.credit_left_minor + r.still_open_minor) filter (where d.currency = f.currency), 0)::bigint as amount
      from reissues r join documents d on d.id = r.credit_note_id join client_figures f on f.client_id = r.client_id
      where ${LEAVES_WORK} and ${seesClient(userId, sql`r.client_id`)} group by 1, 2
    ), busy as (
      select count(*) filter (where (r.detail ->> 'changed')::int > 0)::int as changed, count(*) filter (where s.n > 0)::int as sent, coalesce(sum(s.n), 0)::int as records
      from runs r cross join lateral (select case when r.total > 0 then ${SENT_BY_RUN} else 0 end as n) s
      where r.night_on = ${nightOn}::date and (r.total > 0 or (r.detail ->> 'changed')::int > 0) and ${seesClient(userId, sql`r.client_id`)}
    ), problems as materialized (
      select v.what, m.client_id, v.n, v.amount, m.currency, null::text as why, null::uuid as run from mine m
      cross join lateral (values ('errors', m.errors, m.errors_minor), ('incoming', m.incoming, m.incoming_minor), ('drafts', m.drafts, m.drafts_minor),
        ('drifted', m.drifted, m.drifted_minor)) v (what, n, amount) where v.n > 0
      union all select 'corrections', client_id, n, amount, currency, null, null from left_over
      union all select 'lost', client_id, n, amount, currency, lost_reason, null from lost
      union all select 'night', client_id, n, amount, currency, why, id from failed where client_id not in (select client_id from lost)
    ), ranked as (
      select p.*, row_number() over (partition by currency order by amount desc, client_id, what) as place, count(*) over (partition by currency) as of_currency
      from problems p
    ), most as materialized (
      select * from ranked order by place, of_currency desc, currency limit ${most}
    )
    select
      (select jsonb_build_object('pending', coalesce(sum(pending), 0), 'pendingClients', count(*) filter (where pending > 0),
        'errors', coalesce(sum(errors), 0), 'errorsClients', count(*) filter (where errors > 0),
        'incoming', coalesce(sum(incoming), 0), 'incomingClients', count(*) filter (where incoming > 0),
        'drafts', coalesce(sum(drafts), 0), 'draftsClients', count(*) filter (where drafts > 0),
        'drifted', coalesce(sum(drifted), 0), 'driftedClients', count(*) filter (where drifted > 0)) from mine) as totals,
      (select jsonb_build_object('on', o.oldest_unsent_on, 'slug', clients.slug, 'name', clients.name, 'locale', clients.locale)
        from (select client_id, oldest_unsent_on from mine where oldest_unsent_on is not null order by oldest_unsent_on, client_id limit 1) o
        join clients on clients.id = o.client_id) as oldest,
      (select coalesce(jsonb_agg(jsonb_build_object('what', what, 'slug', clients.slug, 'name', clients.name, 'locale', clients.locale, 'n', n,
        'amount', amount::text, 'currency', currency, 'why', why, 'run', run) order by place, of_currency desc, currency), '[]')
        from most join clients on clients.id = most.client_id) as problems,
      (select count(*)::int from problems) as count,
      (select count(*)::int from lost) as lost,
      (select jsonb_build_object('changed', changed, 'sent', sent, 'records', records, 'failed', (select count(*) from failed)) from busy) as night`);
  const row = rows[0];
  const waitingOf = (name: keyof Morning["waiting"]): Waiting => ({
    records: row?.totals[name] ?? 0,
    clients: row?.totals[`${name}Clients`] ?? 0,
  });
  return {
    problems: (row?.problems ?? []).map(({ what, slug, name, locale, n, amount, currency, why, run }) => ({
      what,
      clientSlug: slug,
      clientName: name,
      locale,
      count: n,
      amountMinor: BigInt(amount),
      currency,
      why,
      runId: run,
    })),
    count: row?.count ?? 0,
    waiting: {
      pending: waitingOf("pending"),
      errors: waitingOf("errors"),
      incoming: waitingOf("incoming"),
      drafts: waitingOf("drafts"),
      drifted: waitingOf("drifted"),
    },
    lost: row?.lost ?? 0,
    oldest: row?.oldest
      ? { on: row.oldest.on, clientSlug: row.oldest.slug, clientName: row.oldest.name, locale: row.oldest.locale }
      : null,
    night: row?.night ?? { changed: 0, sent: 0, records: 0, failed: 0 },
  };
}
