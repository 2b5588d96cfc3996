import { bodyOf, child, get, isObject, type Json, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { Exchange, PackageStream, PulledPage, PullRequest } from "../types.ts";
import { contactsOf, documentsOf, paymentsOf } from "./pulled.ts";
import { alsoInactive, changedAt, type Entity, momentOf, PAGE, querying, quoted, reading } from "./wire.ts";

/** One list tells of all that changed, whatever it is. */
export const streams: readonly PackageStream[] = [
  { id: "changes", gives: ["documents", "credit-notes", "payments", "contacts"], every: "night" },
];

const ENTITIES = ["Invoice", "Bill", "CreditMemo", "VendorCredit", "Payment", "BillPayment", "Customer", "Vendor"] as const;
/** Objects in one answer of changes: with as many it is cut off. */
const MOST_CHANGES = 1_000;
/** The list of changes goes back thirty days; a day is left for the edge. */
const LOOKS_BACK_MS = 29 * 86_400_000;
/** Their clock, the edge second and changes under way are read again, and stored by id. */
const OVERLAP_MS = 5 * 60_000;

/**
 * Where a reading stands. `changes`: one call for all that changed. `lists`: each list by the moment of change, for the first reading and
 * where the changes were too many or too long ago. Their lists can't be walked by id, and a place in a list that changes loses rows, so
 * each page begins at the last moment of the one before.
 */
interface Position {
  readonly by: "lists" | "changes";
  readonly entity: number;
  /** ISO; null reads everything. */
  readonly since: string | null;
  /** From where each list is read. */
  readonly from: string | null;
  readonly start: number;
  /** By their clock, when this reading began: the next one is of what changed since. */
  readonly began: string | null;
}

const FIRST: Position = { by: "lists", entity: 0, since: null, from: null, start: 1, began: null };

const moment = (value: string | null): string | null => (value !== null && !Number.isNaN(Date.parse(value)) ? value : null);

function positionOf(cursor: string | null): Position {
  if (cursor === null) return FIRST;
  const value: Json = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of what changed");
  return {
    by: get(value, "by") === "changes" ? "changes" : "lists",
    entity: Math.max(0, Number(text(value, "entity") ?? "0") || 0),
    since: moment(text(value, "since")),
    from: moment(text(value, "from")),
    start: Math.max(1, Number(text(value, "start") ?? "1") || 1),
    began: moment(text(value, "began")),
  };
}

const entityAt = ({ entity }: Position): Entity => ENTITIES[entity] ?? "Invoice";

/** When they answered, by their own clock. */
const answeredAt = (body: JsonObject): string | null => momentOf(get(body, "time"))?.toISOString() ?? null;

const back = (at: string): string => new Date(Date.parse(at) - OVERLAP_MS).toISOString();

/** What changed since the cursor; or payments by their ids. */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask(request, connection) {
    if (request.ids !== undefined) return byIds.ask(request, connection);
    const position = positionOf(request.cursor);
    if (position.by === "changes") {
      const message = reading(connection, "readChanges", "/cdc");
      return {
        ...message,
        query: { entities: ENTITIES.join(","), changedSince: position.since ?? "", ...message.query },
      };
    }
    const entity = entityAt(position);
    const since = position.since === null ? "1970-01-01T00:00:00Z" : position.since;
    const query = `SELECT * FROM ${entity} WHERE MetaData.LastUpdatedTime >= ${quoted(since)}${alsoInactive(entity)} ORDERBY MetaData.LastUpdatedTime ASC STARTPOSITION ${position.start} MAXRESULTS ${PAGE}`;
    return querying(connection, `query${entity}`, query);
  },

  read(message, answer, request) {
    if (request.ids !== undefined) return byIds.read(message, answer, request);
    const position = positionOf(request.cursor);
    const body = bodyOf(answer) ?? {};
    return position.by === "changes" ? changes(body, position, request) : page(body, position, request);
  },
};

