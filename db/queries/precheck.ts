import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { inBulk } from "./bulk.ts";
import { resolvedMappingSql } from "./mapping.ts";
import { hasOnlyStock, postedNominal, stockJoins } from "./posted-nominal.ts";
import { moneyFaults } from "./precheck-money.ts";

export interface Verdicts {
  readonly ready: number;
  readonly warning: number;
  readonly blocked: number;
}

/** Which kinds a package lets us change once it holds them. */
export type Changeable = (packageId: PackageId) => readonly RecordKind[];

/** Rows no pre-check has seen, every unsent row, or a condition over `postings`. */
export type JudgeSelection = "unjudged" | "open" | SQL;

/** States in which nothing of the revision was sent, so that a verdict still means something. */
const UNSENT = sql`('pending', 'held', 'rejected', 'queued')`;

const condition = (which: JudgeSelection): SQL =>
  which === "unjudged" ? sql`postings.precheck is null` : which === "open" ? sql`true` : which;

/**
 * Judges many rows in one statement. The checks stand in the order of diagnosis; the first that fails is the answer.
 * Distinct codes are resolved once, not once a line, so that 100,000 documents cost a hash join. Each part is planned by itself
 * (`materialized`): merged into one, the verdict's words were copied for each, and planning a judgement of two rows took 23 ms instead of 10.
 */
export async function judge(db: ScopedDb, scope: ClientScope, which: JudgeSelection, changeable: Changeable): Promise<Verdicts> {
  const connection = await db.execute<{ id: string; package: PackageId }>(
    sql`select id, package from connections where client_id = ${scope.clientId} and state <> 'disconnected'`,
  );
  const connectionId = connection.rows[0]?.id;
  const packageId = connection.rows[0]?.package;
  if (!connectionId || !packageId) return { ready: 0, warning: 0, blocked: 0 };
  const few = await db.execute<{ kind: RecordKind }>(sql`
    select kind from postings where client_id = ${scope.clientId} and connection_id = ${connectionId} and current and state in ${UNSENT}
      and (${condition(which)}) limit ${FEW}`);
  const isFew = few.rows.length < FEW;
  const withMoney = !isFew || few.rows.some(({ kind }) => kind === "payment" || kind === "journal");
  const statement = () => judgeMany(db, scope, connectionId, which, changeable(packageId), withMoney);
  const result = isFew ? await statement() : await inBulk(db, statement);
  const count = (verdict: string) => result.rows.find((row) => row.precheck === verdict)?.n ?? 0;
  return { ready: count("ready"), warning: count("warning"), blocked: count("blocked") };
}

/** What {@link moneyFaults} says where no payment and no journal is judged: planning it takes as long as all the rest. */
const NO_FAULTS = sql`(select null::uuid as id, null::text[] as verdict, null::jsonb as detail where false)`;

/** Fewer rows than this are joined row by row. Loops within loops: 134 rows of a second client took 2.3 s so. */
const FEW = 32;

