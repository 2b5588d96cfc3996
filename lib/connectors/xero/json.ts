import { Decimal } from "decimal.js";
import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import { decimalToMinor, minorToDecimal, roundToMinor } from "#lib/common/money.ts";
import type { RawAnswer } from "../types.ts";

/** What Xero answers, with every number kept as the text that stood on the wire: no float is ever made of it. */
export type Json = string | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

/**
 * Reads JSON with numbers as their own text ("24.30" stays "24.30").
 * @throws {SyntaxError} when the text is no JSON
 */
export function parseJson(text: string): Json {
  const parsed: Json = JSON.parse(
    text.startsWith("\uFEFF") ? text.slice(1) : text,
    (_key, value: Json, context?: { source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value,
  );
  return parsed;
}

const parsed = new WeakMap<RawAnswer, JsonObject | null>();

/** The answer's body when it is a JSON object, else null. Parsed once an answer, however often it is asked. */
export function bodyOf(answer: RawAnswer): JsonObject | null {
  const known = parsed.get(answer);
  if (known !== undefined) return known;
  let body: JsonObject | null = null;
  try {
    const value = parseJson(answer.body);
    if (isObject(value)) body = value;
  } catch {
    // Not JSON, cut off, or nested deeper than the stack goes.
  }
  parsed.set(answer, body);
  return body;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under `key`; null when there is none. Keys that only differ in case count as the same when none fits exactly. */
export function get(object: JsonObject, key: string): Json {
  if (Object.hasOwn(object, key)) return object[key] ?? null;
  const lower = key.toLowerCase();
  for (const other of Object.keys(object)) if (other.toLowerCase() === lower) return object[other] ?? null;
  return null;
}

/** The text under `key`, trimmed of nothing; null when it is missing, empty or no text. */
export function text(object: JsonObject, key: string): string | null {
  const value = get(object, key);
  return typeof value === "string" && value !== "" ? value : null;
}

const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The id under `key` in lower case, so that one record is one however an answer writes it; null when there is none. */
export function guid(object: JsonObject, key: string): string | null {
  const id = text(object, key);
  return id !== null && GUID.test(id) ? id.toLowerCase() : id;
}

export function flag(object: JsonObject, key: string): boolean {
  const value = get(object, key);
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

/** The objects listed under `key`; none when it is missing. */
export function list(object: JsonObject, key: string): readonly JsonObject[] {
  const value = get(object, key);
  return Array.isArray(value) ? value.filter(isObject) : [];
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

export function child(object: JsonObject, key: string): JsonObject | null {
  const value = get(object, key);
  return isObject(value) ? value : null;
}

const NUMBER = /^[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?$/;

/** The exact decimal under `key`; null when it is missing or no number. */
export function decimal(object: JsonObject, key: string): Decimal | null {
  const value = get(object, key);
  return typeof value === "string" && NUMBER.test(value) ? new Decimal(value) : null;
}

/** The amount under `key` in minor units of `currency`; null when it is missing or no number. A part of a penny is rounded. */
export function minor(object: JsonObject, key: string, currency: string): bigint | null {
  const value = get(object, key);
  if (typeof value !== "string" || !NUMBER.test(value)) return null;
  return decimalToMinor(value, currency) ?? roundToMinor(new Decimal(value), currency);
}

/** An amount as a JSON number with the digits it has, never through a float. */
export function amount(minorUnits: bigint, currency: string): object {
  return rawJSON(minorToDecimal(minorUnits, currency));
}

/** A decimal string as a JSON number. @throws {RangeError} when it is no plain decimal */
export function exact(decimalText: string): object {
  if (!/^[+-]?\d+(\.\d+)?$/.test(decimalText)) throw new RangeError(`"${decimalText}" is no plain decimal`);
  return rawJSON(new Decimal(decimalText).toFixed());
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
