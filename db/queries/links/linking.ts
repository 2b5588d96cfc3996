import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { noteThere } from "#db/queries/payments/package-documents.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { LinkEntity, RecordKind, RefFamily } from "#lib/common/records.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";
import type { PostingState } from "#lib/model/states.ts";

/** States of a posting of which nothing can be on its way: what the package holds of it may be looked at and linked. */
const UNSENT_STATES = ["pending", "held", "queued", "rejected", "conflict", "dead", "skipped"] as const;
export type UnsentState = Extract<PostingState, (typeof UNSENT_STATES)[number]>;

/** Keeps a read that proves something about a posting, as the call that it was. */
export async function insertReadCall(
  db: ScopedDb,
  scope: ClientScope,
  read: { connectionId: string; fence: bigint; message: Message; answer: RawAnswer },
): Promise<string> {
  const call = await db.execute<{ id: string }>(sql`
    insert into posting_calls (client_id, connection_id, operation, message, request_sha, writes, fence, deadline_at, sends, answered_at, status,
      answer_headers, answer, bytes_in, outcome)
    values (${scope.clientId}, ${read.connectionId}, ${read.message.operation}, ${JSON.stringify(read.message)}::json, '', false, ${read.fence}, app.now(), 1,
      app.now(), ${read.answer.status}, ${JSON.stringify(read.answer.headers)}::jsonb, ${Buffer.from(read.answer.body, "utf8")},
      ${Buffer.byteLength(read.answer.body)}, 'answered')
    returning id`);
  const id = call.rows[0]?.id;
  if (!id) throw new Error("The read was not written");
  return id;
}

export interface FoundThere {
  readonly connectionId: string;
  readonly callId: string;
  /** Among the postings that this read proves something about. */
  readonly position: number;
  readonly postingId: string;
  readonly recordId: string;
  readonly family: RefFamily;
  readonly entity: LinkEntity;
  readonly from: UnsentState;
  readonly externalId: string;
  readonly version: string | null;
  /** Our record in neutral words, as it was compared. */
  readonly sent: Record<string, unknown>;
  readonly to: "posted" | "confirmed" | "drifted";
  readonly differences: readonly Difference[];
  readonly how: "upload" | "linked";
  /** Who linked it; null leaves who asked for the upload. */
  readonly by: string | null;
  /** For `posted`: when to look again; null for soon. */
  readonly lookAgainAt: Date | null;
  readonly heldAsDraft: boolean;
}

/**
 * Moves a posting that was not sent to where a read says that it stands, links it and keeps the evidence. The table of moves knows no
 * direct way, since nothing was sent: it goes as an export by other means.
 * @returns false when the row has moved on meanwhile, or the package's record is another's
 */
export async function settleUnsent(db: ScopedDb, scope: ClientScope, found: FoundThere): Promise<boolean> {
  await db.execute(sql`
    insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, version, linked_by)
    values (${scope.clientId}, ${found.connectionId}, ${found.family}, ${found.entity}, ${found.externalId}, ${found.recordId}, ${found.version}, ${scope.actor.label})
    on conflict do nothing`);
  const linked = await db.execute(sql`
    select 1 from external_refs where connection_id = ${found.connectionId} and family = ${found.family}
      and external_id = ${found.externalId} and record_id = ${found.recordId}`);
  if (linked.rowCount !== 1) return false;
  if (found.family === "document") await noteThere(db, scope, found.connectionId, [found.externalId]);
  const mine = sql`client_id = ${scope.clientId} and id = ${found.postingId}`;
  if (found.from !== "conflict" && found.from !== "skipped") {
    const withheld = await db.execute(
      sql`update postings set state = 'skipped' where ${mine} and current and state = ${found.from}`,
    );
    if (withheld.rowCount !== 1) return false;
  }
  const from = found.from === "conflict" ? "conflict" : "skipped";
  const posted = await db.execute(sql`
    update postings set state = 'posted', external_id = ${found.externalId}, posted_at = app.now(), sent_at = coalesce(sent_at, app.now()),
      exported_at = app.now(), exported_how = ${found.how},
      exported_by = coalesce(${found.by}, (select u.started_by from runs u where u.id = run_id)),
      aside = null, aside_why = null, aside_by = null, mark_reason = null, changed_since_marked = false, error_code = null, error_detail = null,
      unknown_why = null, resolve_after = null, absent_looks = 0, tries = 0, retry_at = ${found.lookAgainAt}, held_as_draft = ${found.heldAsDraft},
      changed_at = app.now()
    where ${mine} and current and state = ${from}`);
  if (posted.rowCount !== 1) return false;
  if (found.to !== "posted") {
    await db.execute(sql`
      update postings set state = ${found.to}, confirmed_at = app.now(),
        differences = ${found.to === "drifted" ? JSON.stringify(found.differences) : null}::jsonb where ${mine} and state = 'posted'`);
  }
  await db.execute(sql`
    insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation, sent, outcome, external_id, settled_at)
    select client_id, ${found.callId}, id, ${found.position}, revision, generation, ${JSON.stringify(found.sent)}::jsonb, 'found',
      ${found.externalId}, app.now()
    from postings where ${mine}`);
  return true;
}

/** Which of these ids of the package are linked to a record of ours. */
export async function listLinked(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  family: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.execute<{ external_id: string }>(sql`
    select external_id from external_refs where client_id = ${scope.clientId} and connection_id = ${connectionId} and family = ${family}
      and external_id = any (${array(externalIds, "text")})`);
  return new Set(rows.map((row) => row.external_id));
}

