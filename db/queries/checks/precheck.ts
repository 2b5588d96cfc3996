import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { inBulk, inWrittenOrder } from "#db/queries/common/bulk.ts";
import { lockedDaysSql, lockedToSql } from "#db/queries/common/locks-sql.ts";
import { HAS_OPEN_MEMBER } from "#db/queries/postings/run-members.ts";
import type { Difference, WithheldReason } from "#db/schema/postings.ts";
import { DOCUMENT_KINDS, familyOf, isDocumentKind, RECORD_KINDS, type RecordKind } from "#lib/common/records.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { PostingState } from "#lib/model/states.ts";
import { FACTS, type Fact, isStuck, type PackageRules } from "./check-facts.ts";
import { CHECKS, type Check } from "./checks.ts";

export interface Verdicts {
  readonly ready: number;
  readonly warning: number;
  readonly blocked: number;
}

/** What the checks need to know of a package: its rules, and which kinds it lets us change once it holds them. */
interface JudgedPackage extends PackageRules {
  readonly changeable: readonly RecordKind[];
}
export type PackageOf = (packageId: PackageId) => JudgedPackage;

/** Rows no pre-check has seen, every unsent row, or a condition over `postings`. */
export type JudgeSelection = "unjudged" | "open" | SQL;

/** States in which nothing of the revision was sent, so that a verdict still means something. */
const UNSENT = sql`('pending', 'held', 'rejected', 'queued')`;

const condition = (which: JudgeSelection): SQL =>
  which === "unjudged" ? sql`postings.precheck is null` : which === "open" ? sql`true` : which;

/**
 * Judges many rows in one statement, built of the list of checks: they stand in the order of diagnosis, and the first that holds is the
 * answer. Distinct codes are resolved once, not once a line, so that 100,000 documents cost a hash join. Each part is planned by itself
 * (`materialized`): merged into one, the verdict's words were copied for each, and planning a judgement of two rows took 23 ms instead of 10.
 */
export async function judge(db: ScopedDb, scope: ClientScope, which: JudgeSelection, packageOf: PackageOf): Promise<Verdicts> {
  const connection = await db.execute<{ id: string; package: PackageId }>(
    sql`select id, package from connections where client_id = ${scope.clientId} and state <> 'disconnected'`,
  );
  const connectionId = connection.rows[0]?.id;
  const packageId = connection.rows[0]?.package;
  if (!connectionId || !packageId) return { ready: 0, warning: 0, blocked: 0 };
  const few = await db.execute<{ kind: RecordKind }>(sql`
    select kind from postings where client_id = ${scope.clientId} and connection_id = ${connectionId} and current and state in ${UNSENT}
      and (${condition(which)}) limit ${FEW}`);
  const isFew = few.rows.length < FEW;
  const kinds = isFew ? [...new Set(few.rows.map((row) => row.kind))] : RECORD_KINDS;
  const counts = { ready: 0, warning: 0, blocked: 0 };
  // What waits is judged by the verdict of what it waits for: one statement does not see what it has written itself.
  for (const round of ROUNDS) {
    const judged = kinds.filter((kind) => round.includes(kind));
    if (judged.length === 0) continue;
    const statement = () => judgeMany(db, scope, connectionId, which, packageOf(packageId), judged);
    const result = isFew ? await inWrittenOrder(db, statement) : await inBulk(db, statement);
    for (const { precheck, n } of result.rows) counts[precheck] += n;
  }
  return counts;
}

/** Customers, suppliers and products before the documents that name them, those before the payments of them. */
const ROUNDS: readonly (readonly RecordKind[])[] = [
  ["customer", "supplier", "product"],
  [...DOCUMENT_KINDS, "journal"],
  ["payment", "allocation"],
];

/** Fewer rows than this are joined row by row, in the order of the facts. Loops within loops: 134 rows of a second client took 2.3 s so. */
const FEW = 32;

/** A name or code of ours as it stands in SQL. */
const literal = (word: string): SQL => sql.raw(`'${word.replaceAll("'", "''")}'`);

/** The checks and facts that these kinds can meet. */
function partsFor(kinds: readonly RecordKind[]): { checks: readonly Check[]; facts: readonly Fact[] } {
  const asked: Readonly<Record<Fact["about"], boolean>> = {
    all: true,
    parties: kinds.some((kind) => familyOf(kind) === "contact" || kind === "product"),
    documents: kinds.some(isDocumentKind),
    payments: kinds.includes("payment"),
    journals: kinds.includes("journal"),
    allocations: kinds.includes("allocation"),
  };
  const there = new Set(FACTS.filter((fact) => asked[fact.about]).map((fact) => fact.name));
  const checks = CHECKS.filter((check) => check.needs.every((name) => there.has(name)));
  const needed = new Set(checks.flatMap((check) => check.needs));
  for (const fact of FACTS.toReversed()) if (needed.has(fact.name)) for (const name of fact.needs) needed.add(name);
  return { checks, facts: FACTS.filter((fact) => needed.has(fact.name)) };
}

/** One check's branch of the ladder: level, code, detail and key, in one array of text. */
function branch({ key, level, code, when, detail }: Check): SQL {
  const codeSql = code === null ? sql`null` : typeof code === "string" ? literal(code) : code.sql;
  return sql`when ${when} then array[${literal(level)}, ${codeSql}, ${detail === null ? sql`null` : sql`(${detail})::text`}, ${literal(key)}]`;
}