function judgeMany(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  which: JudgeSelection,
  changeable: readonly RecordKind[],
  withMoney: boolean,
) {
  const mayChange =
    changeable.length === 0
      ? sql`false`
      : sql`t.kind in (${sql.join(
          changeable.map((kind) => sql`${kind}`),
          sql`, `,
        )})`;
  return db.execute<{ precheck: string; n: number }>(sql`
    with cn as materialized (select * from connections where id = ${connectionId}),
    target as materialized (
      select postings.id, postings.kind, postings.record_id, postings.revision, postings.issued_on, postings.currency, postings.state,
        postings.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note') as is_document,
        case when postings.kind in ('customer', 'supplier') then 'contact'
          when postings.kind in ('product', 'payment', 'journal') then postings.kind else 'document' end as family
      from postings
      where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and postings.current
        and postings.state in ${UNSENT} and (postings.state <> 'pending' or postings.aside is null) and (${condition(which)})
    ),
    mapped as materialized (select * from (${resolvedMappingSql(scope, connectionId)}) m),
    line as materialized (
      select t.id, l.position, ${postedNominal(scope, sql`t.kind`)} as nominal_code, ${hasOnlyStock(scope, sql`t.kind`)} as only_stock,
        l.tax_code, l.product_id, l.net_minor, l.tax_minor
      from target t join document_lines l on l.client_id = ${scope.clientId} and l.document_id = t.record_id and l.revision = t.revision
      ${stockJoins(scope)}
      where t.is_document
    ),
    linked as materialized (
      select t.id from target t join external_refs r on r.connection_id = ${connectionId} and r.family = t.family and r.record_id = t.record_id
    ),
    contact_state as materialized (
      select t.id, c.reference, c.name, r.id is not null as linked,
        p.state in ('rejected', 'conflict', 'dead', 'skipped') or (p.state = 'pending' and p.aside is not null) as stuck,
        case when p.kind = 'supplier' then 'Supplier' else 'Customer' end as word
      from target t join documents d on d.client_id = ${scope.clientId} and d.id = t.record_id
      join contacts c on c.client_id = ${scope.clientId} and c.id = d.contact_id
      left join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = c.id
      left join postings p on p.connection_id = ${connectionId} and p.record_id = c.id and p.current and p.kind in ('customer', 'supplier')
      where t.is_document
    ),
    product_state as materialized (
      select distinct on (l.id) l.id, pr.reference,
        p.state in ('rejected', 'conflict', 'dead', 'skipped') or (p.state = 'pending' and p.aside is not null) as stuck
      from (select distinct id, product_id from line where product_id is not null) l
      join products pr on pr.client_id = ${scope.clientId} and pr.id = l.product_id
      left join external_refs r on r.connection_id = ${connectionId} and r.family = 'product' and r.record_id = pr.id
      left join postings p on p.connection_id = ${connectionId} and p.record_id = pr.id and p.current and p.kind = 'product'
      where r.id is null
      order by l.id, (p.state in ('rejected', 'conflict', 'dead', 'skipped') or (p.state = 'pending' and p.aside is not null)) desc nulls last, pr.reference
    ),
    stock_fault as materialized (
      select distinct on (l.id) l.id, l.position, l.nominal_code as code, n.name
      from line l join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
      where l.only_stock order by l.id, l.position
    ),
    nominal_fault as materialized (
      select distinct on (l.id) l.id, l.position, l.nominal_code as code, m.fault, m.target_name, n.name
      from line l left join mapped m on m.kind = 'nominal' and m.source_code = l.nominal_code
      left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
      where m.source_code is null or m.fault is not null
      order by l.id, l.position
    ),
    tax_fault as materialized (
      select distinct on (l.id) l.id, l.position, l.tax_code as code, m.fault, m.target_name
      from line l left join mapped m on m.kind = 'tax' and m.source_code = l.tax_code
      where m.source_code is null or m.fault is not null
      order by l.id, l.position
    ),
    bad_pair as materialized (
      select n.source_code as nominal_code, x.source_code as tax_code, n.target_code, x.target_name
      from mapped n join mapped x on n.kind = 'nominal' and x.kind = 'tax' and n.fault is null and x.fault is null
      where n.target_class is not null and x.applies_to is not null and not n.target_class = any (x.applies_to)
    ),
    pair_fault as materialized (
      select distinct on (l.id) l.id, l.position, b.nominal_code, b.tax_code, b.target_code, b.target_name
      from line l join bad_pair b on b.nominal_code = l.nominal_code and b.tax_code = l.tax_code
      order by l.id, l.position
    ),
    -- Documents of one number first and by themselves: joined with postings in one go, a client's documents were all paired before their numbers
    -- were looked at, 4,000 squared.
    same_number as materialized (
      select d.id, d.number, d.kind, d.contact_id, d.created_at, o.id as other_id, o.reference as other_reference, o.contact_id as other_contact_id,
        o.created_at as other_created_at
      from documents d join documents o on o.client_id = d.client_id and o.number_folded collate "C" = d.number_folded collate "C" and o.kind = d.kind
        and o.id <> d.id
      where d.client_id = ${scope.clientId} and o.client_id = ${scope.clientId} and o.status = 'open' and d.status = 'open'
        and d.id in (select record_id from target where is_document)
    ),
    twin as materialized (
      select distinct on (t.id) t.id, d.number, d.other_reference as reference,
        coalesce(q.external_id, (select r.external_id from external_refs r
          where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.other_id)) as external_id
      from target t join same_number d on d.id = t.record_id
      join postings q on q.connection_id = ${connectionId} and q.record_id = d.other_id and q.kind = d.kind and q.current
      where t.is_document and q.aside is null
        -- A bill's number is its supplier's own.
        and (d.kind in ('sales-invoice', 'sales-credit-note') or d.other_contact_id = d.contact_id)
        and (q.state in ('queued', 'sending', 'unknown', 'waiting', 'posted', 'confirmed', 'drifted', 'skipped')
          or (d.other_created_at, d.other_id) < (d.created_at, d.id))
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id)
        and not (t.state = 'queued' and q.state in ('queued', 'pending', 'held') and (d.created_at, d.id) < (d.other_created_at, d.other_id))
      order by t.id, d.other_created_at, d.other_id
    ),
    asked as materialized (
      select t.id, m.candidates -> 0 ->> 'number' as number, m.candidates -> 0 ->> 'company' as company
      from target t join match_questions m on m.connection_id = ${connectionId} and m.record_id = t.record_id and m.state in ('open', 'skipped')
    ),
    money as materialized (select * from ${withMoney ? moneyFaults(scope, connectionId) : NO_FAULTS} f),
    sums as materialized (select id, sum(net_minor) as net, sum(tax_minor) as tax from line group by id),
    judged as materialized (
      select t.id,
        case
          when not t.kind = any (cn.entities_on) then array['blocked', 'rule.entity-off']
          when k.id is not null and not ${mayChange} then array['blocked', 'rule.changed-since-exported']
          -- Ending what is there needs no customer, product or mapping; what never went is never made.
          when t.is_document and d.status = 'void' and k.id is null then array['blocked', 'source.document-void']
          when t.is_document and d.status = 'void' and t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
            then array['blocked', 'package.period-locked']
          when t.is_document and d.status = 'void' then array['ready', null]
          when cs.id is not null and not cs.linked and cs.stuck then array['blocked', 'source.dependency-missing']
          when ps.stuck then array['blocked', 'source.dependency-missing']
          when sf.id is not null then array['blocked', 'rule.stock-nominal-not-used']
          when tf.id is not null then array['blocked', case tf.fault when 'archived' then 'mapping.target-archived' else 'mapping.tax-missing' end]
          when nf.id is not null then array['blocked', case nf.fault when 'archived' then 'mapping.target-archived'
            when 'no-code' then 'package.account-without-code' when 'wrong-type' then 'mapping.account-wrong-type' else 'mapping.account-missing' end]
          when pf.id is not null then array['blocked', 'mapping.tax-not-allowed-on-account']
          when t.is_document and (s.id is null or s.net <> d.net_minor or s.tax <> d.tax_minor) then array['blocked', 'source.totals-do-not-add']
          when t.is_document and d.gross_minor < 0 then array['blocked', 'source.bad-format']
          when tw.id is not null then array['blocked', 'source.already-in-package']
          when aq.id is not null then array['blocked', 'source.perhaps-in-package']
          when t.currency is not null and t.currency <> cn.base_currency and cardinality(cn.currencies) > 0 and not t.currency = any (cn.currencies)
            then array['blocked', 'package.currency-or-feature-off']
          when mf.id is not null then mf.verdict
          when t.is_document and t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
            and (k.id is not null or coalesce(cn.settings -> 'lockPolicy' ->> t.kind, 'hold') = 'hold') then array['blocked', 'package.period-locked']
          when t.is_document and t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on) then array['warning', 'rule.lock-policy']
          when cs.id is not null and not cs.linked then array['warning', 'source.dependency-missing']
          when ps.id is not null then array['warning', 'source.dependency-missing']
          else array['ready', null]
        end as verdict,
        case
          when not t.kind = any (cn.entities_on) then '{}'::jsonb
          when k.id is not null and not ${mayChange} then null
          when t.is_document and d.status = 'void' and k.id is null then jsonb_build_object('value', d.number)
          when t.is_document and d.status = 'void' and t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
            then jsonb_build_object('field', 'date', 'value', t.issued_on::text, 'lockDate', greatest(cn.period_lock_on, cn.year_lock_on)::text)
          when t.is_document and d.status = 'void' then null
          when cs.id is not null and not cs.linked and cs.stuck
            then jsonb_build_object('field', 'contact', 'value', cs.reference, 'subject', cs.word || ' ' || cs.name)
          when ps.stuck then jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product ' || ps.reference)
          when sf.id is not null then jsonb_build_object('field', 'lines[' || (sf.position - 1) || '].nominalCode', 'value', sf.code,
            'subject', 'line ' || sf.position || ', "' || sf.name || '"')
          when tf.id is not null then jsonb_build_object('field', 'lines[' || (tf.position - 1) || '].taxCode', 'value', tf.code,
            'subject', 'line ' || tf.position || case when tf.fault is null then '' else ', mapped to ' || coalesce(tf.target_name, 'a rate that the package no longer has') end)
          when nf.id is not null then jsonb_build_object('field', 'lines[' || (nf.position - 1) || '].nominalCode', 'value', nf.code,
            'subject', 'line ' || nf.position || coalesce(', "' || nf.name || '"', '') || case when nf.fault is null then ', not mapped'
              when nf.fault = 'absent' then ', mapped to a code absent in the package' else ', mapped to ' || coalesce(nf.target_name, '?') end)
          when pf.id is not null then jsonb_build_object('field', 'lines[' || (pf.position - 1) || '].taxCode', 'value', pf.nominal_code,
            'subject', 'line ' || pf.position || ': tax code ' || pf.tax_code || ' (' || pf.target_name || ') with account ' || coalesce(pf.target_code, '?'))
          when t.is_document and (s.id is null or s.net <> d.net_minor or s.tax <> d.tax_minor) then jsonb_build_object('field', 'total')
          when t.is_document and d.gross_minor < 0 then jsonb_build_object('field', 'total', 'subject', 'A total below zero: enter it as a credit note')
          when tw.id is not null then jsonb_strip_nulls(jsonb_build_object('field', 'number', 'value', tw.number, 'subject', tw.reference, 'externalId', tw.external_id))
          when aq.id is not null then jsonb_build_object('field', 'number', 'value', aq.number, 'subject', aq.company)
          when t.currency is not null and t.currency <> cn.base_currency and cardinality(cn.currencies) > 0 and not t.currency = any (cn.currencies)
            then jsonb_build_object('field', 'currency', 'value', t.currency)
          when mf.id is not null then mf.detail
          when t.is_document and t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
            then jsonb_strip_nulls(jsonb_build_object('field', 'date', 'value', t.issued_on::text, 'lockDate', greatest(cn.period_lock_on, cn.year_lock_on)::text,
              'subject', case when k.id is null then nullif(coalesce(cn.settings -> 'lockPolicy' ->> t.kind, 'hold'), 'hold') end))
          when cs.id is not null and not cs.linked then jsonb_build_object('field', 'contact', 'value', cs.reference, 'subject', cs.word || ' goes first')
          when ps.id is not null then jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product goes first')
        end as detail
      from target t cross join cn
      left join linked k on k.id = t.id
      left join documents d on d.client_id = ${scope.clientId} and d.id = t.record_id
      left join contact_state cs on cs.id = t.id
      left join product_state ps on ps.id = t.id
      left join stock_fault sf on sf.id = t.id
      left join tax_fault tf on tf.id = t.id
      left join nominal_fault nf on nf.id = t.id
      left join pair_fault pf on pf.id = t.id
      left join sums s on s.id = t.id
      left join money mf on mf.id = t.id
      left join twin tw on tw.id = t.id
      left join asked aq on aq.id = t.id
    ),
    changed as (
      update postings p set precheck = j.verdict[1], precheck_code = j.verdict[2], precheck_detail = j.detail
      from judged j
      where p.id = j.id and (p.precheck, p.precheck_code, p.precheck_detail) is distinct from (j.verdict[1], j.verdict[2], j.detail)
      returning 1
    )
    select verdict[1] as precheck, count(*)::int as n from judged where (select count(*) from changed) >= 0 group by 1`);
}
