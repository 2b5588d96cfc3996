import { flag, isObject, type JsonObject, parseJson, text } from "../shared/json.ts";
import type { RawAnswer } from "../types.ts";
import { momentUnder } from "./read.ts";

/** FreeAgent's clock, the edge second and changes under way: what changed ten minutes before is read again, and stored by id. */
const OVERLAP_MS = 10 * 60_000;
/** Some changes may not move a record's own date, and nothing tells of deletions: everything is read again after this long. */
const SWEEP_AFTER_MS = 7 * 86_400_000;

/** Where the reading of one list stands. */
export interface Seek {
  /** ISO; null reads everything. */
  readonly since: string | null;
  readonly page: number;
  /** The latest change that was seen, which never goes back. */
  readonly seen: string | null;
}

export const FROM_THE_START: Seek = { since: null, page: 1, seen: null };

/** Whether this reading is of everything, and when the last such one began by FreeAgent's clock (ISO; null before the first). */
export interface Sweep {
  readonly sweeping: boolean;
  readonly swept: string | null;
}

export const FIRST_SWEEP: Sweep = { sweeping: true, swept: null };

const moment = (value: string | null): string | null => (value !== null && !Number.isNaN(Date.parse(value)) ? value : null);

export function storedSeek(object: JsonObject | null): Seek {
  if (!object) return FROM_THE_START;
  return {
    since: moment(text(object, "since")),
    page: Math.max(1, Number(text(object, "page") ?? "1") || 1),
    seen: moment(text(object, "seen")),
  };
}

export const storedSweep = (object: JsonObject): Sweep => ({
  sweeping: flag(object, "sweeping"),
  swept: moment(text(object, "swept")),
});

/** A stored cursor. @throws {RangeError} for one that is not ours */
export function cursorObject(cursor: string): JsonObject {
  const value = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of FreeAgent's lists");
  return value;
}

/** What a read of a list asks for beside its page: the oldest change first, so that what changes meanwhile moves to the end. */
export const seekQuery = ({ since }: Seek): Readonly<Record<string, string>> => (since === null ? {} : { updated_since: since });

/** The latest of what was seen before and of these rows. */
export function seenWith(before: string | null, rows: readonly JsonObject[]): string | null {
  const changes = rows.flatMap((row) => momentUnder(row, "updated_at")?.toISOString() ?? []);
  return [before, ...changes].reduce<string | null>(
    (last, one) => (last === null || (one !== null && one > last) ? one : last),
    null,
  );
}

/** Where the next reading of a list begins, once this one has ended. */
export const beginAt = (seen: string | null, sweeping: boolean): Seek => ({
  since: seen === null || sweeping ? null : new Date(Date.parse(seen) - OVERLAP_MS).toISOString(),
  page: 1,
  seen,
});

/** What the reading after this one is. @param answer its last one, which tells FreeAgent's time */
export function nextSweep({ sweeping, swept }: Sweep, answer: RawAnswer): Sweep {
  const said = Date.parse(answer.headers.date ?? "");
  const at = Number.isNaN(said) ? null : new Date(said).toISOString();
  if (sweeping || swept === null) return { sweeping: false, swept: at ?? swept };
  return { sweeping: at !== null && Date.parse(at) - Date.parse(swept) >= SWEEP_AFTER_MS, swept };
}
