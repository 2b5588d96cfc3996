import { type SQL, sql } from "drizzle-orm";
import type { ClientScope } from "#db/client.ts";
import { chargedSql, documentSideSql, saidSideSql } from "#db/queries/common/tax-sql.ts";
import { isPartyOf } from "#db/queries/links/party-links.ts";
import { resolvedMappingSql } from "#db/queries/mapping/mapping.ts";
import { hasOnlyStock, postedNominal, stockJoins } from "#db/queries/mapping/posted-nominal.ts";
import { isDraftThere, kindLabel, neededBy } from "#db/queries/postings/outgoing-money.ts";
import type { FieldRules } from "#lib/connectors/types.ts";
import { lineFault, textFault, trimmed } from "./field-faults.ts";

/** Named parts of the statement that judges; each may read those above it. */
export type FactName =
  | "mapped"
  | "line"
  | "linked"
  | "elsewhere"
  | "own-link"
  | "contact"
  | "product"
  | "stock"
  | "nominal"
  | "tax"
  | "charge"
  | "pair"
  | "duplicate"
  | "asked"
  | "sums"
  | "contact-text"
  | "product-text"
  | "number-text"
  | "line-text"
  | "payment-text"
  | "journal-text"
  | "payment"
  | "allocation"
  | "leg"
  | "bad-leg"
  | "legs";

/** What of the package the facts know: its own name, for sentences, and its rules about fields. */
export interface PackageRules {
  readonly name: string;
  readonly fields: FieldRules;
}

export interface Fact {
  readonly name: FactName;
  /** Where no such record is judged it stays out, with the checks that need it: planning it takes as long as running it. */
  readonly about: "all" | "parties" | "documents" | "payments" | "journals" | "allocations";
  readonly needs: readonly FactName[];
  /** A `with` query of one row or none for each row of `target` (`t`), in brackets. */
  readonly query: (scope: ClientScope, connectionId: string, rules: PackageRules) => SQL;
  /** The name under which {@link Check}s read it, joined by `id`; null for one that only other facts read. */
  readonly alias: string | null;
}

/**
 * What a record waits for does not come by itself: nobody has it on its way, or it is blocked itself; one that was held and is blocked no
 * more is about to be released. Parties are judged before what waits for them, so that their verdicts are the present ones.
 */
export const isStuck = (p: string): SQL =>
  sql.raw(`(${p}.id is null or ${p}.state in ('rejected', 'conflict', 'dead', 'skipped') or (${p}.state = 'pending' and ${p}.aside is not null)
    or (${p}.state in ('pending', 'queued', 'held') and ${p}.precheck = 'blocked')
    or (${p}.state = 'held' and ${p}.error_code in ('package.document-state', 'rule.before-sending')))`);

/** Our own reference first, then the words that belong to it: `packageReference` in SQL. */
const underReference = (reference: SQL, words: SQL): SQL => {
  const own = trimmed(sql`coalesce(${words}, '')`);
  return sql`(case when ${own} in ('', ${reference}) then ${reference} else ${reference} || ' ' || ${own} end)`;
};

/** A fact of `{code, detail}`: the first field of each record that breaks a rule of the package. */
const textFact = (
  name: FactName,
  about: Fact["about"],
  alias: string,
  from: (scope: ClientScope) => SQL,
  fault: (rules: PackageRules) => SQL,
  position: SQL = sql`null::int`,
): Fact => ({
  name,
  about,
  needs: [],
  query: (scope, _connectionId, rules) => sql`(
    select distinct on (f.id) f.id, f.fault ->> 'code' as code, f.fault -> 'detail' || case when f.position is null then '{}'::jsonb
        else jsonb_build_object('subject', 'line ' || f.position) end as detail
    from (select t.id, ${position} as position, ${fault(rules)} as fault ${from(scope)} offset 0) f
    where f.fault is not null order by f.id, f.position)`,
  alias,
});