function pageOf(found: readonly (readonly [Entity, readonly JsonObject[]])[], baseCurrency: string) {
  return {
    payments: found.flatMap(([entity, elements]) => elements.flatMap((one) => paymentsOf(one, entity, baseCurrency))),
    documents: found.flatMap(([entity, elements]) => elements.flatMap((one) => documentsOf(one, entity, baseCurrency))),
    contacts: found.flatMap(([entity, elements]) => elements.flatMap((one) => contactsOf(one, entity))),
  };
}

function changes(body: JsonObject, position: Position, { connection }: PullRequest): PulledPage {
  const responses = list(body, "CDCResponse").flatMap((one) => list(one, "QueryResponse"));
  const found = ENTITIES.map((entity) => [entity, responses.flatMap((one) => list(one, entity))] as const);
  const count = found.reduce((sum, [, elements]) => sum + elements.length, 0);
  const at = answeredAt(body);
  const isOld = at !== null && position.since !== null && Date.parse(at) - Date.parse(position.since) > LOOKS_BACK_MS;
  const pulled = pageOf(found, connection.baseCurrency);
  if (count >= MOST_CHANGES || isOld) {
    const next: Position = { ...FIRST, since: position.since, from: position.since, began: at };
    return { ...pulled, cursor: JSON.stringify(next), more: true };
  }
  const next: Position = { ...FIRST, by: "changes", since: at === null ? position.since : back(at) };
  return { ...pulled, cursor: JSON.stringify(next), more: false };
}

function page(body: JsonObject, position: Position, { connection }: PullRequest): PulledPage {
  const entity = entityAt(position);
  const elements = list(child(body, "QueryResponse") ?? {}, entity);
  const pulled = pageOf([[entity, elements]], connection.baseCurrency);
  const began = position.began ?? answeredAt(body);
  const to = (next: Position, more: boolean): PulledPage => ({ ...pulled, cursor: JSON.stringify(next), more });
  if (elements.length >= PAGE) {
    const last = elements.reduce<string | null>((latest, one) => {
      const at = changedAt(one)?.toISOString() ?? null;
      return at !== null && (latest === null || at > latest) ? at : latest;
    }, null);
    // Where a whole page has one moment, its place in the list is all there is.
    const moves = last !== null && (position.since === null || last > position.since);
    return to(moves ? { ...position, since: last, start: 1, began } : { ...position, start: position.start + PAGE, began }, true);
  }
  if (position.entity + 1 < ENTITIES.length)
    return to({ ...position, entity: position.entity + 1, since: position.from, start: 1, began }, true);
  return to({ ...FIRST, by: "changes", since: back(began ?? new Date(0).toISOString()) }, false);
}

const IDS_AT_ONCE = 100;
const MONEY = ["Payment", "BillPayment"] as const;

/** Payments by their ids, a hundred a call, first among money in, then among money out; the cursor is how many calls were made. */
const byIds: Exchange<PullRequest, PulledPage> = {
  ask({ ids = [], cursor }, connection) {
    const calls = Number(cursor ?? "0") || 0;
    const entity = MONEY[calls % 2] ?? "Payment";
    const group = ids.slice(Math.floor(calls / 2) * IDS_AT_ONCE).slice(0, IDS_AT_ONCE);
    if (group.length === 0) throw new RangeError("No payment is left to be asked for");
    const wanted = [...new Set(group.map((id) => id.replace(/-.*$/, "")))];
    const query = `SELECT * FROM ${entity} WHERE Id IN (${wanted.map(quoted).join(",")}) MAXRESULTS ${PAGE}`;
    return querying(connection, `query${entity}`, query);
  },

  read(_message, answer, { ids = [], cursor, connection }) {
    const calls = Number(cursor ?? "0") || 0;
    const entity = MONEY[calls % 2] ?? "Payment";
    const elements = list(child(bodyOf(answer) ?? {}, "QueryResponse") ?? {}, entity);
    const wanted = new Set(ids);
    return {
      payments: elements
        .flatMap((one) => paymentsOf(one, entity, connection.baseCurrency))
        .filter((one) => wanted.has(one.externalId)),
      documents: [],
      cursor: String(calls + 1),
      more: Math.floor((calls + 1) / 2) * IDS_AT_ONCE < ids.length,
    };
  },
};
