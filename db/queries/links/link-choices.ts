import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/export/corrections.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/model/states.ts";

/** The current posting of a customer, supplier or product, with its link. */
export interface LinkedParty {
  readonly id: string;
  readonly connectionId: string;
  readonly kind: RecordKind;
  readonly family: "contact" | "product";
  readonly recordId: string;
  readonly reference: string;
  readonly party: string;
  readonly state: PostingState;
  readonly externalId: string | null;
  /** A run has it before it, or the package holds it half done. */
  readonly chosen: boolean;
}

/** One customer, supplier or product by its posting, locked until the transaction ends; null where it is none. */
export async function lockParty(db: ScopedDb, scope: ClientScope, postingId: string): Promise<LinkedParty | null> {
  const { rows } = await db.execute<{
    id: string;
    connection_id: string;
    kind: RecordKind;
    family: "contact" | "product";
    record_id: string;
    reference: string;
    party: string;
    state: PostingState;
    external_id: string | null;
    chosen: boolean;
  }>(sql`
    select p.id, p.connection_id, p.kind, f.family, p.record_id, p.reference, p.party, p.state,
      (select r.external_id from external_refs r where r.connection_id = p.connection_id and r.family = f.family and r.record_id = p.record_id) as external_id,
      p.continued or exists (select from run_members m where m.posting_id = p.id and m.outcome is null) as chosen
    from postings p cross join lateral (select case when p.kind = 'product' then 'product' else 'contact' end as family) f
    where p.client_id = ${scope.clientId} and p.id = ${postingId} and p.current and p.kind in ('customer', 'supplier', 'product')
    for update of p`);
  const row = rows[0];
  return row
    ? {
        id: row.id,
        connectionId: row.connection_id,
        kind: row.kind,
        family: row.family,
        recordId: row.record_id,
        reference: row.reference,
        party: row.party,
        state: row.state,
        externalId: row.external_id,
        chosen: row.chosen,
      }
    : null;
}

/**
 * Ends a link on a person's word and keeps what it was. A record that stood as exported waits in Error Feedback from then on; the rows
 * that name it are judged by whoever calls.
 */
export async function endLink(db: ScopedDb, scope: ClientScope, party: LinkedParty): Promise<void> {
  await db.execute(sql`
    delete from external_refs where client_id = ${scope.clientId} and connection_id = ${party.connectionId} and family = ${party.family}
      and record_id = ${party.recordId}`);
  // Whether a merge there moves the link is asked no more.
  await db.execute(sql`
    delete from link_offers where client_id = ${scope.clientId} and connection_id = ${party.connectionId} and family = ${party.family}
      and record_id = ${party.recordId} and what = 'merge' and state = 'open'`);
  await db.execute(sql`
    insert into link_choices (client_id, connection_id, family, record_id, choice, external_id, actor)
    values (${scope.clientId}, ${party.connectionId}, ${party.family}, ${party.recordId}, 'cleared', ${party.externalId}, ${scope.actor.label})
    on conflict (connection_id, family, record_id) do update set choice = 'cleared', external_id = excluded.external_id, actor = excluded.actor,
      at = app.now()`);
  const theirs = (await nameThere(db, party)) ?? "one that is not on the list yet";
  await noteCorrections(db, scope, [
    { postingId: party.id, what: "unlinked", differences: [], note: `It was linked to ${theirs}.` },
  ]);
  const mine = sql`client_id = ${scope.clientId} and id = ${party.id}`;
  await db.execute(
    sql`update postings set state = 'drifted', changed_at = app.now() where ${mine} and state in ('posted', 'confirmed')`,
  );
  await db.execute(sql`
    update postings set state = 'queued', generation = generation + 1, run_id = null, external_id = null, differences = null, exported_at = null,
      exported_how = null, exported_by = null, confirmed_at = null, drift_accepted_at = null, drift_accepted_by = null, tries = 0, retry_at = null,
      changed_at = app.now()
    where ${mine} and state = 'drifted'`);
  await db.execute(sql`
    update postings set state = 'held', error_code = 'mapping.link-cleared', error_detail = '{}'::jsonb where ${mine} and state = 'queued'`);
}

