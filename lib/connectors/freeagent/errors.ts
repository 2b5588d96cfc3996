import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError, type SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { bodyOf, get, isObject, type Json, type JsonObject, text } from "../shared/json.ts";
import type { CallFault, Message, RawAnswer } from "../types.ts";
import { levelOf } from "./levels.ts";

interface Rule {
  readonly says: RegExp;
  readonly code: SyncErrorCode;
  readonly field?: string;
}

/**
 * FreeAgent's refusals have no code, and its reasons are deliberately not listed in its documentation. Each is known by its words, as
 * the documentation's samples and answers in the vendor's forum give them; the first hit wins, so the more particular stand first.
 */
const RULES: readonly Rule[] = [
  {
    says: /period .*(?:locked|closed)|(?:locked|closed) period|accounts? (?:are|is) locked|lock(?:ed)? (?:up )?to|accounting year|(?:vat|tax) return|final accounts|before the (?:company|freeagent) start/i,
    code: "package.period-locked",
    field: "issuedOn",
  },
  {
    says: /is locked and cannot be changed|is locked|cannot be (?:edited|changed|deleted|marked)/i,
    code: "package.document-state",
  },
  { says: /reference .*(?:already|taken|unique|in use)|duplicate reference/i, code: "source.duplicate-number", field: "number" },
  { says: /reference can(?:'|’)?t be blank/i, code: "source.required-field", field: "number" },
  {
    says: /(?:exceeds?|more than|greater than) .*(?:due|unexplained|outstanding|remaining|value)/i,
    code: "package.payment-too-large",
  },
  { says: /ec.?status|reverse charge/i, code: "mapping.tax-not-allowed-on-account", field: "taxCode" },
  { says: /sales.?tax.?(?:rate|status)/i, code: "mapping.tax-missing", field: "taxCode" },
  { says: /category .*(?:blank|not found|does not exist|couldn)/i, code: "mapping.account-missing", field: "accountCode" },
  { says: /category/i, code: "mapping.account-wrong-type", field: "accountCode" },
  { says: /contact .*(?:hidden|not active)/i, code: "package.contact-archived", field: "contact" },
  {
    says: /contact .*(?:not found|couldn|does not exist|must exist|blank)/i,
    code: "source.dependency-missing",
    field: "contact",
  },
  { says: /e-?mail/i, code: "source.bad-format", field: "email" },
  { says: /currency/i, code: "package.currency-or-feature-off", field: "currency" },
  { says: /subscription|trial/i, code: "package.subscription-lapsed" },
  { says: /too long|is too (?:long|large)/i, code: "source.too-long" },
  { says: /can(?:'|’)?t be blank|is required|missing/i, code: "source.required-field" },
  { says: /is invalid|is not a (?:number|date)|not valid/i, code: "source.bad-format" },
];

/** The header by which FreeAgent's people find a call. */
export const REQUEST_ID = "x-request-id";

function detailOf(answer: RawAnswer): SyncErrorDetail {
  const requestId = answer.headers[REQUEST_ID];
  return { httpStatus: answer.status, ...(requestId === undefined ? {} : { requestId }) };
}

/** Every message below `errors`: a list of them, or one object. */
function messagesIn(value: Json | undefined, depth = 0): string[] {
  if (depth > 6 || value === undefined || value === null) return [];
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((one: Json) => messagesIn(one, depth + 1));
  if (!isObject(value)) return [];
  const own = text(value, "message");
  return own === null ? Object.values(value).flatMap((one) => messagesIn(one, depth + 1)) : [own];
}

const reasonsIn = (body: JsonObject | null): string[] =>
  body === null ? [] : messagesIn(get(body, "errors")).concat(messagesIn(get(body, "error")));

/** FreeAgent's own words: each of its reasons, or the first 500 characters of anything that is no JSON. */
function wordsOf(answer: RawAnswer): string[] {
  const reasons = [...new Set(reasonsIn(bodyOf(answer)))];
  if (reasons.length > 0 || bodyOf(answer)) return reasons;
  const plain = answer.body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  return plain === "" ? [] : [plain];
}

/** What FreeAgent answered, word for word, with the status. */
export const saidIn = (answer: RawAnswer): SyncErrorDetail => ({ ...detailOf(answer), said: wordsOf(answer) });

/** `invoice_items` beside a reason that says which says nothing more. */
const isEmptyWord = (said: string) => /contains? errors?$/i.test(said);

/** One of our errors for what FreeAgent says of a record. Words that we do not know are `package.refused`. */
export function errorOf(said: readonly string[], extra: SyncErrorDetail = {}): SyncError {
  const telling = said.filter((one) => !isEmptyWord(one));
  for (const words of telling.length > 0 ? telling : said) {
    const rule = RULES.find(({ says }) => says.test(words));
    if (rule) return new SyncError(rule.code, { ...extra, ...(rule.field ? { field: rule.field } : {}), said });
  }
  return new SyncError("package.refused", { ...extra, said });
}

const isLocked = (said: readonly string[]) => said.some((one) => /lock|closed|cannot be (?:edited|changed|deleted)/i.test(one));

/** Reads of one record by its id, where a 404 says that it is not there. */
const asksForOne = ({ method, operation }: Message) => method === "GET" && operation.startsWith("getOne");

/** Reads that may be refused without harm: another one follows, which the user's level may allow. */
const mayBeClosed = ({ operation }: Message) => operation === "getLocks" || operation.startsWith("derive");

/** Changes, transitions and deletions: of their answers the documentation prints the status alone. */
const needsNoBody = ({ method }: Message) => method === "DELETE" || method === "PUT";

/**
 * What an answer means for the call as a whole; null when `read` can say it all.
 *
 * A 403 is either a lock, which its words say, or a level of access that the user who connected lacks: the user's other resources go
 * on, so that is a refusal with the level's name, and only where the company itself is closed is the connection lost.
 */
export function faultOf(answer: RawAnswer, message: Message): CallFault | null {
  const { status } = answer;
  if (status === 200 || status === 201 || (status === 204 && needsNoBody(message))) {
    if (bodyOf(answer) || (needsNoBody(message) && answer.body.trim() === "")) return null;
    return { what: "unclear", why: "unparsable" };
  }
  if (status === 429) return { what: "rate-limited", limit: "minute", retryAfterMs: retryAfterMs(answer) ?? 60_000 };
  const said = wordsOf(answer);
  const detail = { ...detailOf(answer), said };
  if (status === 401) return { what: "token-expired", error: new SyncError("connection.token-expired", detail) };
  if (status === 403) {
    if (mayBeClosed(message)) return null;
    if (isLocked(said)) return { what: "refused", error: lockedError(said, detail, message) };
    const level = levelOf(message.path);
    const error = new SyncError("connection.scope-missing", { ...detail, value: level.name, said: [...said, level.words] });
    return level.isLeast ? { what: "connection-lost", error } : { what: "refused", error };
  }
  if (status === 404 && (asksForOne(message) || mayBeClosed(message))) return null;
  if (status === 400 || status === 404 || status === 406 || status === 422) {
    // Without a reason that we can read it may come from something between us and FreeAgent.
    if (reasonsIn(bodyOf(answer)).length === 0) return { what: "unclear", why: "not-definite" };
    // Something that is to be changed by its id, and is no longer there.
    const isGone = status === 404 && message.method !== "GET" && message.method !== "POST";
    return { what: "refused", error: isGone ? new SyncError("package.document-state", detail) : errorOf(said, detail) };
  }
  return { what: "unclear", why: status >= 500 ? "server-error" : "not-definite" };
}

/** A new record, or a draft that is to be marked as sent, is locked by its date alone; another one may be locked for itself. */
function lockedError(said: readonly string[], detail: SyncErrorDetail, { method, path }: Message): SyncError {
  const error = errorOf(said, detail);
  if ((method === "POST" || path.endsWith("/mark_as_sent")) && error.code === "package.document-state")
    return new SyncError("package.period-locked", { ...detail, field: "issuedOn" });
  return error;
}

/** `Retry-After`, in whole seconds; null where it does not say. */
function retryAfterMs(answer: RawAnswer): number | null {
  const header = answer.headers["retry-after"]?.trim() ?? "";
  return /^\d{1,7}$/.test(header) ? Number(header) * 1_000 : null;
}
