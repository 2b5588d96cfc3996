import { type Answer, jsonAnswer } from "#lib/simulator/core/answer.ts";
import type { Books } from "#lib/simulator/core/books/books.ts";
import { type Reason, Refused } from "#lib/simulator/core/books/refusal.ts";
import { amount, minor, parseDecimal, trimDecimal } from "#lib/simulator/core/decimal.ts";
import type { Call, Performed } from "#lib/simulator/core/wire.ts";
import type { FreeAgentSettings } from "#lib/simulator/freeagent/company.ts";
import { type Fields, isFields } from "#lib/simulator/http.ts";

export type Company = Books<FreeAgentSettings>;
export type FreeAgentCall = Call<Company>;

/** FreeAgent says no, in its own way. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.body);
    this.answer = answer;
  }
}

export const reasons = (status: number, ...messages: string[]): Answer =>
  jsonAnswer(status, { errors: messages.map((message) => ({ message })) });

export const missing = (): Answer => jsonAnswer(404, { errors: { error: { message: "Resource not found" } } });

/** @throws {Refusal} 422 with these reasons, when there are any */
export function refuseFor(messages: readonly string[]): void {
  if (messages.length > 0) throw new Refusal(reasons(422, ...messages));
}

/** The words for a refusal of the books. */
function wordsFor({ code, field, text }: Reason): string {
  switch (code) {
    case "required":
      return `${field === "partyId" ? "Contact" : field === "accountId" ? "Category" : (field ?? "It")} can't be blank`;
    case "unknown-account":
      return `Category ${text ?? ""} was not found`;
    case "inactive-account":
    case "wrong-account":
      return `Category ${text ?? ""} cannot be used here`;
    case "unknown-party":
      return "Contact must exist";
    case "inactive-party":
      return "Contact is hidden";
    case "unknown-document":
      return "The document does not exist";
    case "too-much":
      return `Gross value is more than the value due (${text ?? ""})`;
    case "currency":
      return "Currency is not one of this company's";
    case "no-lines":
      return "Items can't be blank";
    case "negative":
      return "A negative invoice cannot be sent: use a credit note";
    case "unbalanced":
      return "Journal entries must balance";
    case "bad-value":
      return `${field ?? "Value"} is invalid`;
    default:
      return `${code} ${text ?? ""}`.trim();
  }
}

/** What the books refused, with FreeAgent's status for it: a lock is a 403, what is settled a 422 that names the field. */
function answerFor(refused: Refused, what: string): Answer {
  const { reasons: all } = refused;
  if (all.some(({ code }) => code === "missing")) return missing();
  if (all.some(({ code }) => code === "locked")) return reasons(403, `${what} is locked.`);
  if (all.some(({ code }) => code === "settled" || code === "bad-status" || code === "in-use"))
    return reasons(422, `${what.toLowerCase()}_items.description is locked and cannot be changed`);
  return reasons(422, ...all.map(wordsFor));
}

/** Does the work, and answers what stands in its way as FreeAgent would. */
export function answering(what: string, work: () => Performed): Performed {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return { answer: error.answer, committed: 0 };
    if (error instanceof Refused) return { answer: answerFor(error, what), committed: 0 };
    throw error;
  }
}

/** The body, below its root where it has one: FreeAgent takes bodies without it too. @throws {Refusal} 400 */
export function bodyOf({ bytes }: FreeAgentCall, root: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8") || "{}");
  } catch {
    throw new Refusal(reasons(400, "The body is not JSON"));
  }
  if (!isFields(value)) throw new Refusal(reasons(400, "The body is not an object"));
  const inner = value[root];
  return isFields(inner) ? inner : value;
}

/** A text as it was given; a number counts as one. */
export function textIn(fields: Fields, name: string): string | null {
  const value = fields[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

/** The number, or code, at the end of an address; a plain one counts too. */
export const tailOf = (address: string | null): string | null => address?.replace(/\/$/, "").split("/").at(-1) ?? null;

/** A decimal that was given, of either sign. @throws {Refusal} 422 */
export function decimalIn(fields: Fields, name: string): string | null {
  const text = textIn(fields, name);
  if (text !== null && parseDecimal(text) === null) throw new Refusal(reasons(422, `${name} is not a number`));
  return text;
}

/** As FreeAgent writes decimals: "200.0", "83.33". */
export function shown(decimal: string): string {
  const value = parseDecimal(decimal);
  return value === null ? decimal : trimDecimal(value, 1);
}

/** An amount with its sign turned. */
export const turned = (decimal: string): string => amount(-minor(decimal));

export const moment = (at: number): string => new Date(at).toISOString();

/** A record's address. */
export const addressOf = ({ root }: FreeAgentCall, path: string, id: string): string => `${root}/v2/${path}/${id}`;

const MOST = 100;

/** One page of a list, as FreeAgent pages: 25 rows where nobody asks for more, and the links to the others. */
export function listAnswer<Row>(
  { url, root }: FreeAgentCall,
  name: string,
  rows: readonly Row[],
  show: (row: Row) => unknown,
): Performed {
  const asked = (key: string, otherwise: number) => Math.max(1, Number(url.searchParams.get(key) ?? otherwise) || otherwise);
  const size = Math.min(MOST, asked("per_page", 25));
  const page = asked("page", 1);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const link = (rel: string, to: number) => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", String(to));
    return `<${root}${url.pathname}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link("first", 1), link("prev", page - 1)] : []),
    ...(page < last ? [link("next", page + 1), link("last", last)] : []),
  ];
  const body = { [name]: rows.slice((page - 1) * size, page * size).map(show) };
  const headers = { link: links.join(", "), "x-total-count": String(rows.length) };
  return { answer: jsonAnswer(200, body, headers), committed: 0 };
}

/** Rows by the filters that most lists have: a moment of change, and dates. */
export function filtered<Row extends { updatedAt: number; createdAt: number }>(
  { url }: FreeAgentCall,
  rows: readonly Row[],
  dateOf: (row: Row) => string | null = () => null,
): Row[] {
  const { searchParams: asked } = url;
  const since = Date.parse(asked.get("updated_since") ?? "");
  const [from, to] = [asked.get("from_date") ?? "", asked.get("to_date") ?? "9999-12-31"];
  const found = rows.filter((row) => {
    const date = dateOf(row);
    const isLater = Number.isNaN(since) || row.updatedAt >= since;
    return isLater && (date === null || (date >= from && date <= to));
  });
  const sort = asked.get("sort") ?? "created_at";
  const by = sort.endsWith("updated_at") ? ("updatedAt" as const) : ("createdAt" as const);
  found.sort((one, other) => one[by] - other[by]);
  return sort.startsWith("-") ? found.reverse() : found;
}

export const found = (root: string, row: unknown): Performed => ({ answer: jsonAnswer(200, { [root]: row }), committed: 0 });

/** What was made, with its address in the header. */
export const created = (root: string, row: unknown, location: string): Performed => ({
  answer: jsonAnswer(201, { [root]: row }, { location }),
  committed: 1,
});

export const changed = (root: string, row: unknown): Performed => ({ answer: jsonAnswer(200, { [root]: row }), committed: 1 });

/** Of a deletion or a transition there is the status alone. */
export const emptied = (): Performed => ({ answer: { status: 200, type: "", body: "" }, committed: 1 });
