import { flag, get, type JsonObject, text } from "../shared/json.ts";
import { modifiedSince } from "./confirm.ts";
import { guid, momentOf } from "./json.ts";

const PAGE = 1_000;
/** Xero's clock, the edge second and changes under way: read the last five minutes again, and store by id. */
const OVERLAP_MS = 5 * 60_000;

/** Where the next read of a list begins: from a moment (ISO; null reads everything) and a page of what changed since. */
export interface Seek {
  readonly since: string | null;
  readonly page: number;
}

/** Some changes do not move Xero's modified date, so everything is read again after this long. */
const SWEEP_AFTER_MS = 7 * 86_400_000;

/** Whether this reading is of everything, and when the last such one ended by Xero's own clock (ISO; null before the first). */
export interface Sweep {
  readonly sweeping: boolean;
  readonly swept: string | null;
}

/** Before anything was read: the first reading is of everything. */
export const FIRST_SWEEP: Sweep = { sweeping: true, swept: null };

/** Where the next reading of a list begins: at the very beginning, else five minutes before the last change that was seen. */
export function beginAt(seen: string | null, sweeping: boolean): Seek {
  return { since: seen === null || sweeping ? null : new Date(Date.parse(seen) - OVERLAP_MS).toISOString(), page: 1 };
}

/** What the reading after this one is, once this one is done. `body` is its last answer, which tells Xero's time. */
export function nextSweep({ sweeping, swept }: Sweep, body: JsonObject | null): Sweep {
  const at = (body && momentOf(get(body, "DateTimeUTC"))?.toISOString()) ?? null;
  if (sweeping || swept === null) return { sweeping: false, swept: at ?? swept };
  return { sweeping: at !== null && Date.parse(at) - Date.parse(swept) >= SWEEP_AFTER_MS, swept };
}

/** The sweep of a stored cursor. */
export function storedSweep(cursor: JsonObject): Sweep {
  return { sweeping: flag(cursor, "sweeping"), swept: storedMoment(text(cursor, "swept")) };
}

/** What a read of a list asks for: the page, and the moment in its header. */
export function seekMessage({ since, page }: Seek): {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
} {
  return {
    query: { page: String(page), pageSize: String(PAGE) },
    headers: since === null ? {} : { "If-Modified-Since": modifiedSince(new Date(since)) },
  };
}

/** The latest change among these elements, ISO; null when none says. */
export function lastChange(elements: readonly JsonObject[]): string | null {
  let last: string | null = null;
  for (const element of elements) {
    const at =
      (momentOf(get(element, "UpdatedDateUTC")) ?? momentOf(get(element, "UpdatedDateUTCString")))?.toISOString() ?? null;
    if (at !== null && (last === null || at > last)) last = at;
  }
  return last;
}

export function later(one: string | null, other: string | null): string | null {
  return one === null || (other !== null && other > one) ? other : one;
}

/**
 * Goes on after a full page: asks anew for what changed since that page's last row, so that a row which changes meanwhile moves to the
 * end and pushes no other past us. Only where a full page lies within a second does it turn the page.
 */
export function goOn(here: Seek, pageEnd: string | null): Seek {
  // A second back: whether the edge second itself is in the next answer is not documented.
  const since = pageEnd === null ? null : new Date(Math.floor(Date.parse(pageEnd) / 1000) * 1000 - 1000).toISOString();
  const moves = since !== null && (here.since === null || modifiedSince(new Date(since)) > modifiedSince(new Date(here.since)));
  return moves ? { since, page: 1 } : { ...here, page: here.page + 1 };
}

/** A moment of a stored cursor; null when it is none. */
export function storedMoment(value: string | null): string | null {
  return value !== null && !Number.isNaN(Date.parse(value)) ? value : null;
}

/** A page number of a stored cursor. */
export function storedPage(value: string | null): number {
  return Math.max(1, Number(value ?? "1") || 1);
}

/** What a read ended with: the rows that the overlap will show again, as id and moment of change; null where they are not all known. */
export type Edge = readonly string[] | null;

/** More than so many rows within the overlap are compared in the database instead. */
const MOST_AT_EDGE = 40;

const markOf = (element: JsonObject, idKey: string): string =>
  `${guid(element, idKey) ?? ""}@${momentOf(get(element, "UpdatedDateUTC"))?.getTime() ?? text(element, "UpdatedDateUTCString") ?? ""}`;

/** The rows of this last page that the next read, which begins at `since`, will show again. */
export function edgeOf(here: Seek, since: string | null, elements: readonly JsonObject[], idKey: string): Edge {
  const all = here.page === 1 && (here.since === null || (since !== null && here.since <= since));
  if (!all) return null;
  const from = since === null ? null : Math.floor(Date.parse(since) / 1000) * 1000;
  const within = elements.filter((element) => {
    const at = momentOf(get(element, "UpdatedDateUTC"))?.getTime();
    return from === null || at === undefined || at >= from;
  });
  return within.length > MOST_AT_EDGE ? null : within.map((element) => markOf(element, idKey)).sort();
}

/** Whether a page shows just what the last read ended with. A package that says that nothing was modified (304) shows it by that. */
export function isEdge(edge: Edge, elements: readonly JsonObject[] | null, idKey: string): boolean {
  if (elements === null) return true;
  if (edge === null || edge.length !== elements.length) return false;
  const marks = elements.map((element) => markOf(element, idKey)).sort();
  return marks.every((mark, index) => mark === edge[index]);
}

/** The edge of a stored cursor. */
export function storedEdge(cursor: JsonObject): Edge {
  const value = get(cursor, "edge");
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : null;
}
