import { and, asc, eq, inArray, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { inIndexOrder } from "#db/queries/common/bulk.ts";
import { type KeyPart, keyOf, readByKey, type SortKey } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { thereOf } from "#db/queries/links/there.ts";
import { SHOWN_STATE } from "#db/queries/postings/run-members.ts";
import { postings } from "#db/schema/postings.ts";
import { FIRST_KINDS, type RecordKind, sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import type { Panel, PostingState } from "#lib/model/states.ts";
import type { GridCursor, PanelFilter, PostingSelection, PostingSort } from "#lib/pending/selection.ts";
import { CAUSE_CODE, CAUSE_VALUE } from "./causes.ts";
import { findConflicts } from "./conflicts.ts";
import { heldMinor, isSettledThere, isVoidedHere } from "./held-changes.ts";

const p = postings;

/** The condition over `postings` that a panel's filter stands for: current rows of this client alone. */
function panelWhere(filter: PanelFilter, scope: ClientScope): SQL {
  const conditions: (SQL | undefined)[] = [eq(p.clientId, scope.clientId), sql`${p.current}`, eq(p.panel, filter.panel)];
  if (filter.search) {
    const pattern = containing(filter.search);
    conditions.push(or(sql`${p.reference} ilike ${pattern}`, sql`${p.party} ilike ${pattern}`));
  }
  if (filter.kinds?.length) conditions.push(inArray(p.kind, filter.kinds));
  if (filter.states?.length) {
    // Only rows that wait are shown in another state than their own.
    const shown = filter.states.some((state) => state === "pending" || state === "queued") ? SHOWN_STATE : p.state;
    conditions.push(inArray(sql`${shown}`, filter.states));
  }
  if (filter.precheck?.length) {
    const verdicts = filter.precheck.filter((verdict) => verdict !== "none");
    conditions.push(
      or(
        verdicts.length > 0 ? inArray(p.precheck, verdicts) : undefined,
        filter.precheck.includes("none") ? isNull(p.precheck) : undefined,
      ),
    );
  }
  if (filter.draft !== undefined) conditions.push(eq(p.heldAsDraft, filter.draft));
  if (filter.code !== undefined) {
    conditions.push(sql`${CAUSE_CODE} = ${filter.code}`);
    if (filter.value !== undefined) conditions.push(sql`${CAUSE_VALUE} = ${filter.value}`);
  }
  if (filter.runId !== undefined) {
    conditions.push(
      or(
        eq(p.runId, filter.runId),
        sql`exists (select from run_members m where m.posting_id = postings.id and m.run_id = ${filter.runId} and m.outcome is null)`,
      ),
    );
  }
  return and(...conditions) ?? sql`false`;
}

/**
 * The condition over `postings` that a selection stands for: current rows of this client, and for a filter those alone that were
 * there at its `asOf`. It says nothing of which states an action may take: that is the action's own condition.
 */
export function selectionWhere(selection: PostingSelection, scope: ClientScope): SQL {
  if ("ids" in selection) {
    return and(eq(p.clientId, scope.clientId), sql`${p.current}`, inArray(p.id, selection.ids)) ?? sql`false`;
  }
  return (
    and(
      panelWhere(selection.filter, scope),
      lte(p.createdAt, sql`${selection.asOf}::timestamptz`),
      selection.exceptIds.length > 0 ? notInArray(p.id, selection.exceptIds) : undefined,
    ) ?? sql`false`
  );
}

const id: KeyPart = { column: p.id, type: "uuid" };
const KEYS: Readonly<Record<PostingSort, SortKey>> = {
  date: { parts: [{ column: p.issuedOn, type: "date" }, { column: p.reference, type: "text" }, id] },
  number: { parts: [{ column: p.reference, type: "text" }, id] },
  party: { parts: [{ column: p.party, type: "text" }, id] },
  gross: { parts: [{ column: p.grossMinor, type: "bigint" }, id], optional: true },
  exported: { parts: [{ column: p.exportedAt, type: "timestamptz" }, id], optional: true },
  tick: { parts: [{ column: p.state, type: "text" }, id] },
};

export interface PostingPageAsk {
  readonly filter: PanelFilter;
  readonly sort: PostingSort;
  readonly direction: "asc" | "desc";
  /** The cursor of the page before; null for the first page. */
  readonly after: GridCursor | null;
  readonly limit: number;
  /** Leaves out the customers, suppliers and products that go first: the screen shows them as one row. */
  readonly folded?: boolean;
}

const gridFields = {
  id: p.id,
  recordId: p.recordId,
  kind: p.kind,
  /** As people are shown it: what a run has chosen is queued, though its turn has not come. */
  state: sql<PostingState>`${SHOWN_STATE}`,
  reference: p.reference,
  party: p.party,
  issuedOn: p.issuedOn,
  currency: p.currency,
  /** Minor units, as text: JSON has no bigint. */
  grossMinor: sql<string | null>`${p.grossMinor}::text`,
  /** What the package holds of it, where uploading changes that. */
  heldMinor: heldMinor.as("held_minor"),
  voidedHere: isVoidedHere.as("voided_here"),
  settledThere: isSettledThere.as("settled_there"),
  precheck: p.precheck,
  precheckCode: p.precheckCode,
  precheckDetail: p.precheckDetail,
  errorCode: p.errorCode,
  errorDetail: p.errorDetail,
  exportedAt: p.exportedAt,
  exportedHow: p.exportedHow,
  exportedBy: p.exportedBy,
  heldAsDraft: p.heldAsDraft,
  differences: p.differences,
  driftAcceptedBy: p.driftAcceptedBy,
  markReason: p.markReason,
  changedSinceMarked: p.changedSinceMarked,
  externalId: p.externalId,
  retryAt: p.retryAt,
  resolveAfter: p.resolveAfter,
  sentAt: p.sentAt,
  confirmedAt: p.confirmedAt,
  createdAt: p.createdAt,
};

/** One page of a panel by key. */
export async function listPostings(db: ScopedDb, scope: ClientScope, ask: PostingPageAsk) {
  const key = KEYS[ask.sort];
  const where = and(panelWhere(ask.filter, scope), ask.folded ? notInArray(p.kind, [...FIRST_KINDS]) : undefined);
  const { after } = ask;
  const tied = key.parts.length > 2;
  const read = () =>
    readByKey(
      key,
      {
        direction: ask.direction,
        limit: ask.limit,
        after: after && (tied ? [after.value, after.reference, after.id] : [after.value, after.id]),
      },
      (more, order, limit) =>
        db
          .select({ ...gridFields, key: keyOf(key) })
          .from(p)
          .where(and(where, more))
          .orderBy(...order)
          .limit(limit),
    );
  // Words that hardly any row has are sought faster through all rows at once than through the index's.
  const page = await (ask.filter.search ? read() : inIndexOrder(db, read));
  const last = page.rows.at(-1);
  const next: GridCursor | null =
    page.next && last ? { value: last.key[0] ?? null, reference: last.reference, id: last.id } : null;
  return { rows: page.rows.map(({ key: _, ...row }) => row), next };
}

export type PostingGridRow = Awaited<ReturnType<typeof listPostings>>["rows"][number];

interface KindAmount {
  readonly kind: RecordKind;
  readonly currency: string | null;
  readonly minor: string;
}

function sumsOf(rows: readonly KindAmount[]): SideSum[] {
  return addUp(
    rows.flatMap(({ kind, currency, minor }) =>
      currency === null ? [] : [{ side: sideOf(kind), currency, minor: BigInt(minor) }],
    ),
  );
}

/** What a filter finds now: rows, sums, and the moment that a selection of all of them holds on to. */
export async function sumPostings(db: ScopedDb, scope: ClientScope, filter: PanelFilter) {
  const rows = await db
    .select({
      kind: p.kind,
      currency: p.currency,
      count: sql<number>`count(*)::int`,
      minor: sql<string>`coalesce(sum(${p.grossMinor}), 0)::text`,
    })
    .from(p)
    .where(panelWhere(filter, scope))
    .groupBy(p.kind, p.currency);
  const moment = await db.execute<{ at: string }>(
    sql`select to_char(app.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    sums: sumsOf(rows),
    asOf: moment.rows[0]?.at ?? new Date(0).toISOString(),
  };
}

export interface PanelTotal {
  readonly count: number;
  readonly sums: readonly SideSum[];
  readonly states: Readonly<Partial<Record<PostingState, number>>>;
  /** Pending rows that pre-check blocked. */
  readonly blocked: number;
  readonly kinds: Readonly<Partial<Record<RecordKind, number>>>;
  /** Of `blocked`, the customers, suppliers and products: what cannot go first. */
  readonly blockedFirst: number;
}

/** Count, sums and states of the three panels, in one grouped read. */
export async function totalPanels(db: ScopedDb, scope: ClientScope): Promise<Record<Panel, PanelTotal>> {
  const rows = await db
    .select({
      panel: p.panel,
      kind: p.kind,
      state: sql<PostingState>`${SHOWN_STATE}`.as("shown_state"),
      currency: p.currency,
      count: sql<number>`count(*)::int`,
      blocked: sql<number>`(count(*) filter (where ${p.precheck} = 'blocked'))::int`,
      minor: sql<string>`coalesce(sum(${p.grossMinor}), 0)::text`,
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), sql`${p.current}`))
    .groupBy(p.panel, p.kind, sql`"shown_state"`, p.currency);
  const total = (panel: Panel): PanelTotal => {
    const own = rows.filter((row) => row.panel === panel);
    const states: Partial<Record<PostingState, number>> = {};
    const kinds: Partial<Record<RecordKind, number>> = {};
    let count = 0;
    let blocked = 0;
    let blockedFirst = 0;
    for (const row of own) {
      count += row.count;
      blocked += row.blocked;
      if (FIRST_KINDS.some((kind) => kind === row.kind)) blockedFirst += row.blocked;
      states[row.state] = (states[row.state] ?? 0) + row.count;
      kinds[row.kind] = (kinds[row.kind] ?? 0) + row.count;
    }
    return { count, sums: sumsOf(own), states, blocked, kinds, blockedFirst };
  };
  return { pending: total("pending"), exported: total("exported"), errors: total("errors") };
}

/** Of the chosen rows those whose outcome is being looked up, the longest waiting first. */
export async function listUnknown(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  limit: number,
): Promise<string[]> {
  const found = await db
    .select({ id: p.id })
    .from(p)
    .where(and(selectionWhere(selection, scope), eq(p.state, "unknown")))
    .orderBy(asc(p.resolveAfter), asc(p.id))
    .limit(limit);
  return found.map((row) => row.id);
}

/** One posting as the record's card shows it; null when it is not this client's. */
export async function findPostingCard(db: ScopedDb, scope: ClientScope, postingId: string) {
  const [posting] = await db
    .select({
      ...gridFields,
      revision: p.revision,
      panel: p.panel,
      postedAt: p.postedAt,
      maybeSent: p.maybeSent,
      tries: p.tries,
      unknownWhy: p.unknownWhy,
      lockChoice: p.lockChoice,
      there: thereOf(sql`${p}`),
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), eq(p.id, postingId)))
    .limit(1);
  if (!posting) return null;
  const code = posting.panel === "errors" ? posting.errorCode : posting.precheckCode;
  const detail = posting.panel === "errors" ? posting.errorDetail : posting.precheckDetail;
  const conflicts = await findConflicts(db, scope, [{ id: posting.id, code: code ?? "", state: posting.state, detail }]);
  return { ...posting, conflicts: conflicts.get(posting.id) ?? [] };
}
export type PostingCard = NonNullable<Awaited<ReturnType<typeof findPostingCard>>>;
