import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import { bodyOf, child, get, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { Message, RawAnswer } from "../types.ts";
import { idOf, type Resource } from "./address.ts";

/** A read, which may be repeated freely. */
export const reading = (operation: string, path: string, query: Readonly<Record<string, string>> = {}): Message => ({
  operation,
  method: "GET",
  path,
  query,
  headers: {},
  body: null,
});

/** Rows of a list that FreeAgent gives at once; its own default of 25 would cut lists off. */
const PAGE = 100;

/** A page of a list. */
export const pageOf = (page: number): Readonly<Record<string, string>> => ({ page: String(page), per_page: String(PAGE) });

/** The rows of a list; none of an answer that is none. */
export const rowsIn = (answer: RawAnswer, { many }: Pick<Resource, "many">): readonly JsonObject[] =>
  list(bodyOf(answer) ?? {}, many);

/** One record; a reconciliation is printed under the name of its list. */
export function oneIn(answer: RawAnswer, { one, many }: Pick<Resource, "one" | "many">): JsonObject | null {
  const body = bodyOf(answer);
  return body && (child(body, one) ?? child(body, many) ?? list(body, many)[0] ?? null);
}

/** Whether more pages follow, by the link that FreeAgent gives, and by its count where it gives no link. */
export function hasNext(answer: RawAnswer, page: number, rows: number): boolean {
  const link = answer.headers.link ?? "";
  if (link.trim() !== "") return /rel="?next"?/i.test(link);
  const total = answer.headers["x-total-count"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(total)) return Number(total) > page * PAGE;
  return rows >= PAGE;
}

/** The id under `key`; null when it is missing or no address. */
export const idUnder = (row: JsonObject, key: string): string | null => idOf(text(row, key));

export function dateUnder(row: JsonObject, key: string): PlainDate | null {
  const value = text(row, key)?.slice(0, 10);
  return value !== undefined && isPlainDate(value) ? value : null;
}

export function momentUnder(row: JsonObject, key: string): Date | null {
  const value = get(row, key);
  if (typeof value !== "string") return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** An amount without its sign: bills and credit notes carry it one way in one field and the other in another. */
export function absolute(row: JsonObject, key: string, currency: string): bigint | null {
  const value = minor(row, key, currency);
  return value !== null && value < 0n ? -value : value;
}
