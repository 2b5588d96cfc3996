import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { codesInUse, lastConnectionId } from "#db/queries/mapping/mapping.ts";
import { shownConnection } from "#db/queries/payments/payment-reads.ts";

/**
 * What each figure of a client counts, in one place: the menu, the Overview, the portfolio, the morning list, the panels and the prints
 * all ask here, so that none says another number than the next. Conditions over `postings p`; the records' own ids come with them.
 *
 * A row is in one of four places: Pending Export (`pending`), Exported Successfully (`exported`), Error Feedback (`errors`), or set aside
 * (`aside`). The others are parts of these.
 */
export const COUNTED = {
  /** Pending Export: what waits, and what is on its way. */
  pending: sql`p.current and p.panel = 'pending'`,
  /** Asked for, and not settled yet: a row that a run has chosen is, though its turn has not come. */
  onTheirWay: sql`p.current and p.panel = 'pending' and (p.state <> 'pending'
    or exists (select from run_members m where m.posting_id = p.id and m.outcome is null))`,
  exported: sql`p.current and p.panel = 'exported'`,
  /** With the green tick: seen in the package, and equal. */
  confirmed: sql`p.current and p.panel = 'exported' and p.state = 'confirmed'`,
  /** Seen there, and other than what was sent. */
  drifted: sql`p.current and p.state = 'drifted'`,
  /** Held in the package as a draft. */
  drafts: sql`p.current and p.held_as_draft`,
  errors: sql`p.current and p.panel = 'errors'`,
  /** Of Error Feedback: whether they arrived is being looked up. */
  checking: sql`p.current and p.panel = 'errors' and p.state = 'unknown'`,
  /** Excluded, on hold, switched off, before the start or void before they were sent. */
  aside: sql`p.current and p.panel = 'aside'`,
} as const satisfies Record<string, SQL>;
export type Counted = keyof typeof COUNTED;

/** How many of the client's rows each condition finds, each along the index that serves it. */
export async function countPostings<Name extends Counted>(
  db: ScopedDb,
  scope: ClientScope,
  names: readonly Name[],
): Promise<Readonly<Record<Name, number>>> {
  const { rows } = await db.execute<Record<Name, number>>(
    sql`select ${sql.join(
      names.map(
        (name) =>
          sql`(select count(*)::int from postings p where p.client_id = ${scope.clientId} and ${COUNTED[name]}) as ${sql.identifier(name)}`,
      ),
      sql`, `,
    )}`,
  );
  const [row] = rows;
  if (!row) throw new Error("Nothing was counted");
  return row;
}

/** Of `i` in `incoming_payments`: what waits in Import, of the connection that Import shows. */
export const incomingToDo = (scope: ClientScope): SQL =>
  sql`i.client_id = ${scope.clientId} and i.connection_id = ${shownConnection(scope)} and i.status in ('waiting', 'queued', 'failed')`;

/**
 * Of `d` in `documents`: open ones that no connection has a row of, while there is none that is live or lost. They came in before the
 * client was connected, or after it was disconnected, and get their rows when it is.
 */
const notConnected = (scope: ClientScope): SQL => sql`d.client_id = ${scope.clientId} and d.status = 'open'
  and not exists (select from connections c where c.client_id = ${scope.clientId} and c.state <> 'disconnected')
  and not exists (select from postings p where p.record_id = d.id)`;

export interface ClientCounts {
  readonly pending: number;
  /** Payments waiting in Import. */
  readonly incoming: number;
  /** Nominal and tax codes that waiting documents use and that have no usable mapping. */
  readonly unmapped: number;
  /** Documents that wait for a connection to be made. */
  readonly unconnected: number;
}

/** What stands beside the navigation. */
export async function navCounts(db: ScopedDb, scope: ClientScope): Promise<ClientCounts> {
  const { pending } = await countPostings(db, scope, ["pending"]);
  const { rows } = await db.execute<{ incoming: number; unconnected: number }>(sql`
    select (select count(*)::int from incoming_payments i where ${incomingToDo(scope)}) as incoming,
      (select count(*)::int from documents d where ${notConnected(scope)}) as unconnected`);
  const open = await codesInUse(db, scope, await lastConnectionId(db, scope), "unmapped");
  return { pending, ...(rows[0] ?? { incoming: 0, unconnected: 0 }), unmapped: open.length };
}

/** What the Overview shows: the navigation's figures, and the rest. */
export async function overviewCounts(db: ScopedDb, scope: ClientScope) {
  return {
    ...(await navCounts(db, scope)),
    ...(await countPostings(db, scope, ["exported", "confirmed", "drifted", "drafts", "errors", "checking", "aside"])),
  };
}
