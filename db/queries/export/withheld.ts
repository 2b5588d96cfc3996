import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { inBulk } from "#db/queries/common/bulk.ts";
import type { WithheldReason } from "#db/schema/postings.ts";
import { type RecordKind, type Side, sideOf } from "#lib/common/records.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";

/** Rows that were moved out of the panels or back into them by {@link updateWithheld}. */
export interface WithheldMoves {
  /** Out of Pending Export or Error Feedback. */
  readonly out: number;
  /** Back in Pending Export. */
  readonly back: number;
  /** Of those out: asked for before, and withdrawn. */
  readonly withdrawn: number;
  /** Queued rows of a kind that no longer syncs: they wait in Error Feedback. */
  readonly held: number;
  /** Customers, suppliers and products among all of them: documents depend on these. */
  readonly parties: number;
}

/** Ids of the client's records that are excluded, by themselves, by their customer or supplier, or by a product on a line. */
const excludedRecords = (clientId: string): SQL => sql`
  select id from contacts where client_id = ${clientId} and excluded
  union select id from products where client_id = ${clientId} and excluded
  union select d.id from contacts c join documents d on d.contact_id = c.id where c.client_id = ${clientId} and c.excluded
  union select y.id from contacts c join payments y on y.contact_id = c.id where c.client_id = ${clientId} and c.excluded
  union select d.id from products pr join document_lines l on l.product_id = pr.id
    join documents d on d.id = l.document_id and d.revision = l.revision where pr.client_id = ${clientId} and pr.excluded`;

const voidRecords = (clientId: string): SQL => sql`
  select id from documents where client_id = ${clientId} and status = 'void'
  union select id from journals where client_id = ${clientId} and status = 'void'
  union select id from payments where client_id = ${clientId} and status = 'deleted'`;

/** Dated by a business event, so that a start date means something; contacts, products and what is made for us have none. */
const DATED = sql`p.kind not in ('customer', 'supplier', 'product', 'helper')`;

/**
 * Sets `aside` of every current row that was not sent, from the client's settings and exclusions as they stand: the one place that
 * decides it. Rows asked for whose reason is new are withdrawn; queued rows of a kind that is switched off are held.
 */
export async function updateWithheld(db: ScopedDb, scope: ClientScope): Promise<WithheldMoves> {
  const result = await inBulk(db, () =>
    db.execute<{ from_state: string; reason: string | null; state: string; party: boolean; n: number }>(sql`
    with cn as materialized (
      select id, entities_on, start_on from connections where client_id = ${scope.clientId} and state <> 'disconnected'
    ),
    excluded as materialized (${excludedRecords(scope.clientId)}),
    voided as materialized (
      select v.id from (${voidRecords(scope.clientId)}) v
      where not exists (select from cn join external_refs r on r.connection_id = cn.id and r.record_id = v.id)
        and not exists (select from cn join postings o on o.connection_id = cn.id and o.record_id = v.id
          and (o.maybe_sent or o.state in ('waiting', 'sending', 'unknown')))
    ),
    wanted as (
      select p.id, p.state as from_state,
        case
          when p.aside = 'on-hold' then 'on-hold'
          when v.id is not null then 'void'
          when e.id is not null then 'excluded'
          when p.kind <> 'helper' and not p.kind = any (cn.entities_on) then 'entity-off'
          when ${DATED} and p.issued_on < cn.start_on then 'before-start'
        end as reason
      from cn join postings p on p.client_id = ${scope.clientId} and p.connection_id = cn.id and p.current
        and p.state in ('pending', 'held', 'rejected', 'queued') and not p.continued
      left join excluded e on e.id = p.record_id
      left join voided v on v.id = p.record_id
    ),
    moved as (
      update postings p set
        aside = case when w.reason = 'entity-off' and p.state = 'queued' then null else w.reason end,
        state = case when p.state = 'pending' then 'pending' when w.reason = 'entity-off' and p.state = 'queued' then 'held' else 'pending' end,
        -- A refusal is kept under its key: should the record be asked for again, it goes under the next generation.
        generation = case when p.state = 'rejected' then p.generation + 1 else p.generation end,
        run_id = case when w.reason = 'entity-off' and p.state = 'queued' then p.run_id end,
        error_code = case when w.reason = 'entity-off' and p.state = 'queued' then 'rule.entity-off' end,
        error_detail = case when w.reason = 'entity-off' and p.state = 'queued' then '{}'::jsonb end,
        precheck = null, precheck_code = null, precheck_detail = null, retry_at = null, changed_at = app.now()
      from wanted w
      where p.id = w.id and (
        (p.state = 'pending' and p.aside is distinct from w.reason)
        or (p.state in ('held', 'rejected', 'queued') and w.reason in ('void', 'excluded', 'before-start'))
        or (p.state = 'queued' and w.reason = 'entity-off'))
      returning w.from_state, p.aside as reason, p.state, not ${DATED} as party
    )
    select from_state, reason, state, party, count(*)::int as n from moved group by 1, 2, 3, 4`),
  );
  const sum = (test: (row: { from_state: string; reason: string | null; state: string; party: boolean }) => boolean) =>
    result.rows.filter(test).reduce((total, row) => total + row.n, 0);
  return {
    out: sum((row) => row.reason !== null),
    back: sum((row) => row.reason === null && row.state === "pending"),
    withdrawn: sum((row) => row.reason !== null && row.from_state !== "pending"),
    held: sum((row) => row.state === "held"),
    parties: sum((row) => row.party),
  };
}

