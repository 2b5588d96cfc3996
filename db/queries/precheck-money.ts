import { type SQL, sql } from "drizzle-orm";
import type { ClientScope } from "#db/client.ts";
import { isDraftThere, kindLabel } from "./outgoing-money.ts";

const STUCK = sql`('rejected', 'conflict', 'dead', 'skipped')`;

/**
 * What pre-check says of the payments and journals among `target`: a derived table of `id`, `verdict` and `detail`, with no row for those
 * that nothing speaks against. It reads `target`, `mapped` and `cn` of the statement that it stands in.
 */
export const moneyFaults = (scope: ClientScope, connectionId: string): SQL => sql`(
  with document_state as materialized (
    select a.payment_id, d.id, d.kind, d.number, d.status, d.gross_minor, d.paid_minor, r.id is not null as linked,
      ${isDraftThere(connectionId, sql`d.id`)} as is_draft,
      q.state in ${STUCK} or (q.state = 'pending' and q.aside is not null) as stuck, ${kindLabel(sql`d.kind`)} || ' ' || d.number as called
    from target t join allocations a on a.payment_id = t.record_id
    join documents d on d.client_id = ${scope.clientId} and d.id = a.document_id
    left join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
    left join postings q on q.connection_id = ${connectionId} and q.record_id = d.id and q.current
    where t.kind = 'payment'
  ),
  payment_faults as materialized (
    select t.id,
      case
        when cn.module_on and y.kind in ('receipt', 'sales-refund') and c.terms = 'account' then array['blocked', 'rule.payments-in-package']
        when d.id is null then array['blocked', 'source.required-field']
        when d.status = 'void' then array['blocked', 'source.document-void']
        when m.source_code is null or m.fault is not null then array['blocked', case m.fault when 'archived' then 'mapping.target-archived'
          when 'wrong-type' then 'mapping.bank-wrong-type' else 'mapping.bank-missing' end]
        when d.is_draft then array['blocked', 'rule.payment-on-draft']
        when d.paid_minor > d.gross_minor then array['blocked', 'package.payment-too-large']
        when t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on) then array['blocked', 'package.period-locked']
        when not d.linked and d.stuck then array['blocked', 'source.dependency-missing']
        when not d.linked then array['warning', 'source.dependency-missing']
      end as verdict,
      case
        when cn.module_on and y.kind in ('receipt', 'sales-refund') and c.terms = 'account'
          then jsonb_build_object('field', 'contact', 'value', c.reference, 'subject', 'Account customer ' || c.name)
        when d.id is null then jsonb_build_object('field', 'document')
        when d.status = 'void' then jsonb_build_object('field', 'document', 'value', d.number, 'subject', d.called)
        when m.source_code is null or m.fault is not null then jsonb_build_object('field', 'bankNominalCode', 'value', y.bank_nominal_code,
          'subject', 'bank nominal ' || y.bank_nominal_code || case when m.source_code is null then ', not mapped'
            else ', mapped to ' || coalesce(m.target_name, 'an account that the package no longer has') end)
        when d.is_draft then jsonb_build_object('field', 'document', 'value', d.number, 'subject', d.called)
        when d.paid_minor > d.gross_minor then jsonb_build_object('field', 'amount', 'value', d.number, 'subject', d.called)
        when t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
          then jsonb_build_object('field', 'date', 'value', t.issued_on::text, 'lockDate', greatest(cn.period_lock_on, cn.year_lock_on)::text)
        when not d.linked and d.stuck then jsonb_build_object('field', 'document', 'value', d.number, 'subject', d.called)
        when not d.linked then jsonb_build_object('field', 'document', 'value', d.number, 'subject', 'It goes after ' || d.called)
      end as detail
    from target t cross join cn
    join payments y on y.client_id = ${scope.clientId} and y.id = t.record_id
    left join contacts c on c.client_id = ${scope.clientId} and c.id = y.contact_id
    left join document_state d on d.payment_id = y.id
    left join mapped m on m.kind = 'bank' and m.source_code = y.bank_nominal_code
    where t.kind = 'payment'
  ),
  leg as materialized (
    select t.id, l.position, l.nominal_code, l.amount_minor, n.name, n.kind, m.source_code is not null as is_mapped, m.fault, m.target_name
    from target t join journal_lines l on l.client_id = ${scope.clientId} and l.journal_id = t.record_id and l.revision = t.revision
    left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
    left join mapped m on m.kind = 'nominal' and m.source_code = l.nominal_code
    where t.kind = 'journal'
  ),
  bad_leg as materialized (
    select distinct on (id) * from leg where kind in ('stock', 'cost-of-sale', 'control') or not is_mapped or fault is not null
    order by id, (coalesce(kind, 'other') in ('stock', 'cost-of-sale', 'control')) desc, position
  ),
  journal_faults as materialized (
    select t.id,
      case
        when coalesce(s.n, 0) < 2 or s.total <> 0 then array['blocked', 'source.totals-do-not-add']
        when b.kind in ('stock', 'cost-of-sale') then array['blocked', 'rule.stock-nominal-not-used']
        when b.kind = 'control' then array['blocked', 'rule.control-nominal']
        when b.id is not null then array['blocked', case b.fault when 'archived' then 'mapping.target-archived'
          when 'no-code' then 'package.account-without-code' when 'wrong-type' then 'mapping.account-wrong-type' else 'mapping.account-missing' end]
        when t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on) then array['blocked', 'package.period-locked']
      end as verdict,
      case
        when coalesce(s.n, 0) < 2 or s.total <> 0 then jsonb_build_object('field', 'lines')
        when b.id is not null then jsonb_build_object('field', 'lines[' || (b.position - 1) || '].nominalCode', 'value', b.nominal_code,
          'subject', 'line ' || b.position || coalesce(', "' || b.name || '"', '') || case when b.kind in ('stock', 'cost-of-sale', 'control') then ''
            when not b.is_mapped then ', not mapped' else ', mapped to ' || coalesce(b.target_name, 'a code absent in the package') end)
        when t.issued_on <= greatest(cn.period_lock_on, cn.year_lock_on)
          then jsonb_build_object('field', 'date', 'value', t.issued_on::text, 'lockDate', greatest(cn.period_lock_on, cn.year_lock_on)::text)
      end as detail
    from target t cross join cn
    left join (select id, count(*) as n, sum(amount_minor) as total from leg group by id) s on s.id = t.id
    left join bad_leg b on b.id = t.id
    where t.kind = 'journal'
  )
  select id, verdict, detail from payment_faults where verdict is not null
  union all select id, verdict, detail from journal_faults where verdict is not null
)`;