/** The `with` queries up to `judged`: id, and level, code, detail and key of the first check that holds. */
function judgedRows(
  scope: ClientScope,
  connectionId: string,
  rows: SQL,
  rules: JudgedPackage,
  kinds: readonly RecordKind[],
): SQL {
  const { checks, facts } = partsFor(kinds);
  const named = (fact: Fact) => sql.raw(`"${fact.name}"`);
  const withs = facts.map((fact) => sql`${named(fact)} as materialized ${fact.query(scope, connectionId, rules)},`);
  const joins = facts.flatMap((fact) =>
    fact.alias === null ? [] : [sql`left join ${named(fact)} ${sql.raw(fact.alias)} on ${sql.raw(fact.alias)}.id = t.id`],
  );
  return sql`
    with cn as materialized (select * from connections where id = ${connectionId}),
    locked_days as materialized (${lockedDaysSql(connectionId, kinds)}),
    target as materialized (
      select postings.id, postings.kind, postings.record_id, postings.revision, postings.issued_on, postings.currency, postings.state, postings.lock_choice,
        ${lockedToSql(sql`locked_days`, sql`postings.kind`, sql`postings.issued_on`)} as locked_to,
        postings.reference, case when postings.kind = 'product' then postings.reference else postings.party end as called,
        postings.kind = any (${sql.param([...rules.changeable])}::text[]) as may_change,
        postings.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note') as is_document,
        case when postings.kind in ('customer', 'supplier') then 'contact'
          when postings.kind in ('product', 'payment', 'journal', 'allocation', 'helper') then postings.kind else 'document' end as family
      from postings
      where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and postings.current and ${rows}
        -- Checks of other kinds are not in this statement.
        and postings.kind = any (${sql.param([...kinds])}::text[])
    ),
    ${sql.join(withs, sql`\n`)}
    judged as materialized (
      select t.id, case ${sql.join(checks.map(branch), sql`\n`)} else array['ready', null, null, null] end as verdict
      from target t cross join cn
      left join documents d on d.client_id = ${scope.clientId} and d.id = t.record_id
      ${sql.join(joins, sql`\n`)}
    )`;
}

function judgeMany(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  which: JudgeSelection,
  rules: JudgedPackage,
  kinds: readonly RecordKind[],
) {
  const rows = sql`postings.state in ${UNSENT} and (postings.state <> 'pending' or postings.aside is null) and (${condition(which)})`;
  return db.execute<{ precheck: keyof Verdicts; n: number }>(sql`
    ${judgedRows(scope, connectionId, rows, rules, kinds)},
    changed as (
      update postings p set precheck = j.verdict[1], precheck_code = j.verdict[2], precheck_detail = j.verdict[3]::jsonb
      from judged j
      where p.id = j.id
        and (p.precheck, p.precheck_code, p.precheck_detail) is distinct from (j.verdict[1], j.verdict[2], j.verdict[3]::jsonb)
      returning 1
    )
    select verdict[1] as precheck, count(*)::int as n from judged where (select count(*) from changed) >= 0 group by 1`);
}

/** What the list of checks says of one posting at this moment, whatever its state: nothing is written. */
export interface Judged extends Record<string, unknown> {
  readonly level: "ready" | "warning" | "blocked";
  readonly code: string | null;
  readonly detail: SyncErrorDetail | null;
  /** The check that holds; null where none does. */
  readonly key: string | null;
}

export async function explain(
  db: ScopedDb,
  scope: ClientScope,
  posting: { readonly id: string; readonly connectionId: string; readonly kind: RecordKind; readonly package: PackageId },
  packageOf: PackageOf,
): Promise<Judged | null> {
  const { rows } = await db.execute<Judged>(sql`
    ${judgedRows(scope, posting.connectionId, sql`postings.id = ${posting.id}`, packageOf(posting.package), [posting.kind])}
    select verdict[1] as level, verdict[2] as code, verdict[3]::jsonb as detail, verdict[4] as key from judged`);
  const row = rows[0];
  return row ? { ...row } : null;
}

/** The first product of a group that keeps documents from going, with what stops it; null where none does. */
export async function findStuckProduct(db: ScopedDb, scope: ClientScope, connectionId: string, groupId: string) {
  const { rows } = await db.execute<{ reference: string }>(sql`
    select pr.reference from products pr
    left join external_refs r on r.connection_id = ${connectionId} and r.family = 'product' and r.record_id = pr.id
    left join postings p on p.connection_id = ${connectionId} and p.record_id = pr.id and p.current and p.kind = 'product'
    where pr.client_id = ${scope.clientId} and pr.group_id = ${groupId} and r.id is null and ${isStuck("p")}
      and (select 'product' = any (c.takes) from connections c where c.id = ${connectionId}) order by pr.reference limit 1`);
  return rows[0] ?? null;
}

/** A record's current posting on a connection, as far as a diagnosis asks. */
export async function findDiagnosed(db: ScopedDb, scope: ClientScope, connectionId: string, recordId: string) {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    state: PostingState;
    aside: WithheldReason | null;
    error_code: string | null;
    error_detail: SyncErrorDetail | null;
    /** A run has chosen it, and its turn has not come. */
    chosen: boolean;
    differences: readonly Difference[] | null;
    currency: string | null;
    drift_accepted_by: string | null;
    exported_by: string | null;
    exported_how: string | null;
    mark_reason: string | null;
    changed_since_marked: boolean;
  }>(sql`
    select id, kind, state, aside, error_code, error_detail, state = 'pending' and ${HAS_OPEN_MEMBER} as chosen, differences, currency,
      drift_accepted_by, exported_by, exported_how, mark_reason, changed_since_marked
    from postings
    where client_id = ${scope.clientId} and connection_id = ${connectionId} and record_id = ${recordId} and current order by kind limit 1`);
  return rows[0] ?? null;
}