/** What the package's own list calls what a party is linked to; null where it was not read yet. */
async function nameThere(db: ScopedDb, party: LinkedParty): Promise<string | null> {
  const { rows } = await db.execute<{ name: string }>(
    party.family === "contact"
      ? sql`select name from package_contacts where connection_id = ${party.connectionId} and external_id = ${party.externalId}`
      : sql`select coalesce(nullif(name, ''), code) as name from package_products where connection_id = ${party.connectionId} and external_id = ${party.externalId}`,
  );
  return rows[0]?.name ?? null;
}

/** Queued rows that a cleared link blocks by now are held before anything of them leaves. @returns how many */
export async function holdUnlinked(db: ScopedDb, scope: ClientScope): Promise<number> {
  const held = await db.execute(sql`
    update postings set state = 'held', error_code = precheck_code, error_detail = precheck_detail, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'queued' and not continued
      and precheck = 'blocked' and precheck_code = 'mapping.link-cleared'`);
  return held.rowCount ?? 0;
}

/** A customer, supplier or product that has no link and may get one by being created: its link was cleared, or is in another organisation. */
export interface Creatable {
  readonly id: string;
  readonly connectionId: string;
  readonly family: "contact" | "product";
  readonly recordId: string;
  readonly name: string;
  readonly state: PostingState;
}

/** Those among the chosen rows' own records, and among what their documents name; locked until the transaction ends. */
export async function listCreatable(db: ScopedDb, scope: ClientScope, chosen: SQL, most: number): Promise<Creatable[]> {
  const { rows } = await db.execute<{
    id: string;
    connection_id: string;
    family: "contact" | "product";
    record_id: string;
    name: string;
    state: PostingState;
  }>(sql`
    with rows as materialized (
      select kind, record_id, revision from postings where client_id = ${scope.clientId} and current and (${chosen})
    ), named as (
      select record_id as id from rows where kind in ('customer', 'supplier', 'product')
      union select d.contact_id from rows join documents d on d.id = rows.record_id
      union select l.product_id from rows join document_lines l on l.document_id = rows.record_id and l.revision = rows.revision
        where l.product_id is not null
    )
    select p.id, p.connection_id, case when p.kind = 'product' then 'product' else 'contact' end as family, p.record_id, p.state,
      case when p.kind = 'product' then p.reference else p.party end as name
    from named join postings p on p.record_id = named.id and p.client_id = ${scope.clientId} and p.current
      and p.kind in ('customer', 'supplier', 'product')
    where p.state in ('pending', 'held', 'rejected', 'dead') and (p.state <> 'pending' or p.aside is null)
      and not exists (select from run_members m where m.posting_id = p.id and m.outcome is null)
      and not exists (select from external_refs r where r.connection_id = p.connection_id and r.family in ('contact', 'product')
        and r.record_id = p.record_id)
      and (exists (select from link_choices lc where lc.connection_id = p.connection_id and lc.record_id = p.record_id and lc.choice = 'cleared')
        or p.precheck_code = 'mapping.linked-elsewhere')
    order by name, p.id limit ${most} for update of p`);
  return rows.map(({ connection_id, record_id, ...row }) => ({ ...row, connectionId: connection_id, recordId: record_id }));
}

/** Remembers that these are to be created in this organisation. */
export async function saveCreate(db: ScopedDb, scope: ClientScope, parties: readonly Creatable[]): Promise<void> {
  await db.execute(sql`
    insert into link_choices (client_id, connection_id, family, record_id, choice, actor)
    select ${scope.clientId}, r.connection_id, r.family, r.record_id, 'create', ${scope.actor.label}
    from jsonb_to_recordset(${JSON.stringify(
      parties.map((one) => ({ connection_id: one.connectionId, family: one.family, record_id: one.recordId })),
    )}::jsonb) as r(connection_id uuid, family text, record_id uuid)
    on conflict (connection_id, family, record_id) do update set choice = 'create', actor = excluded.actor, at = app.now()`);
}
