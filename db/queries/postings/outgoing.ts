import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { inIndexOrder } from "#db/queries/common/bulk.ts";
import { documentSideSql, saidSideSql } from "#db/queries/common/tax-sql.ts";
import { waitsForOffer } from "#db/queries/links/link-offers.ts";
import { isPartyOf } from "#db/queries/links/party-links.ts";
import { HELPER_FIELD, helperUnderWay } from "#db/queries/mapping/helpers.ts";
import { resolvedMappingSql } from "#db/queries/mapping/mapping.ts";
import { hasOnlyStock, postedNominal, stockJoins } from "#db/queries/mapping/posted-nominal.ts";
import type { OutgoingContact, OutgoingDocument, OutgoingLine, OutgoingProduct, RecordKind } from "#lib/common/records.ts";
import { DOCUMENT_KINDS, isDocumentKind, sideOf } from "#lib/common/records.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { MappingFault } from "#lib/mapping/resolve.ts";
import { faultCode } from "#lib/model/fault-codes.ts";
import type { LockChoice } from "#lib/model/lock-policy.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { taxByOf } from "#lib/tax/reckoned.ts";
import { allocationMayGo } from "./outgoing-allocations.ts";
import { paymentMayGo } from "./outgoing-money.ts";

/** A queued posting, locked for this transaction. */
export interface ClaimedPosting {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly revision: number;
  readonly generation: number;
  readonly maybeSent: boolean;
  /** How often in a row it could not be sent. */
  readonly tries: number;
  /** The package's id of the record, where it holds one. */
  readonly externalId: string | null;
  /** Void or deleted in the operational system. */
  readonly voided: boolean;
  /** What a person chose for it while its date is locked. */
  readonly lockChoice?: LockChoice | null;
}

/** A posting's own columns that a claim reads. */
export interface ClaimedRow extends Record<string, unknown> {
  readonly id: string;
  readonly kind: RecordKind;
  readonly record_id: string;
  readonly revision: number;
  readonly generation: number;
  readonly maybe_sent: boolean;
  readonly tries: number;
  readonly external_id: string | null;
}

/** A claimed row, as one that is not void. */
export function claimedOf(row: ClaimedRow): ClaimedPosting {
  return {
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    revision: row.revision,
    generation: row.generation,
    maybeSent: row.maybe_sent,
    tries: row.tries,
    externalId: row.external_id,
    voided: false,
  };
}

/** Most lines in one call: 40 documents of ordinary length fit, and a call of long ones stays below every package's request size. */
const MAX_LINES = 4_000;

/** The family under which the package's id of a posting's record is kept. */
const FAMILY = sql.raw(
  "case when postings.kind in ('customer', 'supplier') then 'contact' when postings.kind in ('product', 'payment', 'journal', 'allocation', 'helper') then postings.kind else 'document' end",
);

/** Void in the operational system: ending what is there needs no customer, product or mapping. */
const isVoid = sql`coalesce((
  select coalesce(o.status, d.status) = 'void' from documents d
  left join document_revisions o on o.document_id = d.id and o.revision = postings.revision
  where d.id = postings.record_id limit 1), false)`;

/**
 * What of these kinds may go: documents whose customer or supplier, and every product, are in the package; payments of documents that
 * are; the rest always. Only what the kinds need is in the statement: planning it takes longer than running it.
 */
