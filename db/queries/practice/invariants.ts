import { type SQL, sql } from "drizzle-orm";
import type { PracticeScope, Scope, ScopedDb } from "#db/client.ts";
import type { BrokenInvariant } from "#db/schema/work.ts";

/** Calls that a package allows within so many seconds, as its connector says. */
export interface CallLimit {
  readonly of: "tenant" | "user" | "app";
  readonly calls: number;
  readonly seconds: number;
}

/** Whose calls each window counts together, as columns of the calls. */
const COUNTED_BY = {
  tenant: sql`package, tenant_id`,
  user: sql`package, coalesce(grant_id, connection_id)`,
  app: sql`package`,
} as const;

/** The invariants that the database alone can tell. Each name says what is wrong when there are rows. */
export const INVARIANTS = {
  I1: "A record has more than one id in the package",
  I2: "An id of the package belongs to more than one record",
  I3: "Exported without evidence",
  I4: "Still sending a minute after the deadline",
  I5: "Totals sent and confirmed do not equal the totals of the records",
  I6: "One key was used for two requests",
  I7: "The audit has a gap or was changed",
  I8: "More calls than the package allows",
  I9: "Reading went back, or is ahead of the clock",
  I10: "A row can be reached by another client",
  I11: "A document's open amount in the package differs from what was read, and no one is told",
  I12: "A run's counts differ from its records",
  I13: "A row is being sent outside a run, or a run ended before its records",
} as const;
export type InvariantId = keyof typeof INVARIANTS;

const ROWS_KEPT = 20;

/**
 * Checks I1 to I13 of the posting protocol in one statement, over the scope's client or the whole practice. I5 and I8 go as far as our own
 * tables do: the package's ledger and its log of calls are compared by a campaign (lib/posting/invariants.ts).
 *
 * @param limits by package; I8 counts the calls that may write, which alone are kept
 * @returns what does not hold; an empty list when all do
 */