/** Of Error Feedback, and settled: nothing of them is under way. */
const STOPPED = sql`('held', 'rejected', 'conflict', 'dead')`;

/**
 * Puts chosen rows on hold with staff's reason: pending ones, those asked for and not sent, which are withdrawn, and those of Error Feedback
 * that somebody ignores, which keep what stopped them. What is being looked up stays where it is.
 */
export async function moveToHold(db: ScopedDb, scope: ClientScope, chosen: SQL, why: string): Promise<number> {
  const moved = await db.execute(sql`
    update postings set aside = 'on-hold', aside_why = ${why}, aside_by = ${scope.actor.label}, state = 'pending',
      -- A refusal is kept under its key: should the record be asked for again, it goes under the next generation.
      generation = case when state in ('rejected', 'dead') then generation + 1 else generation end,
      run_id = null, retry_at = null, precheck = null, precheck_code = null, precheck_detail = null,
      error_code = case when state in ${STOPPED}
        then coalesce(error_code, case when state = 'conflict' then 'unknown.ambiguous-match' else 'internal.unexpected' end) end,
      error_detail = case when state in ${STOPPED} then error_detail end,
      changed_at = app.now()
    where client_id = ${scope.clientId} and current and state in ('pending', 'held', 'rejected', 'queued', 'conflict', 'dead')
      and aside is distinct from 'on-hold' and not continued and (${chosen})`);
  return moved.rowCount ?? 0;
}

