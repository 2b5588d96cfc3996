import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError, type SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { bodyOf, get, isObject, type Json, type JsonObject, list, text } from "../shared/json.ts";
import type { CallFault, Message, RawAnswer } from "../types.ts";

interface Rule {
  readonly says: RegExp;
  readonly code: SyncErrorCode;
  /** Our field; on a line it is put behind `lines[n].`. */
  readonly field?: string;
}

/**
 * Xero's validation errors have no code, only a sentence. Each is known by its words, in upper or lower case, British or American;
 * the named groups are what the sentence names. First hit wins, so the more particular stand first. Wording as seen live and in vendors' help pages.
 */
const RULES: readonly Rule[] = [
  { says: /idempotency.*different request|used with a different request/i, code: "internal.unexpected" },
  {
    says: /tax ?type code '?(?<tax>[^' ]+)'? cannot be used with account code '?(?<account>[^'.]+)/i,
    code: "mapping.tax-not-allowed-on-account",
    field: "taxCode",
  },
  {
    says: /tax ?type(?: code)? '?(?<tax>[^' ]+)'? (?:does not exist|cannot be used|is not valid|is invalid)/i,
    code: "mapping.tax-missing",
    field: "taxCode",
  },
  { says: /tax rate must be valid/i, code: "mapping.target-archived", field: "taxCode" },
  {
    says: /account code '?(?<account>[^']+?)'? has been (?:archived|deleted|removed)/i,
    code: "mapping.target-archived",
    field: "accountCode",
  },
  { says: /account code '?(?<account>[^']+?)'? is not a valid code/i, code: "mapping.account-wrong-type", field: "accountCode" },
  {
    says: /account (?:code|code or id|id)? ?must be specified|must specify an account/i,
    code: "mapping.account-missing",
    field: "accountCode",
  },
  { says: /account must be valid/i, code: "mapping.target-archived", field: "accountCode" },
  {
    says: /(?:period|year) lock date(?:.*?currently set at (?<lock>\d{1,2}-[A-Za-z]{3}-\d{4}))?/i,
    code: "package.period-locked",
    field: "issuedOn",
  },
  { says: /contact name '?(?<name>.+?)'? is already assigned/i, code: "mapping.entity-unlinked", field: "name" },
  { says: /contact ?number .*(?:already|must be unique|is assigned)/i, code: "mapping.entity-unlinked", field: "reference" },
  { says: /item with code '?(?<item>.+?)'? already exists/i, code: "mapping.entity-unlinked", field: "reference" },
  {
    says: /item code '?(?<item>[^']+?)'? (?:is not valid|does not exist|could not be found)/i,
    code: "source.dependency-missing",
    field: "productReference",
  },
  {
    says: /(?:invoice|credit note|number).* must be unique|number .*already (?:been used|exists)/i,
    code: "source.duplicate-number",
    field: "number",
  },
  { says: /contact.*archived|archived contact/i, code: "package.contact-archived", field: "contact" },
  { says: /contact .*(?:could not be found|was not found|does not exist)/i, code: "source.dependency-missing", field: "contact" },
  { says: /payment amount exceeds|amount allocated exceeds/i, code: "package.payment-too-large" },
  {
    says: /not of valid status|cannot be edited as it has|cannot be applied to the invoice because|date cannot be changed on an invoice|only be made (?:against|from) authori[sz]ed/i,
    code: "package.document-state",
  },
  { says: /not subscribed to currency/i, code: "package.currency-or-feature-off", field: "currency" },
  { says: /reached the limit of invoices/i, code: "package.subscription-lapsed" },
  { says: /e-?mail address must be valid/i, code: "source.bad-format", field: "email" },
  { says: /due date cannot be empty/i, code: "source.required-field", field: "dueOn" },
  { says: /line items must be specified/i, code: "source.required-field", field: "lines" },
  {
    says: /a contact must be specified|must contain at least 1 of the following elements to identify the contact/i,
    code: "source.required-field",
    field: "contact",
  },
  { says: /total for this document must be greater/i, code: "source.bad-format", field: "grossMinor" },
  { says: /line total .* does not match|does not match the (?:expected|calculated)/i, code: "source.totals-do-not-add" },
  { says: /(?:maximum|max) length|longer than|exceeds? .*characters/i, code: "source.too-long" },
];