export async function checkInvariants(
  db: ScopedDb,
  scope: Scope,
  limits: Readonly<Record<string, readonly CallLimit[]>>,
): Promise<BrokenInvariant[]> {
  const mine = (table: string): SQL =>
    scope.kind === "client" ? sql`${sql.raw(table)}.client_id = ${scope.clientId}::uuid` : sql`true`;
  const asked = Object.entries(limits).flatMap(([id, of]) => of.map((one) => ({ ...one, package: id })));
  // A frame's length stands in the statement: one count for each length that a package has, whoever else has it.
  const lengths = [...Map.groupBy(asked, ({ of, seconds }) => `${of} ${seconds}`).values()].flatMap(([one]) => one ?? []);
  const counts = lengths.map(
    ({ of, seconds }) =>
      sql`count(*) over (partition by ${COUNTED_BY[of]} order by created_at range between ${`${seconds} seconds`}::interval preceding and current row)`,
  );
  const allowed = asked.map((one) => ({
    ...one,
    at: lengths.findIndex(({ of, seconds }) => of === one.of && seconds === one.seconds) + 1,
  }));
  const found = await db.execute<{
    id: InvariantId;
    n: number;
    clients: string[];
    rows: { client: string | null; subject: string; detail: string }[];
  }>(sql`
    with
    -- The packages' figures, and which column of paced.within counts against each.
    allowed as (
      select * from jsonb_to_recordset(${JSON.stringify(allowed)}::jsonb) as l(package text, of text, calls int, seconds int, at int)
    ),
    refs as (select * from external_refs r where ${mine("r")}),
    calls as (
      select c.*, k.package, k.tenant_id, k.grant_id from posting_calls c join connections k on k.id = c.connection_id where ${mine("c")} and c.sends > 0
    ),
    paced as (
      select client_id, package, tenant_id, array[${sql.join(counts, sql`, `)}]::bigint[] as within
      from calls where created_at > app.now() - interval '48 hours' and request_sha <> ''
    ),
    chain as (
      select a.client_id, a.seq, a.hash, a.previous_hash,
        coalesce(lag(a.hash) over (partition by a.client_id order by a.seq), ''::bytea) as expected_previous,
        app.audit_hash(a.previous_hash, a.seq, a.client_id, a.at, a.actor_user_id, a.actor, a.action, a.subject, a.detail) as expected
      from audit_events a where ${mine("a")}
    ),
    exported as (
      select p.client_id, p.connection_id, p.kind, p.id, p.reference, p.gross_minor, p.external_id, e.sent, e.amount
      from postings p
      cross join lateral (
        select b.sent, coalesce((b.sent ->> 'grossMinor')::bigint, (b.sent ->> 'amountMinor')::bigint) as amount
        from posting_attempts b join posting_calls c on c.id = b.call_id
        where b.posting_id = p.id and b.outcome in ('accepted', 'found') order by c.created_at desc limit 1) e
      where ${mine("p")} and p.state = 'confirmed' and p.gross_minor is not null
    ),
    -- Members by run, counted once.
    by_outcome as (select m.client_id, m.run_id, m.outcome, count(*)::int as n from run_members m where ${mine("m")} group by 1, 2, 3),
    members as (
      select client_id, run_id, sum(n)::int as n, coalesce(sum(n) filter (where outcome is null), 0)::int as open,
        coalesce(jsonb_object_agg(outcome, n) filter (where outcome is not null), '{}') as outcomes
      from by_outcome group by 1, 2
    ),
    broken (id, client_id, subject, detail) as (
      select 'I1', r.client_id, r.family || ' ' || r.record_id::text, string_agg(r.external_id, ', ')
        from refs r group by r.client_id, r.connection_id, r.family, r.record_id, r.entity having count(*) > 1
      union all
      select 'I1', p.client_id, p.kind || ' ' || p.reference, string_agg(distinct lower(a.external_id), ', ')
        from posting_attempts a join postings p on p.id = a.posting_id
        where ${mine("a")} and a.outcome in ('accepted', 'found') and a.external_id is not null
        group by p.client_id, p.id
        -- What was ended there and sent again on a person's word has one id more for each time.
        having count(distinct lower(a.external_id)) > 1 + (
          select count(*) from corrections c where c.posting_id = p.id and c.what in ('sent-again', 'unlinked', 'merged-there') and c.note <> '')
      union all
      select 'I2', min(r.client_id::text)::uuid, r.family || ' ' || r.external_id, string_agg(r.record_id::text, ', ')
        -- Those that a person put beside another, after a merge there, have the one id of both.
        from refs r where r.beside = '' group by r.connection_id, r.family, r.external_id, r.entity having count(*) > 1
      union all
      select 'I2', min(p.client_id::text)::uuid, p.kind || ' ' || p.external_id, string_agg(distinct p.reference, ', ')
        from postings p where ${mine("p")} and p.state in ('posted', 'confirmed', 'drifted') and p.external_id is not null
          and not exists (select from refs r where r.connection_id = p.connection_id and r.record_id = p.record_id and r.beside <> '')
        group by p.connection_id, p.kind, p.external_id having count(distinct p.record_id) > 1
      union all
      select 'I3', p.client_id, p.kind || ' ' || p.reference, p.state || ', and no answer of the package that says so'
        from postings p where ${mine("p")} and p.state in ('posted', 'confirmed', 'drifted')
          and not exists (
            select from posting_attempts a join posting_calls c on c.id = a.call_id
            where a.posting_id = p.id and (a.outcome = 'found' or (a.outcome = 'accepted' and c.answer is not null)))
      union all
      -- Files of before their calls were kept have none.
      select 'I3', f.client_id, 'file ' || f.file_name, 'sent, and no answer or read of the package that says so'
        from attachments f where ${mine("f")} and f.state = 'sent'
          and exists (select from posting_attempts a where a.attachment_id = f.id)
          and not exists (
            select from posting_attempts a join posting_calls c on c.id = a.call_id
            where a.attachment_id = f.id and (a.outcome = 'found' or (a.outcome = 'accepted' and c.answer is not null)))
      union all
      select 'I4', p.client_id, p.kind || ' ' || p.reference, 'sent at ' || coalesce(p.sent_at::text, 'an unknown time')
        from postings p where ${mine("p")} and p.state = 'sending' and not exists (
          select from posting_attempts a join posting_calls c on c.id = a.call_id
          where a.posting_id = p.id and c.deadline_at > app.now() - interval '60 seconds')
      union all
      select 'I5', x.client_id, x.kind || ', ' || x.n || ' records', 'records say ' || x.ours || ', sent and seen ' || x.seen || ' in minor units'
        from (
          select client_id, connection_id, kind, count(*) as n, sum(abs(gross_minor)) as ours, sum(abs(amount)) as seen
          from exported where amount is not null group by 1, 2, 3
        ) x where x.ours <> x.seen
      union all
      select 'I6', min(c.client_id::text)::uuid, c.idempotency_key, count(distinct c.request_sha) || ' requests'
        from calls c where c.idempotency_key is not null
        -- Hashes of whole requests are never held against those of bodies alone, which older calls have.
        group by c.connection_id, c.idempotency_key, starts_with(c.request_sha, 'r2:') having count(distinct c.request_sha) > 1
      union all
      select 'I7', c.client_id, 'event ' || min(c.seq), 'its hash, or the one before it, is not what it was'
        from chain c where c.hash <> c.expected or c.previous_hash <> c.expected_previous group by c.client_id
      union all
      select 'I7', c.client_id, c.operation || ' ' || c.id, 'the audit has no word of its outcome'
        from calls c where exists (select from posting_attempts a where a.call_id = c.id and a.outcome = 'accepted')
          and not exists (
            select from audit_events e where e.client_id = c.client_id and e.action in ('posting.sent', 'attachment.sent') and e.detail ->> 'callId' = c.id::text)
      union all
      select 'I8', min(p.client_id::text)::uuid, p.package || ' ' || p.tenant_id,
          max(p.within[l.at]) || ' within ' || l.seconds || ' seconds of one ' || l.of || ', and ' || l.calls || ' are allowed'
        from paced p join allowed l on l.package = p.package
        group by p.package, p.tenant_id, l.of, l.calls, l.seconds having max(p.within[l.at]) > l.calls
      union all
      select 'I9', k.client_id, k.tenant_name, 'its ' || r.stream || ' were read up to ' || r.as_of || ', and it is ' || app.now()
        from connections k join pull_cursors r on r.connection_id = k.id where ${mine("k")} and r.as_of > app.now() + interval '1 minute'
      union all
      select 'I9', k.client_id, k.tenant_name, 'its ' || r.stream || ' had been read up to ' || m.as_of || ', and that has gone back'
        from connections k join reading_marks m on m.connection_id = k.id and m.tenant_id = k.tenant_id
        join pull_cursors r on r.connection_id = k.id and r.stream = m.stream
        where ${mine("k")} and k.state = 'live' and r.as_of < m.as_of
      union all
      select 'I10', p.client_id, p.kind || ' ' || p.reference, 'its connection belongs to another client'
        from postings p join connections k on k.id = p.connection_id where ${mine("p")} and k.client_id <> p.client_id
      union all
      select 'I10', r.client_id, r.family || ' ' || r.external_id, 'its connection belongs to another client'
        from refs r join connections k on k.id = r.connection_id where k.client_id <> r.client_id
      union all
      select 'I10', c.client_id, c.operation || ' ' || c.id, 'its connection belongs to another client'
        from posting_calls c join connections k on k.id = c.connection_id where ${mine("c")} and k.client_id <> c.client_id
      union all
      select 'I10', a.client_id, 'an attempt of posting ' || p.id, 'it belongs to another client than its posting'
        from posting_attempts a join postings p on p.id = a.posting_id where ${mine("a")} and p.client_id <> a.client_id
      union all
      select 'I10', null, t.relname::text, 'its rows are not kept apart by client'
        from pg_class t join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
        where t.relkind in ('r', 'p') and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'client_id' and not a.attisdropped)
          and not (t.relrowsecurity and t.relforcerowsecurity and exists (select from pg_policy y where y.polrelid = t.oid))
      union all
      select 'I11', d.client_id, d.kind || ' ' || d.number,
          'read as ' || p.due_minor || ' open there, noted as ' || coalesce(d.there_minor::text, 'not read') || ', in minor units'
        from package_documents p join connections k on k.id = p.connection_id and k.state <> 'disconnected'
        join external_refs r on r.connection_id = p.connection_id and r.family = 'document' and r.external_id = p.external_id
        join documents d on d.id = r.record_id
        where ${mine("p")} and p.status in ('open', 'paid') and d.status = 'open' and d.there_minor is distinct from p.due_minor
      union all
      select 'I12', r.client_id, 'run ' || r.number, 'it says ' || r.total || ' records, and its members are ' || coalesce(m.n, 0)
        from runs r left join members m on m.run_id = r.id
        where ${mine("r")} and r.kind not in ('import-payments', 'allocate') and r.total <> coalesce(m.n, 0)
      union all
      select 'I12', r.client_id, 'run ' || r.number, 'it ended with ' || (r.detail ->> 'outcomes') || ', and its members say ' || coalesce(m.outcomes, '{}')
        from runs r left join members m on m.run_id = r.id
        where ${mine("r")} and r.detail ? 'outcomes' and r.detail -> 'outcomes' <> coalesce(m.outcomes, '{}')
      union all
      select 'I13', m.client_id, coalesce('run ' || r.number, 'a run that is gone'), m.open || ' members of it have no outcome'
        from members m left join runs r on r.id = m.run_id
        where m.open > 0 and coalesce(r.state, 'gone') not in ('waiting', 'running', 'stopping')
      union all
      select 'I13', p.client_id, p.kind || ' ' || p.reference, p.state || ', and no run has it as a member'
        from postings p where ${mine("p")} and p.current and p.state in ('queued', 'waiting', 'sending')
          and not exists (select from run_members m where m.posting_id = p.id and m.outcome is null and m.run_id = p.run_id and m.position = p.run_position)
    ),
    numbered as (select b.*, row_number() over (partition by b.id order by b.client_id, b.subject) as nth from broken b)
    select b.id, count(*)::int as n, array_remove(array_agg(distinct b.client_id::text), null) as clients,
      jsonb_agg(jsonb_build_object('client', cl.name, 'subject', b.subject, 'detail', b.detail) order by b.nth) filter (where b.nth <= ${ROWS_KEPT}) as rows
    from numbered b left join clients cl on cl.id = b.client_id group by b.id order by substr(b.id, 2)::int`);
  return found.rows.map((row) => ({ id: row.id, rule: INVARIANTS[row.id], count: row.n, clients: row.clients, rows: row.rows }));
}