function dependenciesMet(connectionId: string, kinds: readonly RecordKind[]): SQL {
  // Each asked of one row by index, as `limit 1` makes sure: an `exists` may be answered for the whole table at once, lines by products.
  const documents = sql`(
    -- A contact that waited for an answer has documents that were not compared with the package's yet: they are sent only after that.
    (select c.offers_closed = c.offers_matched from connections c where c.id = ${connectionId})
    and (select true from documents d join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = d.contact_id
        and ${isPartyOf("r", sql`postings.kind`)}
      where d.id = postings.record_id and not ${waitsForOffer(connectionId, sql`d.contact_id`, "contact")} limit 1)
    and (select true from document_lines l join connections c on c.id = ${connectionId} and 'product' = any (c.takes)
      where l.document_id = postings.record_id and l.revision = postings.revision and l.product_id is not null
        and (select true from external_refs r where r.connection_id = ${connectionId} and r.family = 'product' and r.record_id = l.product_id limit 1) is null
      limit 1) is null
    -- What is made for sales lines is there first, or has failed: then the cause is said.
    and (postings.kind not in ('sales-invoice', 'sales-credit-note') or not ${helperUnderWay(connectionId)})
    or ${isVoid})`;
  const met = [
    ...(kinds.some((kind) => !isDocumentKind(kind) && kind !== "payment" && kind !== "allocation")
      ? [sql`(postings.kind in ('customer', 'supplier', 'product', 'journal', 'helper') and not ${isAsked(connectionId)})`]
      : []),
    ...(kinds.includes("payment") ? [paymentMayGo(connectionId)] : []),
    ...(kinds.includes("allocation") ? [allocationMayGo(connectionId)] : []),
    ...(kinds.some(isDocumentKind) ? [sql`(postings.kind in ${DOCUMENT_KINDS} and ${documents})`] : []),
  ];
  return sql`(${sql.join(met, sql` or `)})`;
}

/** A person is still to say which record of the package it is, or has said so and no read has seen it: it is neither made nor changed. */
const isAsked = (connectionId: string) => sql`coalesce((
  select true from link_offers o where o.connection_id = ${connectionId} and o.family = ${FAMILY} and o.record_id = postings.record_id
    and o.state in ('open', 'linked') limit 1), false)`;

/** The package holds the record already: it is changed by its id, never created a second time. */
const isLinked = (connectionId: string) => sql`coalesce((
  select true from external_refs r where r.connection_id = ${connectionId} and r.record_id = postings.record_id
    and r.family = ${FAMILY} limit 1), false)`;

/**
 * Locks the next queued rows of these kinds that may go now, oldest document first: new ones, or those that the package holds. Mere
 * looking locks nothing, so that it takes no row from another lane's call.
 */
export async function claimQueued(
  db: ScopedDb,
  _scope: ClientScope,
  connectionId: string,
  kinds: readonly RecordKind[],
  most: number,
  which: "new" | "held",
  how: "claim" | "look" = "claim",
): Promise<ClaimedPosting[]> {
  if (kinds.length === 0) return [];
  // Kind by kind along the index, until there are enough: sorted as a whole, all that waits would be looked at for each call.
  const rows = await inIndexOrder(db, () =>
    db.execute<ClaimedRow & { voided: boolean; lock_choice: LockChoice | null; lines: number }>(sql`
    select postings.id, postings.kind, postings.record_id, postings.revision, postings.generation, postings.maybe_sent, postings.tries,
      postings.lock_choice,
      (select r.external_id from external_refs r where r.connection_id = ${connectionId} and r.record_id = postings.record_id
        and r.family = ${FAMILY}) as external_id,
      ${kinds.some(isDocumentKind) ? isVoid : sql`false`} as voided,
      ${kinds.some(isDocumentKind) ? sql`(select count(*)::int from document_lines l where l.document_id = postings.record_id and l.revision = postings.revision)` : sql`0`} as lines
    from unnest(${sql.param([...kinds])}::text[]) as of(kind) cross join lateral (
      select postings.id, postings.kind, postings.record_id, postings.revision, postings.generation, postings.maybe_sent, postings.tries, postings.issued_on,
        postings.lock_choice
      from postings
      where postings.connection_id = ${connectionId} and postings.state = 'queued' and postings.current and postings.kind = of.kind
        and not postings.continued
        and (postings.retry_at is null or postings.retry_at <= app.now()) and ${dependenciesMet(connectionId, kinds)}
        and ${which === "held" ? sql`` : sql`not`} ${isLinked(connectionId)}
      order by postings.issued_on, postings.id limit ${most} ${how === "claim" ? sql`for update of postings skip locked` : sql``}
    ) postings
    order by postings.issued_on, postings.id limit ${most}`),
  );
  return withinLines(rows.rows.map((row) => ({ posting: wholeOf(row), lines: row.lines })));
}