/** errors.md's order of diagnosis: of several sentences about one record, the one to put right first. */
const FIRST = ["rule", "connection", "unknown", "transient", "mapping", "source", "package", "internal"];
const rank = (code: string) => FIRST.indexOf(code.slice(0, code.indexOf(".")));

/** One sentence of Xero's, and where in the record it hung. */
export interface Complaint {
  readonly said: string;
  /** Position of the line it hung on, from 0; null when it is about the record as a whole. */
  readonly line: number | null;
}

/**
 * Every sentence under `ValidationErrors` (or `Warnings`) anywhere in an element: its own, its lines', its contact's. Xero writes
 * `Message`, once `Description`.
 */
export function complaintsIn(element: JsonObject, key: "ValidationErrors" | "Warnings" = "ValidationErrors"): Complaint[] {
  const found: Complaint[] = [];
  walk(element, key, null, 0, found);
  const seen = new Set<string>();
  return found.filter((one) => {
    const mark = `${one.line ?? ""}|${one.said}`;
    return seen.has(mark) ? false : seen.add(mark);
  });
}

function walk(value: Json, key: string, line: number | null, depth: number, found: Complaint[]): void {
  if (depth > 8) return;
  if (Array.isArray(value)) {
    for (const one of value) walk(one, key, line, depth + 1, found);
    return;
  }
  if (!isObject(value)) return;
  for (const error of list(value, key)) {
    const said = text(error, "Message") ?? text(error, "Description");
    if (said !== null) found.push({ said, line });
  }
  for (const [name, below] of Object.entries(value)) {
    if (name.toLowerCase() === key.toLowerCase()) continue;
    if (name.toLowerCase() === "lineitems" && Array.isArray(below)) {
      below.forEach((one: Json, index: number) => {
        walk(one, key, index, depth + 1, found);
      });
    } else if (typeof below === "object") walk(below, key, line, depth + 1, found);
  }
}

/**
 * Turns what Xero says of one record into one error of ours: the cause to put right first, all of Xero's words kept. Words that we
 * do not know are `package.refused`.
 *
 * @param element what Xero echoed of the record, to find the line that uses the account or tax rate which a sentence names
 * @param unknown the code for words that we do not know
 */
export function errorOf(
  complaints: readonly Complaint[],
  element: JsonObject | null,
  extra: SyncErrorDetail = {},
  unknown: SyncErrorCode = "package.refused",
): SyncError {
  const judged = complaints.map((complaint) => judge(complaint, element, unknown));
  const first = judged.reduce<Judged | null>(
    (best, one) => (best === null || rank(one.code) < rank(best.code) ? one : best),
    null,
  );
  return new SyncError(first?.code ?? unknown, { ...extra, ...first?.detail, said: complaints.map((one) => one.said) });
}

interface Judged {
  readonly code: SyncErrorCode;
  readonly detail: SyncErrorDetail;
}

function judge(complaint: Complaint, element: JsonObject | null, unknown: SyncErrorCode): Judged {
  for (const rule of RULES) {
    const match = rule.says.exec(complaint.said);
    if (!match) continue;
    const { account, tax, lock, name, item } = match.groups ?? {};
    const lines = element ? list(element, "LineItems") : [];
    let line = complaint.line;
    // A sentence about the whole document that names an account, a tax rate or an item: the line is the one that carries it.
    if (line === null && (tax ?? account ?? item) !== undefined) {
      const at = lines.findIndex(
        (one) =>
          (tax === undefined || text(one, "TaxType") === tax) &&
          (account === undefined ||
            text(one, "AccountCode") === account ||
            (tax !== undefined && text(one, "AccountCode") === null)) &&
          (item === undefined || text(one, "ItemCode") === item),
      );
      if (at >= 0) line = at;
    }
    const onLine = line === null ? null : (lines[line] ?? null);
    const value = namedBy(rule, { account, tax, name, item }, onLine);
    const lockDate = lock === undefined ? undefined : dayMonthYear(lock);
    const isLineField = rule.field !== undefined && LINE_FIELDS.has(rule.field);
    return {
      code: rule.code,
      detail: {
        ...(rule.field === undefined
          ? line === null
            ? {}
            : { field: `lines[${line}]` }
          : { field: line !== null && isLineField ? `lines[${line}].${rule.field}` : rule.field }),
        ...(value === null ? {} : { value }),
        ...(line === null ? {} : { subject: `line ${line + 1}` }),
        ...(lockDate === undefined ? {} : { lockDate }),
      },
    };
  }
  return {
    code: unknown,
    detail: complaint.line === null ? {} : { field: `lines[${complaint.line}]`, subject: `line ${complaint.line + 1}` },
  };
}