/** A check that failed, as the last check of a whole practice found it. */
export interface FailedCheck {
  readonly id: string;
  readonly rule: string;
  readonly count: number;
  readonly clients: readonly string[];
}

/** What the last check of the invariants found broken, of the scope's client or of every client. */
export async function listFailedChecks(db: ScopedDb, scope: Scope): Promise<FailedCheck[]> {
  const { rows } = await db.execute<{ id: string; rule: string; count: number; clients: string[] | null }>(sql`
    select x ->> 'id' as id, x ->> 'rule' as rule, (x ->> 'count')::int as count,
      array(select jsonb_array_elements_text(coalesce(x -> 'clients', '[]'))) as clients
    from (select broken from invariant_checks where broken is not null order by ended_at desc limit 1) last
    cross join lateral jsonb_array_elements(last.broken) x
    ${scope.kind === "client" ? sql`where x -> 'clients' ? ${scope.clientId}::text` : sql``}
    order by 1`);
  // Of a client's own page others are none of its business.
  return rows.map((row) => ({ ...row, clients: scope.kind === "client" ? [scope.clientId] : (row.clients ?? []) }));
}

/** Keeps how far each connection has been read, which the next check holds against what it then finds. */
export async function markReadings(db: ScopedDb, _scope: PracticeScope): Promise<void> {
  await db.execute(sql`
    insert into reading_marks as m (connection_id, client_id, tenant_id, stream, as_of)
    select c.id, c.client_id, c.tenant_id, r.stream, r.as_of from connections c join pull_cursors r on r.connection_id = c.id
    where c.state = 'live'
    on conflict (connection_id, stream) do update set tenant_id = excluded.tenant_id, as_of = excluded.as_of
    where (m.tenant_id, m.as_of) is distinct from (excluded.tenant_id, excluded.as_of)`);
}

