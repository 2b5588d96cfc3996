import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import { child, get, type Json, type JsonObject, text } from "../shared/json.ts";

const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The id under `key` in lower case, so that one record is one however an answer writes it; null when there is none. */
export function guid(object: JsonObject, key: string): string | null {
  const id = text(object, key);
  return id !== null && GUID.test(id) ? id.toLowerCase() : id;
}

/**
 * Whether more pages follow this one: by the answer's own count, else by a page that is full. The default of 100 counts as full, since
 * a server may cap pages at it, whatever was asked for.
 */
export function hasNextPage(body: JsonObject, read: number, page: number): boolean {
  const total = text(child(body, "pagination") ?? {}, "pageCount");
  if (total !== null && /^\d{1,9}$/.test(total)) return Number(total) > page;
  return read > 0 && read % 100 === 0;
}

const MS_DATE = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;

/** `/Date(1518685950940+0000)/`, or ISO with or without its zone letter, as a moment; null when it is neither. */
export function momentOf(value: Json): Date | null {
  if (typeof value !== "string") return null;
  const ms = MS_DATE.exec(value)?.[1];
  if (ms !== undefined) {
    const at = new Date(Number(ms));
    return Number.isNaN(at.getTime()) ? null : at;
  }
  if (!/^\d{4}-\d{2}-\d{2}T/.test(value)) return null;
  const at = new Date(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/**
 * The calendar date of a document: from `<key>String` when it is there, else the UTC date of `/Date(ms)/`, which Xero sets to
 * midnight UTC of the organisation's own date. Never through local time.
 */
export function dateOf(object: JsonObject, key: string): PlainDate | null {
  for (const value of [get(object, `${key}String`), get(object, key)]) {
    if (typeof value !== "string") continue;
    if (isPlainDate(value.slice(0, 10))) return value.slice(0, 10);
    const at = momentOf(value)?.toISOString().slice(0, 10);
    if (at !== undefined && isPlainDate(at)) return at;
  }
  return null;
}
