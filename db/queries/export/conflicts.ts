import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";

/** A record that stands in another's way: of ours, of the package's, or of both where the two are linked. Plain data. */
export interface Conflict {
  readonly kind: RecordKind;
  /** Its number or name, as far as it is known. */
  readonly name: string | null;
  /** Of ours; null where none is linked to it. */
  readonly recordId: string | null;
  /** The package's id; null where it is not there, or not known. */
  readonly externalId: string | null;
  /** Where a person is asked whether it is ours: the question. */
  readonly offerId?: string;
}

/** A row of `postings` with what stops it. */
export interface Stopped {
  readonly id: string;
  readonly code: string;
  readonly state: string;
  readonly detail: SyncErrorDetail | null;
}

const PAYMENT_OF = ["rule.payment-on-draft", "package.payment-too-large", "source.document-void"];
/** What names another record, beside a conflict, which names the package's own ids. */
const NAMES_ANOTHER = new Set([
  "source.already-in-package",
  "source.perhaps-in-package",
  "source.duplicate-number",
  "source.dependency-missing",
  "mapping.entity-unlinked",
  "mapping.perhaps-there",
  "mapping.link-cleared",
  "mapping.linked-elsewhere",
  ...PAYMENT_OF,
]);

/** Where a conflict's record is one of many contacts of one name, so many are named. */
const MOST = 10;

/**
 * The records that stand in these rows' way (N26), each with its page here and its id in the package as far as they are known: looked up
 * when they are shown, so that one that was linked or deleted since is not shown as it was.
 */
