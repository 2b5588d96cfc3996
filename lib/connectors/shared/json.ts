import { Decimal } from "decimal.js";
import { decimalToMinor, minorToDecimal, roundToMinor } from "#lib/common/money.ts";
import type { RawAnswer } from "../types.ts";

/** What a package answers, with every number kept as the text that stood on the wire: no float is ever made of it. */
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

export function flag(object: JsonObject, key: string): boolean {
  const value = get(object, key);
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

/** The objects listed under `key`; none when it is missing. */
export function list(object: JsonObject, key: string): readonly JsonObject[] {
  const value = get(object, key);
  return Array.isArray(value) ? value.filter(isObject) : [];
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