/** Ends the hold of chosen rows; another reason to withhold them is for {@link updateWithheld} to find. */
export async function endHold(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<number> {
  const moved = await db.execute(sql`
    update postings set aside = null, aside_why = null, aside_by = null, error_code = null, error_detail = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'pending' and aside = 'on-hold' and (${chosen})`);
  return moved.rowCount ?? 0;
}

/** Sets "Exclude from Accounting Integration" of contacts or products; answers those that it changed. */
export async function saveExcluded(
  db: ScopedDb,
  scope: ClientScope,
  family: "contact" | "product",
  ids: readonly string[],
  excluded: boolean,
): Promise<{ id: string; name: string }[]> {
  const table = family === "contact" ? sql`contacts` : sql`products`;
  const name = family === "contact" ? sql`name` : sql`reference`;
  const changed = await db.execute<{ id: string; name: string }>(sql`
    update ${table} set excluded = ${excluded}
    where client_id = ${scope.clientId} and id = any (${sql.param([...ids])}::uuid[]) and excluded <> ${excluded}
    returning id, ${name} as name`);
  return [...changed.rows];
}

/** The customers, suppliers and products that chosen rows are of: a document's party, or the row's own record. */
export async function listParties(
  db: ScopedDb,
  scope: ClientScope,
  chosen: SQL,
  most: number,
): Promise<{ family: "contact" | "product"; id: string; name: string }[]> {
  const found = await db.execute<{ family: "contact" | "product"; id: string; name: string }>(sql`
    with rows as (select kind, record_id from postings where client_id = ${scope.clientId} and current and (${chosen}))
    select 'contact' as family, c.id, c.name from contacts c where c.client_id = ${scope.clientId} and not c.excluded and c.id in (
      select record_id from rows where kind in ('customer', 'supplier')
      union select d.contact_id from rows join documents d on d.id = rows.record_id
      union select y.contact_id from rows join payments y on y.id = rows.record_id)
    union all
    select 'product', pr.id, pr.reference from products pr where pr.client_id = ${scope.clientId} and not pr.excluded
      and pr.id in (select record_id from rows where kind = 'product')
    order by 1, 3 limit ${most}`);
  return [...found.rows];
}

/** What excluding these customers, suppliers and products takes out of Pending Export and Error Feedback, by side and currency. */
export async function sumRowsOfParties(
  db: ScopedDb,
  scope: ClientScope,
  parties: readonly { readonly family: "contact" | "product"; readonly id: string }[],
): Promise<{ count: number; amounts: SideSum[] }> {
  const ids = (family: "contact" | "product") =>
    sql`${sql.param(parties.filter((party) => party.family === family).map((party) => party.id))}::uuid[]`;
  const { rows } = await db.execute<{ kind: RecordKind; currency: string | null; n: number; gross: string | null }>(sql`
    select kind, case when gross_minor is not null then currency end as currency, count(*)::int as n, sum(gross_minor)::text as gross
    from postings where client_id = ${scope.clientId} and current and aside is null and state in ('pending', 'held', 'rejected', 'queued')
      and record_id in (
        select unnest(${ids("contact")}) union select unnest(${ids("product")})
        union select id from documents where contact_id = any (${ids("contact")})
        union select id from payments where contact_id = any (${ids("contact")})
        union select d.id from document_lines l join documents d on d.id = l.document_id and d.revision = l.revision
          where l.product_id = any (${ids("product")}))
    group by 1, 2`);
  const amounts = rows.flatMap(({ kind, currency, gross }) =>
    currency === null || gross === null ? [] : { side: sideOf(kind), currency, minor: BigInt(gross) },
  );
  return { count: rows.reduce((total, row) => total + row.n, 0), amounts: addUp(amounts) };
}

/** Rows of one reason, kind and currency. Gross is signed minor units as text, since it crosses to the browser; null without an amount. */
export interface WithheldGroup {
  readonly reason: WithheldReason;
  readonly kind: RecordKind;
  readonly side: Side | null;
  readonly currency: string | null;
  readonly count: number;
  readonly grossMinor: string | null;
}

/** What is withheld, by reason, kind and currency; nothing is added over currencies or sides. */
export async function groupWithheld(db: ScopedDb, scope: ClientScope): Promise<WithheldGroup[]> {
  const { rows } = await db.execute<{
    reason: WithheldReason;
    kind: RecordKind;
    currency: string | null;
    n: number;
    gross: string | null;
  }>(sql`
    select aside as reason, kind, case when gross_minor is not null then currency end as currency, count(*)::int as n,
      sum(gross_minor)::text as gross
    from postings where client_id = ${scope.clientId} and current and panel = 'aside' group by 1, 2, 3 order by 1, 2, 3`);
  return rows.map(({ n, gross, ...row }) => ({
    ...row,
    side: sideOf(row.kind),
    count: n,
    grossMinor: gross,
  }));
}

export interface WithheldRow {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly currency: string | null;
  readonly grossMinor: bigint | null;
  readonly why: string | null;
  readonly by: string | null;
  /** What stopped it, of an error that somebody ignores; null of what was held for another reason. */
  readonly errorCode: string | null;
  readonly errorDetail: SyncErrorDetail | null;
}

/** The latest rows that are withheld for one reason, by date; one more than asked says that there are more. */
export async function listWithheld(
  db: ScopedDb,
  scope: ClientScope,
  reason: WithheldReason,
  after: { readonly issuedOn: string; readonly reference: string; readonly id: string } | null,
  limit: number,
): Promise<WithheldRow[]> {
  const beyond = after
    ? sql`and (issued_on, reference, id) < (${after.issuedOn}::date, ${after.reference}::text, ${after.id}::uuid)`
    : sql``;
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    reference: string;
    party: string;
    issued_on: string;
    currency: string | null;
    gross: string | null;
    why: string | null;
    by: string | null;
    error_code: string | null;
    error_detail: SyncErrorDetail | null;
  }>(sql`
    select id, kind, record_id, reference, party, issued_on, currency, gross_minor::text as gross, aside_why as why, aside_by as by,
      error_code, error_detail
    from postings where client_id = ${scope.clientId} and current and panel = 'aside' and aside = ${reason} ${beyond}
    order by issued_on desc, reference desc, id desc limit ${limit}`);
  return rows.map(({ record_id, issued_on, gross, error_code, error_detail, ...row }) => ({
    ...row,
    errorCode: error_code,
    errorDetail: error_detail,
    recordId: record_id,
    issuedOn: issued_on,
    grossMinor: gross === null ? null : BigInt(gross),
  }));
}