export async function findConflicts(
  db: ScopedDb,
  scope: ClientScope,
  rows: readonly Stopped[],
): Promise<ReadonlyMap<string, readonly Conflict[]>> {
  const asked = rows
    .filter((row) => row.state === "conflict" || row.detail?.externalId !== undefined || NAMES_ANOTHER.has(row.code))
    .map(({ id, code, state, detail }) => ({
      id,
      code,
      value: detail?.value ?? null,
      subject: detail?.subject ?? null,
      field: detail?.field ?? "",
      party_id: detail?.recordId ?? null,
      externals: [
        ...(state === "conflict" ? (detail?.candidates ?? []) : []),
        ...(detail?.externalId ? [detail.externalId] : []),
      ],
    }));
  if (asked.length === 0) return new Map();
  const found = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string | null;
    external_id: string | null;
    name: string | null;
    own_id: string;
    offer_id: string | null;
  }>(sql`
    with asked as materialized (
      select a.*, p.kind, p.record_id, p.connection_id, p.reference, p.party
      from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (id uuid, code text, value text, subject text, field text, party_id uuid, externals text[])
      join postings p on p.id = a.id and p.client_id = ${scope.clientId}
    ), found (id, kind, other_id, external_id, name, offer_id) as (
      select a.id, case o.family when 'product' then 'product' when 'contact' then case when a.kind in ('bill', 'supplier-credit-note', 'supplier') then 'supplier' else 'customer' end end,
        null::uuid, c ->> 'externalId', c ->> 'name', o.id
      from asked a join link_offers o on o.connection_id = a.connection_id and o.record_id = coalesce(a.party_id, a.record_id) and o.state = 'open'
      cross join jsonb_array_elements(o.candidates) c where a.code in ('mapping.perhaps-there', 'mapping.entity-unlinked')
      union all
      select a.id, a.kind, null::uuid as other_id, e as external_id, null::text as name, null::uuid from asked a cross join unnest(a.externals) e
      union all
      select a.id, a.kind, null, c ->> 'externalId', c ->> 'number', null
      from asked a join match_questions m on m.connection_id = a.connection_id and m.record_id = a.record_id and m.state in ('open', 'skipped')
      cross join jsonb_array_elements(m.candidates) c where a.code = 'source.perhaps-in-package'
      union all
      select a.id, a.kind, o.id, null, o.number, null
      from asked a join documents o on o.client_id = ${scope.clientId} and o.kind = a.kind and o.reference = a.subject
        and o.number_folded collate "C" = lower(a.value) collate "C" and o.id <> a.record_id
      where a.code = 'source.already-in-package' and cardinality(a.externals) = 0
      union all
      select a.id, a.kind, null, k.external_id, k.number, null
      from asked a join package_documents k on k.connection_id = a.connection_id and k.kind = a.kind and lower(k.number) = lower(a.reference)
        and k.status <> 'void' where a.code = 'source.duplicate-number' and cardinality(a.externals) = 0
      union all
      select a.id, a.kind, null, k.external_id, k.name, null
      from asked a join package_contacts k on k.connection_id = a.connection_id and k.status <> 'merged'
        and (lower(k.name) = lower(coalesce(a.value, a.party)) or k.number = a.reference)
      where a.code = 'mapping.entity-unlinked' and not exists (
          select from link_offers o where o.connection_id = a.connection_id and o.record_id = a.record_id and o.state = 'open') and a.kind in ('customer', 'supplier') and cardinality(a.externals) = 0
      union all
      select a.id, d.kind, d.id, null, d.number, null
      from asked a join allocations l on l.payment_id = a.record_id join documents d on d.client_id = ${scope.clientId} and d.id = l.document_id
      where a.kind = 'payment' and d.number = a.value
        and (a.field = 'document' or a.code in (${sql.join(
          PAYMENT_OF.map((code) => sql`${code}`),
          sql`, `,
        )}))
      union all
      select a.id, case when a.kind in ('bill', 'supplier-credit-note') then 'supplier' else 'customer' end, c.id, null, c.name, null
      from asked a join documents d on d.client_id = ${scope.clientId} and d.id = a.record_id join contacts c on c.id = d.contact_id
      where a.code in ('source.dependency-missing', 'mapping.link-cleared', 'mapping.linked-elsewhere') and a.field = 'contact'
      union all
      select a.id, 'product', r.id, null, r.reference, null
      from asked a join products r on r.client_id = ${scope.clientId} and lower(r.reference) = lower(a.value)
      where a.code in ('source.dependency-missing', 'mapping.link-cleared', 'mapping.linked-elsewhere') and a.field like '%product%'
    )
    select distinct f.id, coalesce(q.kind, f.kind) as kind, coalesce(f.other_id, r.record_id) as record_id, coalesce(f.external_id, x.external_id) as external_id,
      coalesce(case when f.offer_id is null then q.reference end, f.name) as name, a.record_id as own_id, f.offer_id
    from found f join asked a on a.id = f.id
    left join external_refs r on r.connection_id = a.connection_id and r.external_id = f.external_id
      and r.family = case when f.kind in ('customer', 'supplier') then 'contact' when f.kind in ('product', 'payment', 'journal', 'allocation', 'helper') then f.kind else 'document' end
    left join external_refs x on x.connection_id = a.connection_id and x.record_id = f.other_id
    left join lateral (select q.kind, q.reference from postings q where q.connection_id = a.connection_id
      and q.record_id = coalesce(f.other_id, r.record_id) and q.current order by q.kind = f.kind desc limit 1) q on true
    order by 1, 5, 4`);
  const byRow = new Map<string, Conflict[]>();
  for (const row of found.rows) {
    const own = byRow.get(row.id) ?? [];
    if (own.length >= MOST) continue;
    // A change that stands apart from what was sent names the record's own id: its page here is the one that is open.
    const recordId = row.record_id === row.own_id ? null : row.record_id;
    if (recordId === null && row.external_id === null) continue;
    byRow.set(row.id, [
      ...own,
      {
        kind: row.kind,
        name: row.name,
        recordId,
        externalId: row.external_id,
        ...(row.offer_id === null ? {} : { offerId: row.offer_id }),
      },
    ]);
  }
  return byRow;
}
