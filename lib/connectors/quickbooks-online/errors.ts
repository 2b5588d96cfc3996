import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError, type SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { bodyOf, child, get, list } from "../shared/json.ts";
import type { CallFault, Message, RawAnswer } from "../types.ts";
import { type Fault, faultsIn, faultsOf, wordsOf } from "./faults.ts";

/** The header by which Intuit's people find a call. */
export const REQUEST_ID = "intuit_tid";

/** How long a company is left alone after it said that it was asked too often, unless it says itself, in ms. */
const PAUSE_MS = 60_000;

/** What each of their codes means for a record. Codes that are not here are refusals in their own words. */
const CODES: Readonly<Record<string, SyncErrorCode>> = {
  "120": "package.subscription-lapsed",
  "500": "internal.unexpected",
  "610": "source.dependency-missing",
  "620": "package.document-state",
  "2010": "internal.unexpected",
  "2020": "source.required-field",
  "2030": "internal.unexpected",
  "2040": "internal.unexpected",
  "2050": "source.too-long",
  "2130": "internal.unexpected",
  "2170": "internal.unexpected",
  "2300": "source.totals-do-not-add",
  "2500": "source.dependency-missing",
  "3100": "connection.scope-missing",
  "3202": "connection.scope-missing",
  "4000": "internal.unexpected",
  "4001": "internal.unexpected",
  "4002": "internal.unexpected",
  "5020": "package.subscription-lapsed",
  "5030": "package.subscription-lapsed",
  "6070": "source.totals-do-not-add",
  "6100": "mapping.tax-missing",
  "6110": "package.document-state",
  "6140": "source.duplicate-number",
  "6190": "package.subscription-lapsed",
  "6200": "package.period-locked",
  "6210": "package.period-locked",
  "6220": "package.document-state",
  "6240": "mapping.entity-unlinked",
  "6430": "mapping.account-wrong-type",
  "6440": "mapping.account-wrong-type",
  "6450": "mapping.account-wrong-type",
  "6480": "package.document-state",
  "6540": "package.document-state",
};

/** Something went wrong there, or the company is at work: it may be done, and is asked again. */
const UNCLEAR: ReadonlySet<string> = new Set(["100", "110", "130", "140", "150", "600", "1000", "1010", "1020", "10000"]);
/** Somebody changed it since it was read: nothing was written, and it is read once more before the next try. */
const STALE = "5010";
/** What was named is not there, or inactive. */
const GONE: ReadonlySet<string> = new Set(["610", "2500"]);

/** What a reference that is gone, or inactive, was: they name the list in English words that no language changes. */
const REFERENCES: readonly { readonly says: RegExp; readonly code: SyncErrorCode; readonly field: string }[] = [
  { says: /\baccounts?\b/i, code: "mapping.target-archived", field: "accountCode" },
  { says: /\bnames?\b|\bcustomers?\b|\bvendors?\b/i, code: "package.contact-archived", field: "contact" },
  { says: /\btax ?codes?\b/i, code: "mapping.tax-missing", field: "taxCode" },
];

/** What stands in every error of one answer. */
export function detailOf(answer: RawAnswer): SyncErrorDetail {
  const requestId = answer.headers[REQUEST_ID];
  return { httpStatus: answer.status, ...(requestId === undefined ? {} : { requestId }) };
}

/**
 * What they say of one record as one error of ours, all of their words kept.
 * @param isHeld the record is there already: what is gone then is the record itself
 */
export function errorOf(faults: readonly Fault[], extra: SyncErrorDetail, isHeld = false): SyncError {
  const [first] = faults;
  const said = faults.map((fault) => `${wordsOf(fault)}${fault.code === "" ? "" : ` (${fault.code})`}`);
  if (!first) return new SyncError("package.refused", { ...extra, said });
  if (isHeld && first.code === "610") return new SyncError("package.document-state", { ...extra, said });
  const found = GONE.has(first.code) ? REFERENCES.find(({ says }) => says.test(first.detail)) : undefined;
  if (found) return new SyncError(found.code, { ...extra, field: found.field, said });
  return new SyncError(CODES[first.code] ?? "package.refused", { ...extra, said });
}