export interface InvariantCheck {
  readonly id: string;
  readonly askedBy: string | null;
  readonly askedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly broken: readonly BrokenInvariant[] | null;
  readonly error: string | null;
}

/** The checks, latest first. */
export async function listInvariantChecks(db: ScopedDb, _scope: PracticeScope, most: number): Promise<InvariantCheck[]> {
  const { rows } = await db.execute<{
    id: string;
    asked_by: string | null;
    asked_at: string;
    started_at: string | null;
    ended_at: string | null;
    broken: BrokenInvariant[] | null;
    error: string | null;
  }>(sql`select * from invariant_checks order by asked_at desc, id limit ${most}`);
  const moment = (text: string | null) => (text === null ? null : new Date(text));
  return rows.map((row) => ({
    id: row.id,
    askedBy: row.asked_by,
    askedAt: new Date(row.asked_at),
    startedAt: moment(row.started_at),
    endedAt: moment(row.ended_at),
    broken: row.broken,
    error: row.error,
  }));
}

/** Asks for a check, unless one waits already; the worker does it. */
export async function askInvariantCheck(db: ScopedDb, scope: PracticeScope): Promise<void> {
  await db.execute(sql`
    insert into invariant_checks (asked_by) select ${scope.actor.label}
    where not exists (select from invariant_checks where ended_at is null)`);
}

