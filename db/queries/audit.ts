import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { auditEvents } from "#db/schema/work.ts";
import type { Scope } from "#lib/common/scope.ts";

export interface AuditEntry {
  /** What was done, as `subject.verb`: `export.upload`, `user.disable`, `access.refused`. */
  readonly action: string;
  /** What it was done to: a record's reference, a user's e-mail, a run's number. */
  readonly subject?: string;
  /** Predicate, count and hash of a bulk action; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Appends one row in the caller's transaction. The hash chain is the database's work. */
export async function addAuditEvent(db: ScopedDb, scope: Scope, entry: AuditEntry): Promise<void> {
  await db.insert(auditEvents).values({
    clientId: scope.kind === "client" ? scope.clientId : null,
    actorUserId: scope.actor.userId,
    actor: scope.actor.label,
    action: entry.action,
    subject: entry.subject ?? null,
    detail: { ...entry.detail },
  });
}

/** Checks the chain of the scope's client (or of the practice) from its first row: the first broken row's number, or null when whole. */
export async function verifyChain(
  db: ScopedDb,
  scope: Scope,
): Promise<{ rows: number; brokenAt: bigint | null; head: string | null }> {
  const clientId = scope.kind === "client" ? scope.clientId : null;
  const { rows } = await db.execute<{ rows: string; broken_at: string | null; head: string | null }>(sql`
    with chain as (
      select seq, hash, previous_hash,
        coalesce(lag(hash) over (order by seq), ''::bytea) as expected_previous,
        app.audit_hash(previous_hash, seq, client_id, at, actor_user_id, actor, action, subject, detail) as expected
      from audit_events where client_id is not distinct from ${clientId}::uuid
    )
    select count(*)::text as rows,
      (min(seq) filter (where hash <> expected or previous_hash <> expected_previous))::text as broken_at,
      (select encode(hash, 'hex') from chain order by seq desc limit 1) as head
    from chain`);
  const row = rows[0];
  return {
    rows: Number(row?.rows ?? 0),
    brokenAt: row?.broken_at == null ? null : BigInt(row.broken_at),
    head: row?.head ?? null,
  };
}