/** Whether these say that the outcome is open. */
export const isUnclear = (faults: readonly Fault[]): boolean => faults.some(({ code }) => UNCLEAR.has(code));

/** What one record of several was held back for, and not refused: it goes again by itself. */
export function heldBackFor([first]: readonly Fault[]): SyncErrorCode | null {
  if (!first) return null;
  if (isThrottle(first)) return "transient.rate-limited";
  // Somebody changed it since: the engine reads it anew before it asks again.
  if (first.code === STALE) return "transient.not-sent";
  return first.code === "3200" ? "connection.token-expired" : null;
}

const isThrottle = ({ code, message }: Fault): boolean => code === "3001" || /ThrottleExceeded/i.test(message);

/** A read of one record by its id, where "not found" is an answer. */
const ASKS_FOR_ONE = /^read(?!Company|Preferences)[A-Z]/;

/** Faults of the lists in an answer to a read: what one of them lacks would look as if nothing had changed. */
function faultsInside(answer: RawAnswer, message: Message): readonly Fault[] {
  const body = bodyOf(answer);
  if (!body || message.path.endsWith("/batch")) return [];
  const changes = list(body, "CDCResponse");
  const lists = [child(body, "QueryResponse") ?? {}, ...changes, ...changes.flatMap((one) => list(one, "QueryResponse"))];
  return lists.flatMap(faultsOf);
}

/** What each read's answer holds, be there anything in it or not. */
const HOLDS = [
  ["/query", "QueryResponse"],
  ["/cdc", "CDCResponse"],
  ["/preferences", "Preferences"],
] as const;

/** Whether an answer is what it should be: one without its list says nothing, and would look as if nothing were there. */
function holdsItsList(answer: RawAnswer, { path }: Message): boolean {
  const body = bodyOf(answer);
  const due = HOLDS.find(([end]) => path.endsWith(end))?.[1];
  return body !== null && (due === undefined || (typeof get(body, due) === "object" && get(body, due) !== null));
}

/** What an answer means for the call as a whole; null when `read` can say it all. */
export function faultOf(answer: RawAnswer, message: Message): CallFault | null {
  const { status } = answer;
  const faults = [...faultsIn(answer), ...faultsInside(answer, message)];
  const said = () => ({ ...detailOf(answer), said: saidBy(answer, faults) });
  if (status === 429 || ((status === 403 || status === 200) && faults.some(isThrottle)))
    return { what: "rate-limited", limit: "minute", retryAfterMs: retryAfterMs(answer) ?? PAUSE_MS };
  const [first] = faults;
  if (status === 401 || first?.code === "3200")
    return { what: "token-expired", error: new SyncError("connection.token-expired", said()) };
  if (status === 403 || first?.code === "3100")
    return { what: "connection-lost", error: new SyncError("connection.scope-missing", said()) };
  if (status >= 500) return { what: "unclear", why: "server-error" };
  if (first) {
    if (isUnclear(faults)) return { what: "unclear", why: "server-error" };
    if (first.code === "610" && ASKS_FOR_ONE.test(message.operation)) return null;
    return { what: "refused", error: errorOf(faults, detailOf(answer)) };
  }
  // A login page of some proxy in between, or half an answer, is no yes.
  if (status === 200) return holdsItsList(answer, message) ? null : { what: "unclear", why: "unparsable" };
  return { what: "unclear", why: "not-definite" };
}

/** What they answered, word for word, with the status. */
export function saidIn(answer: RawAnswer): SyncErrorDetail {
  return { ...detailOf(answer), said: saidBy(answer, faultsIn(answer)) };
}

function saidBy(answer: RawAnswer, faults: readonly Fault[]): string[] {
  if (faults.length > 0) return faults.map((fault) => `${wordsOf(fault)}${fault.code === "" ? "" : ` (${fault.code})`}`);
  if (bodyOf(answer)) return [];
  const plain = answer.body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  return plain === "" ? [] : [plain];
}

function retryAfterMs(answer: RawAnswer): number | null {
  const said = answer.headers["retry-after"]?.trim() ?? "";
  return /^\d{1,6}(\.\d+)?$/.test(said) ? Math.ceil(Number(said)) * 1000 : null;
}