/** All that checks know beside the row itself, in the order in which one may read another. */
export const FACTS: readonly Fact[] = [
  {
    name: "mapped",
    about: "all",
    needs: [],
    query: (scope, connectionId) => sql`(select * from (${resolvedMappingSql(scope, connectionId)}) m)`,
    alias: null,
  },
  {
    name: "line",
    about: "documents",
    needs: [],
    query: (scope) => sql`(
      select t.id, l.position, ${postedNominal(scope, sql`t.kind`)} as nominal_code, ${hasOnlyStock(scope, sql`t.kind`)} as only_stock,
        l.tax_code, l.product_id, l.net_minor, l.tax_minor,
        ${documentSideSql(sql`t.kind`)} as side
      from target t join document_lines l on l.client_id = ${scope.clientId} and l.document_id = t.record_id and l.revision = t.revision
      ${stockJoins(scope)}
      where t.is_document)`,
    alias: null,
  },
  {
    name: "linked",
    about: "all",
    needs: [],
    query: (_scope, connectionId) => sql`(
      select t.id from target t join external_refs r
        on r.connection_id = ${connectionId} and r.family = t.family and r.record_id = t.record_id)`,
    alias: "k",
  },
  {
    // Links of contacts and products in an organisation that the client was connected to before, the latest of each.
    name: "elsewhere",
    about: "all",
    needs: [],
    query: (scope, connectionId) => sql`(
      select distinct on (r.family, r.record_id) r.family, r.record_id, o.tenant_name
      from connections o join external_refs r on r.connection_id = o.id and r.family in ('contact', 'product')
      where o.client_id = ${scope.clientId} and o.id <> ${connectionId} and o.state = 'disconnected'
        and o.tenant_id <> (select cn.tenant_id from cn)
      order by r.family, r.record_id, o.disconnected_at desc)`,
    alias: null,
  },
  {
    name: "own-link",
    about: "parties",
    needs: ["linked", "elsewhere"],
    query: (_scope, connectionId) => sql`(
      select t.id, t.record_id, lc.choice, e.tenant_name as elsewhere, case when lo.id is not null then coalesce(lo.candidates -> 0 ->> 'name', '') end as perhaps, case t.kind when 'customer' then 'Customer ' when 'supplier' then 'Supplier ' else 'Product ' end as word
      from target t left join linked k on k.id = t.id
      left join link_choices lc on lc.connection_id = ${connectionId} and lc.family = t.family and lc.record_id = t.record_id
      left join link_offers lo on lo.connection_id = ${connectionId} and lo.family = t.family and lo.record_id = t.record_id and lo.state = 'open'
      left join elsewhere e on e.family = t.family and e.record_id = t.record_id
      where t.family in ('contact', 'product') and (lo.id is not null or k.id is null and (lc.choice is not null or e.tenant_name is not null)))`,
    alias: "ol",
  },
  {
    name: "contact",
    about: "documents",
    needs: ["elsewhere"],
    query: (scope, connectionId) => sql`(
      select t.id, c.id as record_id, c.reference, c.name, r.id is not null as linked, ${isStuck("p")} as stuck, lc.choice, e.tenant_name as elsewhere,
        case when lo.id is not null then coalesce(lo.candidates -> 0 ->> 'name', '') end as perhaps, case when t.kind in ('bill', 'supplier-credit-note') then 'Supplier' else 'Customer' end as word
      from target t join documents d on d.client_id = ${scope.clientId} and d.id = t.record_id
      join contacts c on c.client_id = ${scope.clientId} and c.id = d.contact_id
      left join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = c.id
        and ${isPartyOf("r", sql`t.kind`)}
      left join postings p on p.connection_id = ${connectionId} and p.record_id = c.id and p.current and p.kind in ('customer', 'supplier')
      left join link_choices lc on lc.connection_id = ${connectionId} and lc.family = 'contact' and lc.record_id = c.id
      left join link_offers lo on lo.connection_id = ${connectionId} and lo.family = 'contact' and lo.record_id = c.id and lo.state = 'open'
      left join elsewhere e on e.family = 'contact' and e.record_id = c.id
      where t.is_document)`,
    alias: "cs",
  },
  {
    name: "product",
    about: "documents",
    needs: ["line", "elsewhere"],
    query: (scope, connectionId) => sql`(
      select distinct on (l.id) l.id, pr.id as record_id, pr.reference, ${isStuck("p")} as stuck, lc.choice, e.tenant_name as elsewhere,
        case when lo.id is not null then coalesce(lo.candidates -> 0 ->> 'name', '') end as perhaps
      from (select distinct id, product_id from line where product_id is not null) l
      join products pr on pr.client_id = ${scope.clientId} and pr.id = l.product_id
      left join external_refs r on r.connection_id = ${connectionId} and r.family = 'product' and r.record_id = pr.id
      left join postings p on p.connection_id = ${connectionId} and p.record_id = pr.id and p.current and p.kind = 'product'
      left join link_choices lc on lc.connection_id = ${connectionId} and lc.family = 'product' and lc.record_id = pr.id
      left join link_offers lo on lo.connection_id = ${connectionId} and lo.family = 'product' and lo.record_id = pr.id and lo.state = 'open'
      left join elsewhere e on e.family = 'product' and e.record_id = pr.id
      where r.id is null and (select 'product' = any (cn.takes) from connections cn where cn.id = ${connectionId})
      order by l.id, lo.id is not null desc, (lc.choice = 'cleared') desc nulls last, (e.tenant_name is not null and lc.choice is null) desc, ${isStuck("p")} desc nulls last,
        pr.reference)`,
    alias: "ps",
  },
  {
    name: "stock",
    about: "documents",
    needs: ["line"],
    query: (scope) => sql`(
      select distinct on (l.id) l.id, l.position, l.nominal_code as code, n.name
      from line l join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
      where l.only_stock order by l.id, l.position)`,
    alias: "sf",
  },
  {
    name: "nominal",
    about: "documents",
    needs: ["line", "mapped"],
    query: (scope) => sql`(
      select distinct on (l.id) l.id, l.position, l.nominal_code as code, m.fault, m.target_name, n.name
      from line l left join mapped m on m.kind = 'nominal' and m.source_code = l.nominal_code
      left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
      where m.source_code is null or m.fault is not null
      order by l.id, l.position)`,
    alias: "nf",
  },
  {
    name: "tax",
    about: "documents",
    needs: ["line", "mapped"],
    query: (scope) => sql`(
      select distinct on (l.id) l.id, l.position, l.tax_code as code, l.side, m.target_name, m.fault, m.charged, m.rate::numeric as rate,
        coalesce(${saidSideSql("c")}, 'both') = 'both' as of_both
      from line l left join mapped m on m.kind = 'tax' and m.source_code = l.tax_code and m.side = l.side
      left join tax_codes c on c.client_id = ${scope.clientId} and c.code = l.tax_code
      where m.source_code is null or m.fault is not null
      order by l.id, l.position)`,
    alias: "tf",
  },
  {
    // What the lines of one code carry against what the code charges on their net, to half a minor unit a line and one beside it
    // (`toleranceHalves` of lib/tax/charged.ts).
    name: "charge",
    about: "documents",
    needs: ["line"],
    query: (scope) => sql`(
      select distinct on (g.id) g.id, g.position, g.code, g.net, g.tax, g.charged, g.net * g.charged / 100 as expected, g.kind
      from (
        select l.id, l.tax_code as code, min(l.position) as position, sum(l.net_minor) as net, sum(l.tax_minor) as tax, count(*) as lines,
          c.kind, ${chargedSql("c")} as charged
        from line l join tax_codes c on c.client_id = ${scope.clientId} and c.code = l.tax_code
        group by l.id, l.tax_code, c.kind, c.rate
      ) g
      where abs(g.tax - g.net * g.charged / 100) * 2 > g.lines + 2
      order by g.id, g.position)`,
    alias: "ch",
  },
  {
    name: "pair",
    about: "documents",
    needs: ["line", "mapped"],
    query: () => sql`(
      select distinct on (l.id) l.id, l.position, b.nominal_code, b.tax_code, b.target_code, b.target_name
      from line l join (
        select n.source_code as nominal_code, x.source_code as tax_code, x.side, coalesce(n.target_code, n.target_name) as target_code, x.target_name
        from mapped n join mapped x on n.kind = 'nominal' and x.kind = 'tax' and n.fault is null and x.fault is null
        where n.target_class is not null and x.applies_to is not null and not n.target_class = any (x.applies_to)
        -- Codes are paired before lines are looked at.
        offset 0
      ) b on b.nominal_code = l.nominal_code and b.tax_code = l.tax_code and b.side = l.side
      order by l.id, l.position)`,
    alias: "pf",
  },
  {
    // Documents of one number first and by themselves: joined with postings in one go, a client's documents were all paired before
    // their numbers were looked at, 4,000 squared.
    name: "duplicate",
    about: "documents",
    needs: [],
    query: (scope, connectionId) => sql`(
      with same_number as materialized (
        select d.id, d.number, d.kind, d.contact_id, d.created_at, o.id as other_id, o.reference as other_reference,
          o.contact_id as other_contact_id, o.created_at as other_created_at,
          -- Somebody, or the operational system's own ids, said that they are two.
          coalesce(d.again_of = coalesce(o.again_of, o.reference) or o.again_of = d.reference or d.source_id <> o.source_id, false) as told_apart
        from documents d join documents o
          on o.client_id = d.client_id and o.number_folded collate "C" = d.number_folded collate "C" and o.kind = d.kind and o.id <> d.id
        where d.client_id = ${scope.clientId} and o.client_id = ${scope.clientId} and o.status = 'open' and d.status = 'open'
          and d.id in (select record_id from target where is_document)
      )
      select distinct on (t.id) t.id, d.number, d.other_reference as reference,
        coalesce(q.external_id, (select r.external_id from external_refs r
          where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.other_id)) as external_id
      from target t join same_number d on d.id = t.record_id
      join postings q on q.connection_id = ${connectionId} and q.record_id = d.other_id and q.kind = d.kind and q.current
      where t.is_document and q.aside is null
        -- A bill's number is its supplier's own.
        and (d.kind in ('sales-invoice', 'sales-credit-note') or (d.other_contact_id = d.contact_id and not d.told_apart))
        and (q.state in ('queued', 'sending', 'unknown', 'waiting', 'posted', 'confirmed', 'drifted', 'skipped')
          or (d.other_created_at, d.other_id) < (d.created_at, d.id))
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id)
        and not (t.state = 'queued' and q.state in ('queued', 'pending', 'held') and (d.created_at, d.id) < (d.other_created_at, d.other_id))
      order by t.id, d.other_created_at, d.other_id)`,
    alias: "dn",
  },
  {
    name: "asked",
    about: "documents",
    needs: [],
    query: (_scope, connectionId) => sql`(
      select t.id, m.candidates -> 0 ->> 'number' as number, m.candidates -> 0 ->> 'company' as company
      from target t join match_questions m
        on m.connection_id = ${connectionId} and m.record_id = t.record_id and m.state in ('open', 'skipped'))`,
    alias: "aq",
  },
  {
    name: "sums",
    about: "documents",
    needs: ["line"],
    query: () => sql`(select id, sum(net_minor) as net, sum(tax_minor) as tax from line group by id)`,
    alias: "s",
  },
  textFact(
    "contact-text",
    "parties",
    "xc",
    (scope) => sql`from target t join contacts c on c.client_id = ${scope.clientId} and c.id = t.record_id
      where t.kind in ('customer', 'supplier')`,
    ({ fields, name }) =>
      textFault(fields, name, [
        { rule: "contact.name", text: sql`c.name`, field: sql`'name'` },
        { rule: "contact.reference", text: sql`c.reference`, field: sql`'reference'` },
        { rule: "contact.email", text: sql`c.email`, field: sql`'email'` },
        { rule: "contact.taxNumber", text: sql`c.tax_number`, field: sql`'taxNumber'` },
      ]),
  ),
  textFact(
    "product-text",
    "parties",
    "xp",
    (scope) =>
      sql`from target t join products pr on pr.client_id = ${scope.clientId} and pr.id = t.record_id where t.kind = 'product'`,
    ({ fields, name }) =>
      textFault(fields, name, [
        { rule: "product.reference", text: sql`pr.reference`, field: sql`'reference'` },
        { rule: "product.name", text: sql`pr.name`, field: sql`'name'` },
        { rule: "product.description", text: sql`coalesce(pr.description, pr.name)`, field: sql`'description'` },
      ]),
  ),
  textFact(
    "number-text",
    "documents",
    "xd",
    (scope) => sql`from target t join documents d on d.client_id = ${scope.clientId} and d.id = t.record_id where t.is_document`,
    ({ fields, name }) => textFault(fields, name, [{ rule: "document.number", text: sql`d.number`, field: sql`'number'` }]),
  ),
  textFact(
    "line-text",
    "documents",
    "xl",
    (scope) => sql`from target t join document_lines l
        on l.client_id = ${scope.clientId} and l.document_id = t.record_id and l.revision = t.revision
      left join products pr on pr.client_id = ${scope.clientId} and pr.id = l.product_id
      where t.is_document`,
    ({ fields, name }) =>
      lineFault(fields, name, sql`pr.reference`, sql`(select cn.settings ->> 'lines' = 'summarised' from cn)`),
    sql`l.position`,
  ),
  textFact(
    "payment-text",
    "payments",
    "xy",
    (scope) =>
      sql`from target t join payments y on y.client_id = ${scope.clientId} and y.id = t.record_id where t.kind = 'payment'`,
    ({ fields, name }) =>
      textFault(fields, name, [
        { rule: "payment.reference", text: underReference(sql`y.record_reference`, sql`y.reference`), field: sql`'reference'` },
      ]),
  ),
  textFact(
    "journal-text",
    "journals",
    "xj",
    (scope) => sql`from target t join journals j on j.client_id = ${scope.clientId} and j.id = t.record_id
      left join journal_lines l on l.client_id = ${scope.clientId} and l.journal_id = j.id and l.revision = t.revision
      where t.kind = 'journal'`,
    ({ fields, name }) =>
      textFault(fields, name, [
        { rule: "journal.narration", text: underReference(sql`j.reference`, sql`j.narration`), field: sql`'narration'` },
        { rule: "leg.description", text: sql`l.description`, field: sql`'lines[' || (l.position - 1) || '].description'` },
      ]),
    sql`l.position`,
  ),
  {
    name: "payment",
    about: "payments",
    needs: ["mapped"],
    query: (scope, connectionId) => sql`(
      with paid as materialized (
        select a.payment_id, d.id, d.number, d.status, d.paid_minor > d.gross_minor as is_overpaid, r.id is not null as is_linked,
          ${isDraftThere(connectionId, sql`d.id`)} as is_draft, ${isStuck("q")} as is_stuck,
          ${kindLabel(sql`d.kind`)} || ' ' || d.number as called
        from target t join allocations a on a.payment_id = t.record_id
        join documents d on d.client_id = ${scope.clientId} and d.id = a.document_id
        left join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
        left join postings q on q.connection_id = ${connectionId} and q.record_id = d.id and q.current
        where t.kind = 'payment'
      )
      select t.id, y.kind in ('receipt', 'sales-refund') and c.terms = 'account' as by_account_customer,
        c.reference as contact_reference, c.name as contact_name, y.bank_nominal_code, m.source_code is not null as is_mapped, m.fault, m.target_name,
        d.id as document_id, d.number, d.status as document_status, d.called, d.is_draft, d.is_overpaid, d.is_linked, d.is_stuck
      from target t join payments y on y.client_id = ${scope.clientId} and y.id = t.record_id
      left join contacts c on c.client_id = ${scope.clientId} and c.id = y.contact_id
      left join paid d on d.payment_id = y.id
      left join mapped m on m.kind = 'bank' and m.source_code = y.bank_nominal_code
      where t.kind = 'payment')`,
    alias: "pay",
  },
  {
    name: "allocation",
    about: "allocations",
    needs: [],
    query: (_scope, connectionId) => sql`(
      select distinct on (t.id) t.id, d.number, d.called, d.is_draft, d.is_missing
      from target t cross join lateral (
        select d.number, ${kindLabel(sql`d.kind`)} || ' ' || d.number as called, ${isDraftThere(connectionId, sql`d.id`)} as is_draft,
          r.id is null and ${isStuck("q")} as is_missing
        from ${neededBy(sql`t.record_id`)} n join documents d on d.id = n.id
        left join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
        left join postings q on q.connection_id = ${connectionId} and q.record_id = d.id and q.current
      ) d
      where t.kind = 'allocation' order by t.id, d.is_missing desc, d.is_draft desc, d.number)`,
    alias: "alo",
  },
  {
    name: "leg",
    about: "journals",
    needs: ["mapped"],
    query: (scope) => sql`(
      select t.id, l.position, l.nominal_code, l.amount_minor, n.name, n.kind, m.source_code is not null as is_mapped, m.fault, m.target_name
      from target t join journal_lines l on l.client_id = ${scope.clientId} and l.journal_id = t.record_id and l.revision = t.revision
      left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = l.nominal_code
      left join mapped m on m.kind = 'nominal' and m.source_code = l.nominal_code
      where t.kind = 'journal')`,
    alias: null,
  },
  {
    name: "bad-leg",
    about: "journals",
    needs: ["leg"],
    query: () => sql`(
      select distinct on (id) * from leg where kind in ('stock', 'cost-of-sale', 'control') or not is_mapped or fault is not null
      order by id, (coalesce(kind, 'other') in ('stock', 'cost-of-sale', 'control')) desc, position)`,
    alias: "bl",
  },
  {
    name: "legs",
    about: "journals",
    needs: ["leg"],
    query: () => sql`(select id, count(*) as n, sum(amount_minor) as total from leg group by id)`,
    alias: "ls",
  },
];