/** Those of the pairs whose record of the package is linked to another record of ours than the pair's, as `recordId externalId`. */
export async function listLinkedToOthers(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  family: string,
  pairs: readonly { readonly recordId: string; readonly externalId: string }[],
): Promise<readonly string[]> {
  if (pairs.length === 0) return [];
  const { rows } = await db.execute<{ key: string }>(sql`
    select p.record_id || ' ' || p.external_id as key
    from unnest(${array(
      pairs.map((one) => one.recordId),
      "uuid",
    )}, ${array(
      pairs.map((one) => one.externalId),
      "text",
    )}) as p (record_id, external_id)
      join external_refs r on r.client_id = ${scope.clientId} and r.connection_id = ${connectionId} and r.family = ${family}
        and r.external_id = p.external_id and r.record_id <> p.record_id`);
  return rows.map((row) => row.key);
}

/** Takes a movement out of Import that turned out to be a payment of ours; one that a payment was created for stays. */
export async function forgetIncoming(db: ScopedDb, scope: ClientScope, connectionId: string, externalId: string): Promise<void> {
  await db.execute(sql`
    delete from incoming_payments where client_id = ${scope.clientId} and connection_id = ${connectionId} and payment_id is null
      and external_id = ${externalId}`);
}

export interface LinkablePosting {
  readonly id: string;
  readonly connectionId: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly revision: number;
  readonly generation: number;
  readonly state: PostingState;
  readonly clientSlug: string;
  /** The package's id of the record, where it is linked. */
  readonly externalId: string | null;
  /** The package holds it, and steps that complete it there are to come. */
  readonly continued: boolean;
  /** The record as the package was last known to take it. */
  readonly sent: unknown;
}

/** One current posting of the client, with its link and what was last sent of this revision. */
export async function findPosting(db: ScopedDb, scope: ClientScope, postingId: string): Promise<LinkablePosting | null> {
  const found = await db.execute<{
    id: string;
    connection_id: string;
    kind: RecordKind;
    record_id: string;
    reference: string;
    revision: number;
    generation: number;
    state: PostingState;
    slug: string;
    external_id: string | null;
    continued: boolean;
    sent: unknown;
  }>(sql`
    select p.id, p.connection_id, p.kind, p.record_id, p.reference, p.revision, p.generation, p.state, p.continued, cl.slug,
      coalesce(p.external_id, (select r.external_id from external_refs r where r.connection_id = p.connection_id and r.record_id = p.record_id limit 1)) as external_id,
      (select b.sent from posting_attempts b join posting_calls c on c.id = b.call_id
        where b.posting_id = p.id and b.outcome in ('accepted', 'found') order by c.created_at desc limit 1) as sent
    from postings p join clients cl on cl.id = p.client_id where p.client_id = ${scope.clientId} and p.id = ${postingId} and p.current`);
  const row = found.rows[0];
  return row
    ? {
        id: row.id,
        connectionId: row.connection_id,
        kind: row.kind,
        recordId: row.record_id,
        reference: row.reference,
        revision: row.revision,
        generation: row.generation,
        state: row.state,
        clientSlug: row.slug,
        externalId: row.external_id,
        continued: row.continued,
        sent: row.sent,
      }
    : null;
}

/** Which of our records a package's id belongs to, in the words of its posting; null when to none. */
export async function findLinkedTo(
  db: ScopedDb,
  connectionId: string,
  family: RefFamily,
  externalId: string,
  { ignoreCase }: { readonly ignoreCase: boolean },
): Promise<{ recordId: string; kind: RecordKind | null; reference: string | null } | null> {
  const isIt = ignoreCase ? sql`lower(r.external_id) = lower(${externalId})` : sql`r.external_id = ${externalId}`;
  const found = await db.execute<{ record_id: string; kind: RecordKind | null; reference: string | null }>(sql`
    select r.record_id, p.kind, p.reference from external_refs r
    left join postings p on p.connection_id = r.connection_id and p.record_id = r.record_id and p.current
    where r.connection_id = ${connectionId} and r.family = ${family} and ${isIt} limit 1`);
  const row = found.rows[0];
  return row ? { recordId: row.record_id, kind: row.kind, reference: row.reference } : null;
}

/** Applies what a read on request saw of an exported row; answers whether the row still stood where it was read. */
export async function applyLook(
  db: ScopedDb,
  scope: ClientScope,
  look: {
    postingId: string;
    from: "posted" | "confirmed" | "drifted";
    to: "posted" | "confirmed" | "drifted";
    heldAsDraft: boolean;
    differences: readonly Difference[];
    version: string | null;
    lookAgainAt: Date | null;
  },
): Promise<boolean> {
  const moved = await db.execute(sql`
    with moved as (
      update postings set state = ${look.to}, confirmed_at = case when ${look.to} = 'posted' then confirmed_at else app.now() end,
        held_as_draft = ${look.heldAsDraft}, absent_looks = 0, retry_at = ${look.lookAgainAt}, changed_at = app.now(),
        differences = ${look.to === "drifted" ? JSON.stringify(look.differences) : null}::jsonb,
        drift_accepted_at = case when differences is not distinct from ${look.to === "drifted" ? JSON.stringify(look.differences) : null}::jsonb then drift_accepted_at end,
        drift_accepted_by = case when differences is not distinct from ${look.to === "drifted" ? JSON.stringify(look.differences) : null}::jsonb then drift_accepted_by end
      where client_id = ${scope.clientId} and id = ${look.postingId} and current and state = ${look.from}
      returning connection_id, record_id
    ), versions as (
      update external_refs e set version = ${look.version} from moved
      where e.connection_id = moved.connection_id and e.record_id = moved.record_id and ${look.version}::text is not null
    )
    select 1 from moved`);
  return (moved.rowCount ?? 0) === 1;
}
