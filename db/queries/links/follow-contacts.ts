import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { readAsOfSql } from "#db/queries/connections/list-reads.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { CorrectionKind } from "#db/schema/work.ts";
import { bare, survivorsOf } from "./contact-merges.ts";

/** What the package did to a contact that one of ours is linked to. */
export interface Followed {
  readonly postingId: string;
  readonly what: CorrectionKind;
  readonly differences: readonly Difference[];
  readonly note: string;
}

/**
 * Follows what the package's own list says of linked contacts. One that was merged there: the link goes to the survivor where both are
 * called alike, their tax numbers do not differ and no other of ours has it; else a person is asked, once. Renamed or archived: noted.
 * @returns what is to be told, and how many questions are new
 */
export async function followContacts(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<{ followed: Followed[]; asked: number }> {
  const merged = await db.execute<{
    posting_id: string | null;
    own: string;
    before: string;
    after: string;
    follows: boolean;
    n: number;
  }>(sql`
    with recursive ${survivorsOf(
      connectionId,
      sql`select external_id from package_contacts where connection_id = ${connectionId} and status = 'merged' and merged_into is not null`,
    )},
    gone as materialized (
      select r.id as ref_id, r.client_id, r.record_id, r.entity, c.name as own, k.name as before, s.name as after, s.external_id, s.number, s.email,
        s.tax_number, s.status, p.id as posting_id,
        app.party_key(s.name) in (app.party_key(k.name), app.party_key(c.name)) as alike,
        ${bare(sql`k.tax_number`)} <> ${bare(sql`s.tax_number`)} as other_tax,
        exists (select from external_refs o where o.connection_id = r.connection_id and o.family = 'contact' and o.external_id = s.external_id
          and o.entity = r.entity) as is_taken,
        row_number() over (partition by s.external_id, r.entity order by r.id) > 1 as is_second
      from survivors v join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.external_id = v.found
      join package_contacts k on k.connection_id = ${connectionId} and k.external_id = v.found
      join package_contacts s on s.connection_id = ${connectionId} and s.external_id = v.id
      join contacts c on c.id = r.record_id
      left join postings p on p.connection_id = ${connectionId} and p.record_id = r.record_id and p.current and p.kind in ('customer', 'supplier')
      where r.client_id = ${scope.clientId}
    ),
    judged as (select g.*, alike and other_tax is not true and not is_taken and not is_second as follows from gone g),
    moved as (
      update external_refs r set external_id = j.external_id, version = null, linked_at = app.now() from judged j where j.follows and r.id = j.ref_id
      returning r.record_id
    ),
    known as (
      update postings p set external_id = j.external_id from judged j where j.follows and p.id = j.posting_id and p.external_id is not null returning 1
    ),
    asked as (
      insert into link_offers as l (client_id, connection_id, family, record_id, what, sure, candidates)
      select client_id, ${connectionId}, 'contact', record_id, 'merge', false, jsonb_build_array(jsonb_build_object('externalId', external_id,
        'name', after, 'number', number, 'email', email, 'taxNumber', tax_number, 'status', status,
        'reasons', case when alike then '["name-alike"]'::jsonb else '[]' end, 'weight', 0,
        'doubts', to_jsonb(array_remove(array[case when not alike then 'merged' end, case when other_tax then 'tax-number' end,
          case when is_taken or is_second then 'taken' end], null))))
      from judged where not follows
      on conflict (connection_id, family, record_id) do update set what = 'merge', state = 'open', sure = false, candidates = excluded.candidates,
        external_id = null, answered_by = null, answered_at = null
      where l.what <> 'merge' or l.state <> 'open' or l.candidates <> excluded.candidates
      returning 1
    )
    select j.posting_id, j.own, j.before, j.after, j.follows, (select count(*) from asked)::int as n,
      (select count(*) from moved) + (select count(*) from known) as written from judged j`);
  const changed = await db.execute<{
    posting_id: string;
    before: string | null;
    name: string;
    status_before: string | null;
    status: string;
  }>(sql`
    with told as (
      select k.connection_id, k.external_id, k.name, k.name_before, k.status, k.status_before from package_contacts k
      where k.connection_id = ${connectionId} and (k.name_before is not null or k.status_before is not null)
    ), cleared as (
      update package_contacts k set name_before = null, status_before = null from told t
      where k.connection_id = t.connection_id and k.external_id = t.external_id
    )
    select p.id as posting_id, t.name_before as before, t.name, t.status_before, t.status
    from told t join external_refs r on r.client_id = ${scope.clientId} and r.connection_id = t.connection_id and r.family = 'contact' and r.external_id = t.external_id
    join postings p on p.connection_id = t.connection_id and p.record_id = r.record_id and p.current and p.kind in ('customer', 'supplier')`);
  const followed: Followed[] = merged.rows.flatMap((row) =>
    row.follows && row.posting_id !== null
      ? [
          {
            postingId: row.posting_id,
            what: "merged-there" as const,
            differences: row.before === row.after ? [] : [{ field: "Name", ours: row.before, theirs: row.after }],
            note: `${row.before} was merged into ${row.after} there. Its next documents are posted to ${row.after}.`,
          },
        ]
      : [],
  );
  for (const row of changed.rows) {
    if (row.before !== null && row.before !== row.name) {
      followed.push({
        postingId: row.posting_id,
        what: "renamed-there",
        differences: [{ field: "Name", ours: row.before, theirs: row.name }],
        note: "The link is by id, so it still works.",
      });
    }
    if (row.status_before !== null && row.status_before !== row.status && row.status !== "merged") {
      followed.push({
        postingId: row.posting_id,
        what: row.status === "archived" ? "archived-there" : "restored-there",
        differences: [],
        note: row.status === "archived" ? `${row.name} can have no new documents there until it is restored.` : "",
      });
    }
  }
  return { followed, asked: merged.rows[0]?.n ?? 0 };
}

/** A contact of the package by its id: its name, ours where its own list does not hold it yet, and the one that it was merged into. */
export async function contactNames(
  db: ScopedDb,
  connectionId: string,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly name: string; readonly survivor: string }>> {
  const { rows } = await db.execute<{ external_id: string; name: string | null; survivor: string }>(sql`
    with recursive ${survivorsOf(connectionId, sql`select * from unnest(${array([...new Set(externalIds)], "text")})`)}
    select v.found as external_id, v.id as survivor, coalesce(k.name, (
      select c.name from external_refs r join contacts c on c.id = r.record_id
      where r.connection_id = ${connectionId} and r.family = 'contact' and r.external_id = v.found limit 1)) as name
    from survivors v left join package_contacts k on k.connection_id = ${connectionId} and k.external_id = v.found`);
  return new Map(
    rows.flatMap((row) => (row.name === null ? [] : [[row.external_id, { name: row.name, survivor: row.survivor }] as const])),
  );
}

/** Whether the package's contacts were read before, and some of ours are linked: then a change there may matter to what goes next. */
export async function hasReadContacts(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from connections c where c.id = ${connectionId} and c.client_id = ${scope.clientId} and ${readAsOfSql(sql`c.id`, "contacts")} is not null
      and exists (select from external_refs r where r.connection_id = c.id and r.family = 'contact')`);
  return (found.rowCount ?? 0) > 0;
}
