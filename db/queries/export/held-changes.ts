import { and, eq, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { postings } from "#db/schema/postings.ts";
import { DOCUMENT_KINDS, type RecordKind } from "#lib/common/records.ts";

/**
 * What the package holds of a pending document that was sent before, in minor units as text: the gross that went last, else that of the
 * package's own list; null where it holds nothing. Names the table, since a column alone would be the innermost query's own.
 */
export const heldMinor = sql<string | null>`case when postings.state = 'pending' and postings.kind in (${sql.raw(
  DOCUMENT_KINDS.map((kind) => `'${kind}'`).join(", "),
)}) then (
  select coalesce((select abs(o.gross_minor) from postings o where o.connection_id = r.connection_id and o.record_id = r.record_id
      and o.revision < postings.revision and o.state in ('posted', 'confirmed', 'drifted') order by o.revision desc limit 1),
    (select abs(k.gross_minor) from package_documents k where k.connection_id = r.connection_id and k.external_id = r.external_id))::text
  from external_refs r where r.connection_id = postings.connection_id and r.family = 'document' and r.record_id = postings.record_id
  limit 1) end`;

/** Whether a pending document was voided here, so that uploading it voids what the package holds. */
export const isVoidedHere = sql<boolean>`coalesce(postings.state = 'pending' and (
  select d.status = 'void' from documents d where d.client_id = postings.client_id and d.id = postings.record_id), false)`;

/**
 * Whether the package, when it was last read, held a pending document as paid or credited, in whole or in part. Such a document is
 * neither changed nor voided there: a fresh read decides when it is sent.
 */
export const isSettledThere = sql<boolean>`coalesce(postings.state = 'pending' and exists (
  select 1 from external_refs r join package_documents k on k.connection_id = r.connection_id and k.external_id = r.external_id
  where r.connection_id = postings.connection_id and r.family = 'document' and r.record_id = postings.record_id
    and k.status not in ('voided', 'deleted') and abs(k.due_minor) < abs(k.gross_minor)), false)`;

/** A pending document whose upload changes what the package holds. Amounts are positive minor units as text. */
interface HeldPosting {
  readonly reference: string;
  readonly kind: RecordKind;
  readonly currency: string;
  readonly beforeMinor: string;
  readonly afterMinor: string;
  /** Uploading voids it there. */
  readonly voids: boolean;
  /** It was paid or credited there when last read: it will be held. */
  readonly settledThere: boolean;
}

export interface HeldPostings {
  readonly count: number;
  readonly first: readonly HeldPosting[];
}

/** The chosen rows that wait and whose document the package holds: how many, and the first of them. */
export async function listHeldPostings(db: ScopedDb, scope: ClientScope, chosen: SQL, limit: number): Promise<HeldPostings> {
  const rows = await db
    .select({
      reference: postings.reference,
      kind: postings.kind,
      currency: postings.currency,
      after: sql<string>`abs(${postings.grossMinor})::text`,
      before: heldMinor.as("held_minor"),
      voids: isVoidedHere,
      settledThere: isSettledThere,
      count: sql<number>`count(*) over ()::int`,
    })
    .from(postings)
    .where(
      and(
        eq(postings.clientId, scope.clientId),
        eq(postings.state, "pending"),
        sql`${postings.current}`,
        chosen,
        sql`${heldMinor} is not null`,
      ),
    )
    .orderBy(postings.issuedOn, postings.id)
    .limit(limit);
  return {
    count: rows[0]?.count ?? 0,
    first: rows.flatMap(({ reference, kind, currency, before, after, voids, settledThere }) =>
      before === null || currency === null
        ? []
        : [{ reference, kind, currency, beforeMinor: before, afterMinor: after, voids, settledThere }],
    ),
  };
}
