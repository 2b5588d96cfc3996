import { and, eq, gte, ilike, lte, or, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { standingOf } from "#db/queries/connections/standing.ts";
import { journals, type NominalKind } from "#db/schema/operational.ts";
import type { PlainDate } from "#lib/common/dates.ts";

/** The currency of the books: the live connection's, else pounds. */
export async function booksCurrency(db: ScopedDb, scope: ClientScope): Promise<string> {
  const { rows } = await db.execute<{ currency: string }>(
    sql`select base_currency as currency from connections where client_id = ${scope.clientId} and state <> 'disconnected'`,
  );
  return rows[0]?.currency ?? "GBP";
}

const unsent = sql`not exists (select from postings p where p.record_id = j.id and (p.maybe_sent or p.state not in ('pending', 'held', 'queued', 'rejected', 'skipped', 'dead')))
  and not exists (select from external_refs r where r.family = 'journal' and r.record_id = j.id)`;

export interface JournalBefore {
  readonly id: string;
  readonly contentSha: string;
  readonly revision: number;
  readonly status: "open" | "void";
  /** Nothing of it ever left. */
  readonly unsent: boolean;
}

/** Journals that were entered before under these references. */
export async function findEnteredJournals(
  db: ScopedDb,
  scope: ClientScope,
  references: readonly string[],
): Promise<Map<string, JournalBefore>> {
  const { rows } = await db.execute<{
    id: string;
    reference: string;
    sha: string;
    revision: number;
    status: "open" | "void";
    unsent: boolean;
  }>(sql`
    select j.id, j.reference, j.content_sha as sha, j.revision, j.status, ${unsent} as unsent from journals j
    where j.client_id = ${scope.clientId} and j.reference = any (${sql.param([...references])}::text[]) for update of j`);
  return new Map(
    rows.map((row) => [
      row.reference,
      { id: row.id, contentSha: row.sha, revision: row.revision, status: row.status, unsent: row.unsent },
    ]),
  );
}

export interface NewJournal {
  readonly id: string;
  readonly revision: number;
  readonly reference: string;
  readonly narration: string;
  readonly journalOn: PlainDate;
  readonly currency: string;
  readonly debitMinor: bigint;
  readonly contentSha: string;
  readonly importId: string | null;
  readonly lines: readonly { readonly description: string; readonly nominalCode: string; readonly amountMinor: bigint }[];
}

/** Writes journals with their lines; one of the same id gets a new revision. */
export async function saveJournals(db: ScopedDb, scope: ClientScope, made: readonly NewJournal[]): Promise<void> {
  if (made.length === 0) return;
  const asText = (value: unknown) =>
    JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? one.toString() : one));
  const heads = asText(made.map(({ lines: _, ...head }) => head));
  await db.execute(sql`
    insert into journals (id, client_id, reference, narration, journal_on, currency, debit_minor, revision, content_sha, import_id, created_by)
    select r.id, ${scope.clientId}, r.reference, r.narration, r."journalOn", r.currency, r."debitMinor", r.revision, r."contentSha", r."importId",
      ${scope.actor.label}
    from jsonb_to_recordset(${heads}::jsonb) as r(id uuid, reference text, narration text, "journalOn" date, currency text, "debitMinor" bigint,
      revision int, "contentSha" text, "importId" uuid)
    on conflict (id) do update set narration = excluded.narration, journal_on = excluded.journal_on, currency = excluded.currency,
      debit_minor = excluded.debit_minor, status = 'open', revision = excluded.revision, content_sha = excluded.content_sha,
      import_id = excluded.import_id, changed_at = app.now()`);
  const lines = asText(
    made.flatMap(({ id, revision, lines: own }) => own.map((line, index) => ({ ...line, id, revision, position: index + 1 }))),
  );
  await db.execute(sql`
    insert into journal_lines (client_id, journal_id, revision, position, description, nominal_code, amount_minor)
    select ${scope.clientId}, r.id, r.revision, r.position, r.description, r."nominalCode", r."amountMinor"
    from jsonb_to_recordset(${lines}::jsonb) as r(id uuid, revision int, position int, description text, "nominalCode" text, "amountMinor" bigint)`);
}

