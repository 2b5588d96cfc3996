import { isDate } from "#lib/simulator/core/dates.ts";
import { parseDecimal, round } from "#lib/simulator/core/decimal.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { day, listOf, member, objectOf, PostDataInvalid, textOf, type Wire, type WireObject } from "#lib/simulator/xero/wire.ts";

/** Why one element was refused: Xero's sentences, and those that belong to a line. */
export class ElementRefused extends Error {
  readonly messages: string[];
  /** By line position. */
  readonly lines: Map<number, string[]>;
  constructor(messages: readonly string[], lines: Map<number, string[]> = new Map()) {
    super(messages[0] ?? "Refused");
    this.messages = [...messages];
    this.lines = lines;
  }
}

export const refuse = (...messages: string[]): never => {
  throw new ElementRefused(messages);
};

/** One write call as an element's handler sees it. */
export type WriteContext = {
  tenant: Tenant;
  now: number;
  /** The OAuth client that calls; null when a person acts inside Xero. */
  app: string | null;
  /** Period locks do not bind an adviser. */
  adviser: boolean;
  /** PUT creates only. */
  createOnly: boolean;
  /** Digits kept on unit prices: 2 or 4. */
  unitDigits: 2 | 4;
};

export type Written = { wire: WireObject; warnings: string[]; ids: string[] };

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const longDate = (date: string) => `${date.slice(8, 10)}-${MONTHS[Number(date.slice(5, 7)) - 1] ?? ""}-${date.slice(0, 4)}`;

/** What the lock dates say about a date: nothing, one sentence, or two. */
export function lockMessages(tenant: Tenant, date: string, adviser: boolean): string[] {
  const { periodLock, yearLock } = tenant.settings;
  const messages: string[] = [];
  if (periodLock !== null && !adviser && date <= periodLock) {
    messages.push(`The document date cannot be before the period lock date, currently set at ${longDate(periodLock)}`);
  }
  if (yearLock !== null && date <= yearLock) {
    messages.push(`The document date cannot be before the end of year lock date, currently set at ${longDate(yearLock)}`);
  }
  return messages;
}

/** A date member as `YYYY-MM-DD`. @throws {PostDataInvalid} */
export function dateOf(element: WireObject, name: string, path = name): string | null | undefined {
  const text = textOf(element, name, path);
  if (text === undefined || text === null || text === "") return text === "" ? null : text;
  const ms = /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/.exec(text)?.[1];
  const date = ms !== undefined ? new Date(Number(ms)).toISOString().slice(0, 10) : text.replace(/T.*$/, "");
  if (!isDate(date)) throw new PostDataInvalid(`Error converting value "${text}" to type 'System.DateTime'. Path '${path}'.`);
  return date;
}

/** A number member as a decimal string. @throws {PostDataInvalid} */
export function decimalOf(element: WireObject, name: string, path = name): string | undefined {
  const text = textOf(element, name, path);
  if (text === undefined || text === null || text === "") return undefined;
  if (parseDecimal(text) === null)
    throw new PostDataInvalid(`Error converting value "${text}" to type 'System.Decimal'. Path '${path}'.`);
  return text.trim();
}

/** An amount member in hundredths, a half penny away from zero. @throws {PostDataInvalid} */
export function amountOf(element: WireObject, name: string, path = name): bigint | undefined {
  const text = decimalOf(element, name, path);
  const value = text === undefined ? null : parseDecimal(text);
  return value === null ? undefined : round(value, 2).units;
}

export function booleanOf(element: WireObject, name: string): boolean | undefined {
  const value = member(element, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw new PostDataInvalid(`Error converting value to type 'System.Boolean'. Path '${name}'.`);
}

/** A member out of a fixed set of words. @throws {PostDataInvalid} */
export function wordOf(element: WireObject, name: string, words: readonly string[], type: string): string | undefined {
  const text = textOf(element, name);
  if (text === undefined || text === null || text === "") return undefined;
  const word = words.find((one) => one.toLowerCase() === text.toLowerCase());
  if (word === undefined)
    throw new PostDataInvalid(`Error converting value "${text}" to type 'Xero.API.Library.${type}'. Path '${name}'.`);
  return word;
}

export { listOf, objectOf, textOf };

const NO_ID = "00000000-0000-0000-0000-000000000000";

/** What an element of a write says of itself beside its own members; which of them it has differs from kind to kind. */
export function remarksOf(plural: string, failed: boolean, warnings: readonly string[]): WireObject {
  const remarks: WireObject = {};
  if (plural === "Invoices" || plural === "CreditNotes") remarks.HasErrors = failed;
  if (plural === "Contacts" || plural === "Payments") remarks.HasValidationErrors = failed;
  if (warnings.length > 0 || ["Invoices", "CreditNotes", "Payments", "ManualJournals"].includes(plural)) {
    remarks.Warnings = warnings.map((Message) => ({ Message }));
  }
  return remarks;
}

const DATES = ["Date", "DueDate", "PlannedPaymentDate", "ExpectedPaymentDate"];

/** A refused element as Xero gives it back: what was sent, its dates as Xero writes them, no id, and the sentences. */
export function refusedElement(
  sent: WireObject,
  plural: string,
  idName: string,
  refused: ElementRefused,
  lineErrorsOnly: boolean,
): WireObject {
  const copy: WireObject = { ...sent };
  for (const name of DATES) {
    const date = copy[name];
    if (typeof date === "string" && isDate(date)) copy[name] = day(date);
  }
  const lines = copy.LineItems;
  if (Array.isArray(lines)) {
    copy.LineItems = lines.map((line, position): Wire => {
      if (typeof line !== "object" || line === null || Array.isArray(line)) return line;
      const errors = (refused.lines.get(position) ?? []).map((Message) => ({ Message }));
      return { ...(line as WireObject), ValidationErrors: errors };
    });
  }
  const hidden = lineErrorsOnly ? new Set([...refused.lines.values()].flat()) : new Set<string>();
  return {
    [idName]: textOf(sent, idName) ?? NO_ID,
    ...copy,
    ...remarksOf(plural, true, []),
    ValidationErrors: refused.messages.filter((message) => !hidden.has(message)).map((Message) => ({ Message })),
  };
}
