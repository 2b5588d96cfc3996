import { isPlainDate } from "#lib/common/dates.ts";
import { SyncError } from "#lib/errors/sync-error.ts";

/** @throws {SyncError} unless it is a calendar date */
export function date(value: string, field: string): string {
  if (!isPlainDate(value)) bad(field, value, "not a calendar date");
  return value;
}

/** @throws {SyncError} when the value is blank */
export function need(value: string, field: string, subject?: string): void {
  if (value.trim() === "") throw new SyncError("source.required-field", { field, ...(subject ? { subject } : {}) });
}

/**
 * What holds a text to a package's own length: nothing is cut off.
 * @param taker the package's name, for the words of the refusal
 */
export function withinOf(taker: string) {
  return (value: string, longest: number, field: string, subject?: string): void => {
    if (value.length <= longest) return;
    throw new SyncError("source.too-long", {
      field,
      value: value.length > 120 ? `${value.slice(0, 120)}…` : value,
      said: [`${value.length} characters; ${taker} takes ${longest}`],
      ...(subject ? { subject } : {}),
    });
  };
}

/** Control characters make a call of many records fail as one. Tabs and line breaks may stand in a description. */
export function clean(value: string, field: string, breaks = false): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if ((breaks ? /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/ : /[\x00-\x1F\x7F]/).test(value))
    bad(field, value, "it holds a control character");
}

/** @throws {SyncError} always */
export function bad(field: string, value: string, why: string, subject?: string): never {
  throw new SyncError("source.bad-format", {
    field,
    value: value.length > 120 ? `${value.slice(0, 120)}…` : value,
    said: [why],
    ...(subject ? { subject } : {}),
  });
}