const wholeOf = (row: ClaimedRow & { voided: boolean; lock_choice: LockChoice | null }): ClaimedPosting => ({
  ...claimedOf(row),
  voided: row.voided,
  lockChoice: row.lock_choice,
});

/** A row, and the lines of its document. */
interface RowOfLines {
  readonly posting: ClaimedPosting;
  readonly lines: number;
}

/** The first of these rows that one call has room for. */
export function withinLines(rows: readonly RowOfLines[]): ClaimedPosting[] {
  const first: ClaimedPosting[] = [];
  let lines = 0;
  for (const row of rows) {
    lines += row.lines;
    if (first.length > 0 && lines > MAX_LINES) break;
    first.push(row.posting);
  }
  return first;
}

/** These rows, whatever their state, in the order in which they would be sent; nothing is locked. */
export async function listRows(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  postingIds: readonly string[],
): Promise<RowOfLines[]> {
  const { rows } = await db.execute<ClaimedRow & { voided: boolean; lock_choice: LockChoice | null; lines: number }>(sql`
    select postings.id, postings.kind, postings.record_id, postings.revision, postings.generation, postings.maybe_sent,
      postings.tries, postings.lock_choice,
      (select r.external_id from external_refs r where r.connection_id = ${connectionId} and r.record_id = postings.record_id
        and r.family = ${FAMILY}) as external_id,
      ${isVoid} as voided,
      (select count(*)::int from document_lines l
        where l.document_id = postings.record_id and l.revision = postings.revision) as lines
    from postings
    where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and postings.current
      and postings.id = any (${sql.param([...postingIds])}::uuid[])
    order by postings.issued_on, postings.id`);
  return rows.map((row) => ({ posting: wholeOf(row), lines: row.lines }));
}

/** Keeps what is queued of these kinds and new to the package until a moment on the one clock, and says why in its row. */
export async function keepQueuedUntil(
  db: ScopedDb,
  _scope: ClientScope,
  connectionId: string,
  kinds: readonly RecordKind[],
  until: Date,
  why: SyncErrorCode,
): Promise<void> {
  await db.execute(sql`
    update postings set retry_at = ${until.toISOString()}, error_code = ${why}, error_detail = null, changed_at = app.now()
    where connection_id = ${connectionId} and state = 'queued' and current and kind = any (${sql.param([...kinds])}::text[])
      and (retry_at is null or retry_at < ${until.toISOString()}) and not ${isLinked(connectionId)}`);
}

export type Loaded<T> = { record: T } | { error: SyncError };