/** Marks journals that never left as void; answers which. */
export async function setJournalsVoid(db: ScopedDb, scope: ClientScope, ids: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update journals j set status = 'void', changed_at = app.now()
    where j.client_id = ${scope.clientId} and j.id = any (${sql.param([...ids])}::uuid[]) and j.status = 'open' and ${unsent} returning j.id`);
  return rows.map((row) => row.id);
}

export interface JournalsFilter {
  /** Part of the reference or of the narration. */
  readonly q?: string | undefined;
  /** First and last day. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const JOURNAL_KEYS = {
  date: {
    parts: [
      { column: journals.journalOn, type: "date" },
      { column: journals.id, type: "uuid" },
    ],
  },
} as const satisfies Record<string, SortKey>;

function journalsWhere(scope: ClientScope, { q, from, to }: JournalsFilter): SQL | undefined {
  const words = q ? containing(q) : null;
  return and(
    eq(journals.clientId, scope.clientId),
    from ? gte(journals.journalOn, from) : undefined,
    to ? lte(journals.journalOn, to) : undefined,
    words === null ? undefined : or(ilike(journals.reference, words), ilike(journals.narration, words)),
  );
}

/** A page of the client's journals; amounts are minor units as text. */
export async function listJournals(db: ScopedDb, scope: ClientScope, filter: JournalsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: journals.id,
        reference: journals.reference,
        narration: journals.narration,
        journalOn: journals.journalOn,
        currency: journals.currency,
        debitMinor: sql<string>`${journals.debitMinor}::text`,
        status: journals.status,
        state: standingOf(scope, sql`journals.id`, ["journal"]),
        createdAt: journals.createdAt,
        key: keyOf(key),
      })
      .from(journals)
      .where(and(journalsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  return withoutKeys(page);
}
export type JournalRow = Awaited<ReturnType<typeof listJournals>>["rows"][number];

export async function countJournals(db: ScopedDb, scope: ClientScope, filter: JournalsFilter): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(journals).where(journalsWhere(scope, filter));
  return row?.count ?? 0;
}

export interface JournalDetails {
  readonly id: string;
  readonly reference: string;
  readonly narration: string;
  readonly journalOn: string;
  readonly currency: string;
  readonly debitMinor: bigint;
  readonly status: "open" | "void";
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly canVoid: boolean;
  readonly lines: readonly {
    readonly position: number;
    readonly description: string;
    readonly nominalCode: string;
    readonly nominalName: string | null;
    readonly nominalKind: NominalKind | null;
    readonly amountMinor: bigint;
  }[];
}

export async function findJournal(db: ScopedDb, scope: ClientScope, id: string): Promise<JournalDetails | null> {
  const { rows } = await db.execute<{
    reference: string;
    narration: string;
    journal_on: string;
    currency: string;
    debit: string;
    status: "open" | "void";
    by: string;
    at: string | Date;
    unsent: boolean;
  }>(sql`
    select j.reference, j.narration, j.journal_on::text as journal_on, j.currency, j.debit_minor::text as debit, j.status, j.created_by as by, j.created_at as at, ${unsent} as unsent from journals j
    where j.client_id = ${scope.clientId} and j.id = ${id}`);
  const row = rows[0];
  if (!row) return null;
  const lines = await db.execute<{
    position: number;
    description: string;
    code: string;
    name: string | null;
    kind: NominalKind | null;
    amount: string;
  }>(sql`
    select l.position, l.description, l.nominal_code as code, n.name, n.kind, l.amount_minor::text as amount
    from journals j join journal_lines l on l.journal_id = j.id and l.revision = j.revision
    left join nominal_codes n on n.client_id = j.client_id and n.code = l.nominal_code
    where j.client_id = ${scope.clientId} and j.id = ${id} order by l.position`);
  return {
    id,
    reference: row.reference,
    narration: row.narration,
    journalOn: row.journal_on,
    currency: row.currency,
    debitMinor: BigInt(row.debit),
    status: row.status,
    createdBy: row.by,
    createdAt: new Date(row.at),
    canVoid: row.status === "open" && row.unsent,
    lines: lines.rows.map((line) => ({
      position: line.position,
      description: line.description,
      nominalCode: line.code,
      nominalName: line.name,
      nominalKind: line.kind,
      amountMinor: BigInt(line.amount),
    })),
  };
}