/**
 * Takes the check that is due: one that somebody asked for, or the daily one when none began within a day. One worker alone gets it. A
 * check that has not ended after a quarter of an hour has lost its worker, since none may take more than ten minutes: it ends with that.
 * @returns its id, or null when none is due
 */
export async function takeInvariantCheck(db: ScopedDb, _scope: PracticeScope): Promise<string | null> {
  await db.execute(sql`
    update invariant_checks set ended_at = app.now(), error = 'The worker stopped while it checked.'
    where ended_at is null and started_at < app.now() - interval '15 minutes'`);
  const due = await db.execute(sql`
    select 1 where exists (select from invariant_checks where started_at is null)
      or not exists (select from invariant_checks where started_at > app.now() - interval '24 hours')`);
  if (due.rowCount === 0) return null;
  await db.execute(sql`select pg_advisory_xact_lock(hashtext('invariant check'))`);
  const taken = await db.execute<{ id: string }>(sql`
    with asked as (select id from invariant_checks where started_at is null order by asked_at limit 1),
    daily as (
      insert into invariant_checks (started_at) select app.now()
      where not exists (select from asked) and not exists (select from invariant_checks where started_at > app.now() - interval '24 hours')
      returning id
    ),
    begun as (update invariant_checks set started_at = app.now() where id = (select id from asked) returning id)
    select id from begun union all select id from daily`);
  return taken.rows[0]?.id ?? null;
}

export async function endInvariantCheck(
  db: ScopedDb,
  _scope: PracticeScope,
  id: string,
  result: { broken: readonly BrokenInvariant[] } | { error: string },
): Promise<void> {
  await db.execute(sql`
    update invariant_checks set ended_at = app.now(), broken = ${"broken" in result ? JSON.stringify(result.broken) : null}::jsonb,
      error = ${"error" in result ? result.error : null} where id = ${id}`);
  // A year of daily ones is history enough.
  await db.execute(sql`delete from invariant_checks where asked_at < app.now() - interval '400 days'`);
}

/** For a check over everything: ten minutes instead of the two that a statement usually has, in this transaction alone. */
export async function allowTenMinutes(db: ScopedDb): Promise<void> {
  await db.execute(sql`set local statement_timeout = '10min'`);
}