/** An excluded customer, supplier or product, with the rows that are withheld because of it. */
export interface ExcludedCause {
  readonly family: "contact" | "product";
  readonly id: string;
  readonly name: string;
  readonly path: "customers" | "suppliers" | "products";
  /** Documents, payments and the record's own row; one that several causes exclude counts under each. */
  readonly count: number;
  readonly amounts: readonly SideSum[];
}

/** Every exclusion of the client with what it keeps back, by name. */
export async function listExclusions(db: ScopedDb, scope: ClientScope, most: number): Promise<ExcludedCause[]> {
  const { rows } = await db.execute<{
    family: "contact" | "product";
    id: string;
    name: string;
    path: ExcludedCause["path"];
    kind: RecordKind | null;
    currency: string | null;
    n: number;
    gross: string | null;
  }>(sql`
    with causes as (
      select 'contact' as family, c.id, c.name, case when c.is_customer then 'customers' else 'suppliers' end as path
      from contacts c where c.client_id = ${scope.clientId} and c.excluded
      union all
      select 'product', pr.id, pr.reference, 'products' from products pr where pr.client_id = ${scope.clientId} and pr.excluded
      order by 1, 3 limit ${most}
    ),
    of as (
      select c.id as cause, c.id as record_id from causes c
      union select c.id, d.id from causes c join documents d on d.contact_id = c.id
      union select c.id, y.id from causes c join payments y on y.contact_id = c.id
      union select c.id, d.id from causes c join document_lines l on l.product_id = c.id join documents d on d.id = l.document_id and d.revision = l.revision
    )
    select c.family, c.id, c.name, c.path, p.kind, case when p.gross_minor is not null then p.currency end as currency, count(p.id)::int as n,
      sum(p.gross_minor)::text as gross
    from causes c join of on of.cause = c.id
    left join postings p on p.client_id = ${scope.clientId} and p.record_id = of.record_id and p.current and p.panel = 'aside' and p.aside = 'excluded'
    group by 1, 2, 3, 4, 5, 6 order by 1, 3, 5, 6`);
  return [...Map.groupBy(rows, (row) => row.id).values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const { family, id, name, path } = first;
    const amounts = own.flatMap(({ kind, currency, gross }) =>
      kind === null || currency === null || gross === null ? [] : { side: sideOf(kind), currency, minor: BigInt(gross) },
    );
    return { family, id, name, path, count: own.reduce((total, row) => total + row.n, 0), amounts: addUp(amounts) };
  });
}

/** Documents from before the start that are not paid: payments on them will come. The oldest first, one more than asked when there are more. */
export async function listUnpaidBeforeStart(db: ScopedDb, scope: ClientScope, limit: number) {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    number: string;
    party: string;
    issued_on: string;
    currency: string;
    open: string;
  }>(sql`
    select d.id, d.kind, d.number, p.party, d.issued_on, d.currency, (d.gross_minor - d.paid_minor - d.settled_minor)::text as open
    from postings p join documents d on d.id = p.record_id
    where p.client_id = ${scope.clientId} and p.current and p.panel = 'aside' and p.aside = 'before-start'
      and d.client_id = ${scope.clientId} and d.status = 'open' and d.paid_minor + d.settled_minor < d.gross_minor
    order by d.issued_on, d.number, d.id limit ${limit}`);
  return rows.map(({ issued_on, open, ...row }) => ({ ...row, issuedOn: issued_on, openMinor: BigInt(open) }));
}

/** How many of them there are, and what is open on them by kind and currency. */
export async function sumUnpaidBeforeStart(db: ScopedDb, scope: ClientScope) {
  const { rows } = await db.execute<{ kind: RecordKind; currency: string; n: number; open: string }>(sql`
    select d.kind, d.currency, count(*)::int as n, sum(d.gross_minor - d.paid_minor - d.settled_minor)::text as open
    from postings p join documents d on d.id = p.record_id
    where p.client_id = ${scope.clientId} and p.current and p.panel = 'aside' and p.aside = 'before-start'
      and d.client_id = ${scope.clientId} and d.status = 'open' and d.paid_minor + d.settled_minor < d.gross_minor
    group by 1, 2 order by 1, 2`);
  return rows.map(({ n, open, ...row }) => ({ ...row, count: n, openMinor: BigInt(open) }));
}
