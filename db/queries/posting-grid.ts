import { and, eq, inArray, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PanelFilter, PostingSelection } from "#lib/posting/selection.ts";
import { postings } from "../schema/postings.ts";

/** The text as a LIKE pattern that finds it anywhere, its own wildcards taken as plain characters. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}

const refusedValue = sql`coalesce(${postings.errorDetail}->>'value', '')`;
const precheckValue = sql`coalesce(${postings.precheckDetail}->>'value', '')`;

/** The condition over `postings` that a panel's filter stands for: current rows of this client alone. */
export function panelWhere(filter: PanelFilter, scope: ClientScope): SQL {
  const p = postings;
  const conditions: (SQL | undefined)[] = [eq(p.clientId, scope.clientId), sql`${p.current}`, eq(p.panel, filter.panel)];
  if (filter.search) {
    const pattern = containing(filter.search);
    conditions.push(or(sql`${p.reference} ilike ${pattern}`, sql`${p.party} ilike ${pattern}`));
  }
  if (filter.kinds?.length) conditions.push(inArray(p.kind, filter.kinds));
  if (filter.states?.length) conditions.push(inArray(p.state, filter.states));
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
    const inErrors = filter.panel === "errors";
    conditions.push(eq(inErrors ? p.errorCode : p.precheckCode, filter.code));
    if (filter.value !== undefined) conditions.push(sql`${inErrors ? refusedValue : precheckValue} = ${filter.value}`);
  }
  if (filter.runId !== undefined) conditions.push(eq(p.runId, filter.runId));
  return and(...conditions) ?? sql`false`;
}

/**
 * The condition over `postings` that a selection stands for: current rows of this client, and for a filter those alone that were
 * there at its `asOf`. It says nothing of which states an action may take: that is the action's own condition.
 */
export function selectionWhere(selection: PostingSelection, scope: ClientScope): SQL {
  const p = postings;
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