export async function loadContacts(
  db: ScopedDb,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingContact>>> {
  const found = new Map<string, Loaded<OutgoingContact>>();
  const rows = await db.execute<{ id: string; reference: string; name: string; email: string | null; tax_number: string | null }>(
    sql`select id, reference, name, email, tax_number from contacts where id = any (${ids(postings)})`,
  );
  for (const posting of postings) {
    const row = rows.rows.find((candidate) => candidate.id === posting.recordId);
    if (!row || (posting.kind !== "customer" && posting.kind !== "supplier")) continue;
    found.set(posting.id, {
      record: {
        kind: posting.kind,
        recordId: row.id,
        reference: row.reference,
        revision: posting.revision,
        name: row.name,
        email: row.email,
        ...(row.tax_number === null ? {} : { taxNumber: row.tax_number }),
      },
    });
  }
  return found;
}

export async function loadProducts(
  db: ScopedDb,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingProduct>>> {
  const found = new Map<string, Loaded<OutgoingProduct>>();
  const rows = await db.execute<{ id: string; reference: string; name: string; description: string | null }>(
    sql`select id, reference, name, description from products where id = any (${ids(postings)})`,
  );
  for (const posting of postings) {
    const row = rows.rows.find((candidate) => candidate.id === posting.recordId);
    if (!row || posting.kind !== "product") continue;
    found.set(posting.id, {
      record: {
        kind: "product",
        recordId: row.id,
        reference: row.reference,
        revision: posting.revision,
        name: row.name,
        description: row.description,
      },
    });
  }
  return found;
}

interface DocumentRow extends Record<string, unknown> {
  posting_id: string;
  document_id: string;
  number: string;
  contact_external_id: string | null;
  issued_on: string;
  due_on: string;
  currency: string;
  net_minor: string;
  tax_minor: string;
  gross_minor: string;
  status: "open" | "void";
}

interface LineRow extends Record<string, unknown> {
  document_id: string;
  position: number;
  description: string;
  quantity: string;
  unit_price: string;
  net_minor: string;
  tax_minor: string;
  nominal_code: string;
  only_stock: boolean;
  tax_code: string;
  product_reference: string | null;
  account_external_id: string | null;
  account_code: string | null;
  account_fault: string | null;
  item_name: string | null;
  item_external_id: string | null;
  tax_external_id: string | null;
  tax_rate: string | null;
  tax_there: string | null;
  tax_attributes: Readonly<Record<string, string>> | null;
  tax_fault: MappingFault | null;
  /** The code may stand on both sides. */
  tax_of_both: boolean;
}

const ACCOUNT_FAULTS: Readonly<Record<string, SyncErrorCode>> = {
  absent: "mapping.account-missing",
  archived: "mapping.target-archived",
  "no-code": "package.account-without-code",
  "wrong-type": "mapping.account-wrong-type",
};

/** Documents of the claimed revisions, with accounts and tax rates resolved; one whose mapping is missing answers with the error. */
export async function loadDocuments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  postings: readonly ClaimedPosting[],
  settings: {
    postAs: "authorised" | "draft";
    tax: "ours" | "theirs" | "by-line" | "either";
    onSales: "account" | "item";
    urlOf: (documentId: string) => string;
  },
): Promise<Map<string, Loaded<OutgoingDocument>>> {
  const postingIds = sql`array[${sql.join(
    postings.map((posting) => sql`${posting.id}::uuid`),
    sql`, `,
  )}]`;
  const heads = await db.execute<DocumentRow>(sql`
    select p.id as posting_id, d.id as document_id, coalesce(o.number, d.number) as number, r.external_id as contact_external_id,
      coalesce(o.issued_on, d.issued_on) as issued_on, coalesce(o.due_on, d.due_on) as due_on, coalesce(o.currency, d.currency) as currency,
      coalesce(o.net_minor, d.net_minor)::text as net_minor, coalesce(o.tax_minor, d.tax_minor)::text as tax_minor,
      coalesce(o.gross_minor, d.gross_minor)::text as gross_minor, coalesce(o.status, d.status) as status
    from postings p join documents d on d.id = p.record_id
    left join document_revisions o on o.document_id = d.id and o.revision = p.revision
    left join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = coalesce(o.contact_id, d.contact_id)
      and ${isPartyOf("r", sql`p.kind`)}
    where p.id = any (${postingIds})`);
  const lines = await db.execute<LineRow>(sql`
    with mapped as materialized (select * from (${resolvedMappingSql(scope, connectionId)}) m)
    select l.document_id, l.position, l.description, l.quantity, l.unit_price, l.net_minor::text as net_minor, l.tax_minor::text as tax_minor,
      l.nominal_code, ${hasOnlyStock(scope, sql`p.kind`)} as only_stock, l.tax_code, pr.reference as product_reference,
      n.target_external_id as account_external_id, n.target_code as account_code, n.fault as account_fault,
      hp.name as item_name, hr.external_id as item_external_id,
      t.target_external_id as tax_external_id, t.rate as tax_rate, t.tax_code as tax_there,
      t.attributes as tax_attributes, t.fault as tax_fault,
      coalesce(${saidSideSql("tc")}, 'both') = 'both' as tax_of_both
    from postings p join document_lines l on l.document_id = p.record_id and l.revision = p.revision
    ${stockJoins(scope)}
    left join products pr on pr.id = l.product_id
    left join mapped n on n.kind = 'nominal' and n.source_code = ${postedNominal(scope, sql`p.kind`)}
    left join package_helpers hp on ${settings.onSales === "item"} and ${documentSideSql(sql`p.kind`)} = 'sales'
      and hp.connection_id = ${connectionId} and hp.kind = 'item' and hp.key = n.target_external_id
    left join external_refs hr on hr.connection_id = ${connectionId} and hr.family = 'helper' and hr.record_id = hp.id
    left join mapped t on t.kind = 'tax' and t.source_code = l.tax_code and t.side = ${documentSideSql(sql`p.kind`)}
    left join tax_codes tc on tc.client_id = ${scope.clientId} and tc.code = l.tax_code
    where p.id = any (${postingIds}) order by l.document_id, l.position`);
  const byDocument = Map.groupBy(lines.rows, (line) => line.document_id);
  const found = new Map<string, Loaded<OutgoingDocument>>();
  for (const head of heads.rows) {
    const posting = postings.find((candidate) => candidate.id === head.posting_id);
    if (!posting || !isDocumentKind(posting.kind)) continue;
    const voided = head.status === "void";
    // A void document is only voided there, by its id: it needs no lines, and it is never created.
    if (voided && posting.externalId === null) {
      found.set(posting.id, { error: new SyncError("source.document-void", { value: head.number }) });
      continue;
    }
    const resolved = voided
      ? { lines: [] }
      : resolveLines(byDocument.get(head.document_id) ?? [], sideOf(posting.kind), settings.onSales);
    const taxBy = "lines" in resolved ? taxByOf(settings.tax, BigInt(head.tax_minor), resolved.lines) : undefined;
    if ("error" in resolved) found.set(posting.id, resolved);
    else if (head.contact_external_id === null && !voided)
      found.set(posting.id, { error: new SyncError("source.dependency-missing", { field: "contact" }) });
    else {
      found.set(posting.id, {
        record: {
          kind: posting.kind,
          recordId: head.document_id,
          reference: head.number,
          number: head.number,
          revision: posting.revision,
          contactExternalId: head.contact_external_id ?? "",
          issuedOn: head.issued_on,
          dueOn: head.due_on,
          currency: head.currency,
          netMinor: BigInt(head.net_minor),
          taxMinor: BigInt(head.tax_minor),
          grossMinor: BigInt(head.gross_minor),
          postAs: settings.postAs,
          ...(voided ? { voided } : {}),
          ...(taxBy === undefined ? {} : { taxBy }),
          url: settings.urlOf(head.document_id),
          lines: resolved.lines,
        },
      });
    }
  }
  return found;
}

function resolveLines(
  rows: readonly LineRow[],
  side: DocumentSide,
  onSales: "account" | "item",
): { lines: OutgoingLine[] } | { error: SyncError } {
  const lines: OutgoingLine[] = [];
  for (const row of rows) {
    const at = `lines[${row.position - 1}]`;
    if (row.only_stock) {
      return {
        error: new SyncError("rule.stock-nominal-not-used", {
          field: `${at}.nominalCode`,
          value: row.nominal_code,
          subject: `line ${row.position}`,
        }),
      };
    }
    if (row.tax_external_id === null || row.tax_fault !== null) {
      return {
        error: new SyncError(faultCode("tax", { fault: row.tax_fault ?? "absent" }) ?? "mapping.tax-missing", {
          field: `${at}.taxCode`,
          value: row.tax_code,
          ...(row.tax_of_both ? { side } : {}),
          subject: `line ${row.position}`,
        }),
      };
    }
    if (row.account_external_id === null || row.account_fault !== null) {
      return {
        error: new SyncError(ACCOUNT_FAULTS[row.account_fault ?? "absent"] ?? "mapping.account-missing", {
          field: `${at}.nominalCode`,
          value: row.nominal_code,
          subject: `line ${row.position}`,
        }),
      };
    }
    const needsItem = side === "sales" && onSales === "item";
    if (needsItem && row.item_external_id === null) {
      return {
        error: new SyncError("source.dependency-missing", {
          field: HELPER_FIELD,
          value: row.item_name ?? row.nominal_code,
          subject: `Item ${row.item_name ?? `for nominal ${row.nominal_code}`} of line ${row.position}`,
        }),
      };
    }
    const account = { externalId: row.account_external_id, code: row.account_code };
    lines.push({
      description: row.description,
      quantity: row.quantity,
      unitPrice: row.unit_price,
      netMinor: BigInt(row.net_minor),
      taxMinor: BigInt(row.tax_minor),
      target: {
        account,
        ...(needsItem && row.item_external_id !== null ? { item: { externalId: row.item_external_id } } : {}),
      },
      tax: {
        externalId: row.tax_external_id,
        rate: row.tax_rate,
        ...(row.tax_there === null ? {} : { code: row.tax_there }),
        ...(row.tax_attributes === null ? {} : { attributes: row.tax_attributes }),
      },
      productReference: row.product_reference,
    });
  }
  return { lines };
}

const ids = (postings: readonly ClaimedPosting[]) =>
  sql`array[${sql.join(
    postings.map((posting) => sql`${posting.recordId}::uuid`),
    sql`, `,
  )}]`;

/**
 * Documents that wait for a customer, supplier or product which will not come by itself are held, naming it; so is a change of what the
 * package holds and does not let us change.
 * @param changeable the kinds that it does
 */
export async function holdStranded(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  changeable: readonly RecordKind[],
): Promise<number> {
  // First find what is missing, mostly nothing: checking each of 12,000 documents took minutes.
  const held = await db.execute(sql`
    with gone_contact as materialized (
      select c.id, c.reference, case when q.kind = 'supplier' then 'Supplier ' else 'Customer ' end || c.name as word
      from contacts c
      left join postings q on q.connection_id = ${connectionId} and q.record_id = c.id and q.current and q.kind in ('customer', 'supplier')
      where c.client_id = ${scope.clientId} and coalesce(q.state, 'none') not in ('queued', 'sending', 'unknown', 'waiting')
        and not exists (select from run_members m where m.posting_id = q.id and m.outcome is null)
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = c.id)
    ),
    gone_product as materialized (
      select pr.id, pr.reference
      from products pr
      left join postings q on q.connection_id = ${connectionId} and q.record_id = pr.id and q.current and q.kind = 'product'
      where pr.client_id = ${scope.clientId} and (select 'product' = any (c.takes) from connections c where c.id = ${connectionId})
        and coalesce(q.state, 'none') not in ('queued', 'sending', 'unknown', 'waiting')
        and not exists (select from run_members m where m.posting_id = q.id and m.outcome is null)
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'product' and r.record_id = pr.id)
    ),
    waits as (
      select p.id, p.revision, d.id as document_id, d.contact_id
      from postings p join documents d on d.id = p.record_id
      where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.state = 'queued' and p.current and not p.continued
        and p.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note')
        and not (d.revision = p.revision and d.status = 'void')
    ),
    missing as (
      select distinct on (dep.id) dep.id, dep.field, dep.reference, dep.word
      from (
        select w.id, 1 as rank, 'contact' as field, g.reference, g.word from waits w join gone_contact g on g.id = w.contact_id
        union all
        select w.id, 2, 'product', g.reference, 'Product ' || g.reference
        from gone_product g join document_lines l on l.product_id = g.id
        join waits w on w.document_id = l.document_id and w.revision = l.revision
      ) dep
      order by dep.id, dep.rank, dep.reference
    )
    update postings set state = 'held', error_code = 'source.dependency-missing',
      error_detail = jsonb_build_object('field', m.field, 'value', m.reference, 'subject', m.word), changed_at = app.now()
    from missing m where postings.id = m.id and postings.state = 'queued'`);
  const linked = await db.execute(sql`
    update postings set state = 'held', error_code = 'rule.changed-since-exported', error_detail = '{}'::jsonb, changed_at = app.now()
    where client_id = ${scope.clientId} and connection_id = ${connectionId} and state = 'queued' and current and not continued
      and ${isLinked(connectionId)} and not ${
        changeable.length === 0
          ? sql`false`
          : sql`postings.kind in (${sql.join(
              changeable.map((kind) => sql`${kind}`),
              sql`, `,
            )})`
      }`);
  return (held.rowCount ?? 0) + (linked.rowCount ?? 0);
}