const LINE_FIELDS = new Set(["accountCode", "taxCode", "productReference"]);

function namedBy(
  rule: Rule,
  named: { account?: string | undefined; tax?: string | undefined; name?: string | undefined; item?: string | undefined },
  line: JsonObject | null,
): string | null {
  if (rule.field === "taxCode") return named.tax ?? (line && text(line, "TaxType"));
  if (rule.field === "accountCode") return named.account ?? (line && (text(line, "AccountCode") ?? text(line, "AccountID")));
  return named.item ?? named.name ?? null;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** "30-Nov-2018" as `2018-11-30`. */
function dayMonthYear(said: string): string | undefined {
  const [day = "", month = "", year = ""] = said.split("-");
  const at = MONTHS.indexOf(month.toLowerCase());
  return at < 0 ? undefined : `${year}-${String(at + 1).padStart(2, "0")}-${day.padStart(2, "0")}`;
}

/** What Xero's support asks for. */
export const REQUEST_ID = "xero-correlation-id";

/** What stands in every error of one answer. */
export function detailOf(answer: RawAnswer): SyncErrorDetail {
  const requestId = answer.headers[REQUEST_ID];
  return { httpStatus: answer.status, ...(requestId === undefined ? {} : { requestId }) };
}

/** The package's own words in an error body: its title, detail or message, or the first 500 characters of anything that is no JSON. */
export function wordsOf(answer: RawAnswer): string[] {
  const body = bodyOf(answer);
  if (body) {
    const words = ["Detail", "Message", "Title"].map((key) => text(body, key)).filter((word) => word !== null);
    return words.slice(0, 1);
  }
  const plain = answer.body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  return plain === "" ? [] : [plain];
}

/** Calls that ask for one record by its id: there a 404 says that it is not there. */
const ASKS_FOR_ONE = new Set(["getCreditNote", "getItem", "getManualJournal"]);

/**
 * What an answer means for the call as a whole; null when `read` can say it all.
 *
 * A 400 whose body says which records it means, or that the request itself was wrong, is for `read` where it pushes: each record
 * gets its own outcome. Here it is `refused`, since nothing was read.
 */
export function faultOf(answer: RawAnswer, message: Message): CallFault | null {
  const { status } = answer;
  const said = () => ({ ...detailOf(answer), said: wordsOf(answer) });
  if (status === 200 || status === 201) {
    // A login page of some proxy in between, or half an answer, is no yes.
    return bodyOf(answer) ? null : { what: "unclear", why: "unparsable" };
  }
  if (status === 304 && message.method === "GET") return null;
  if (status === 429) return { what: "rate-limited", ...limitOf(answer) };
  const words = wordsOf(answer).join(" ");
  const authenticate = answer.headers["www-authenticate"] ?? "";
  if (status === 401) {
    if (/insufficient_scope/i.test(authenticate) || /AuthorizationUnsuccessful/i.test(words)) {
      // A consent from before journals were sent lacks their permission alone: all else goes on.
      if (/ManualJournal/.test(message.operation)) {
        return { what: "refused", error: new SyncError("connection.scope-missing", said()) };
      }
      return { what: "connection-lost", error: new SyncError("connection.scope-missing", said()) };
    }
    return { what: "token-expired", error: new SyncError("connection.token-expired", said()) };
  }
  if (status === 403) {
    const code = /AuthorizationUnsuccessful|insufficient_scope/i.test(`${words} ${authenticate}`)
      ? "connection.scope-missing"
      : "connection.token-expired";
    return { what: "connection-lost", error: new SyncError(code, said()) };
  }
  if (status === 404 && message.method === "GET" && ASKS_FOR_ONE.has(message.operation)) return null;
  if (status === 400 || status === 404 || status === 422) {
    // Without a reason that we can read it may come from something between us and Xero.
    if (!isReason(bodyOf(answer))) return { what: "unclear", why: "not-definite" };
    return { what: "refused", error: errorOf([{ said: words, line: null }], null, detailOf(answer)) };
  }
  return { what: "unclear", why: status >= 500 ? "server-error" : "not-definite" };
}

/** What Xero answered, word for word, with the status: of an answer that settles nothing too. */
export function saidIn(answer: RawAnswer): SyncErrorDetail {
  return { ...detailOf(answer), said: wordsOf(answer) };
}

/** Whether an error body gives a reason: a message, or elements that carry their own. */
function isReason(body: JsonObject | null): body is JsonObject {
  if (body === null) return false;
  return ["Message", "Detail", "Title"].some((key) => text(body, key) !== null) || list(body, "Elements").length > 0;
}

/**
 * Which limit a 429 speaks of, and how long to leave it alone, in milliseconds; a minute if Xero doesn't say.
 *
 * `Retry-After` is in whole seconds and, after the daily limit, can be most of a day: put the job back, don't sleep. An HTTP date,
 * which Xero does not send, is read against the answer's own `Date`.
 * @see https://developer.xero.com/documentation/guides/oauth2/limits
 */
export function limitOf(answer: RawAnswer): { limit: "minute" | "day" | "concurrent" | "app"; retryAfterMs: number } {
  const problem = (answer.headers["x-rate-limit-problem"] ?? "").toLowerCase();
  const none = (header: string) => answer.headers[header]?.trim() === "0";
  const limit = problem.includes("app")
    ? "app"
    : problem.includes("concurrent")
      ? "concurrent"
      : problem.includes("day") || problem.includes("dai")
        ? "day"
        : problem.includes("min")
          ? "minute"
          : none("x-daylimit-remaining")
            ? "day"
            : none("x-appminlimit-remaining")
              ? "app"
              : "minute";
  return { limit, retryAfterMs: retryAfterMs(answer) ?? 60_000 };
}

/** What is left of the tenant's day by Xero's own count, which it tells with each answer. */
export function dayLeftIn(answer: RawAnswer): number | null {
  const said = answer.headers["x-daylimit-remaining"]?.trim() ?? "";
  return /^\d{1,9}$/.test(said) ? Number(said) : null;
}

function retryAfterMs(answer: RawAnswer): number | null {
  const header = answer.headers["retry-after"]?.trim();
  if (header === undefined || header === "") return null;
  if (/^\d{1,9}(\.\d+)?$/.test(header)) return Math.ceil(Number(header)) * 1000;
  const until = Date.parse(header);
  const from = Date.parse(answer.headers.date ?? "");
  return Number.isNaN(until) || Number.isNaN(from) ? null : Math.max(0, until - from);
}

/** `Invoices[3]` in Xero's "Path 'Invoices[3].LineItems[0].UnitAmount'": which element could not be read; null when it names none. */
export function elementNamed(body: JsonObject): number | null {
  const said = text(body, "Message") ?? "";
  const at = /Path '?\w+\[(\d{1,3})\]/.exec(said)?.[1];
  return at === undefined ? null : Number(at);
}

/** Whether Xero could not read the request at all, so that none of it was written: unparsable value, unknown enum. */
export function isUnreadable(body: JsonObject): boolean {
  return get(body, "ErrorNumber") === "14" || /PostDataInvalid/i.test(text(body, "Type") ?? "");
}
