import type { SeenRecord } from "#lib/common/records.ts";
import { get, isObject, type Json, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { ConfirmPage, ConfirmRequest, Connection, Exchange, Message, PushedRef, Sighting } from "../types.ts";
import { addressOf, CONTACTS, EXPLANATIONS, JOURNALS, RECONCILIATIONS, type Resource, resourceOf } from "./address.ts";
import { tagOf } from "./map-money.ts";
import { hasNext, idUnder, momentUnder, oneIn, pageOf, reading, rowsIn } from "./read.ts";
import { nameOf, seenOf } from "./seen.ts";

/** FreeAgent's clock and ours may differ. */
const OVERLAP_MS = 5 * 60_000;
/** More of them than this are read by a list first: each costs a call by itself. */
const FEW = 3;
/** A server that answers every page alike must not keep us for ever. */
const MOST_PAGES = 200;

/** A list that may show some of the references, page by page; or one record by its id. */
interface Question {
  readonly of: "list" | "one";
  readonly operation: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Places of the references that it may show. */
  readonly places: readonly number[];
}

const modifiedSince = (since: Date): Readonly<Record<string, string>> => ({
  updated_since: new Date(Math.max(0, since.getTime() - OVERLAP_MS)).toISOString(),
});

/** What is asked, in order: lists of what changed since the first was sent, then one by one what no list showed. */
function questionsOf(request: ConfirmRequest): Question[] {
  const resource = resourceOf(request.kind);
  const all = request.refs.map((ref, place) => ({ ref, place }));
  const known = all.filter(({ ref }) => ref.externalId !== null);
  const unknown = all.filter(({ ref }) => ref.externalId === null);
  // The known ones come along with a list that is read for others; a few of them alone are asked for by id.
  const listed = known.length > FEW ? all : unknown;
  const ones = known.map(({ ref, place }): Question => {
    return { of: "one", operation: `getOne${resource.name}`, path: ref.externalId ?? "", query: {}, places: [place] };
  });
  return [...listsOf(request, resource, listed), ...ones];
}

interface Placed {
  readonly ref: PushedRef;
  readonly place: number;
}

function listsOf({ since, connection }: ConfirmRequest, resource: Resource, wanted: readonly Placed[]): Question[] {
  if (wanted.length === 0) return [];
  const question = (query: Readonly<Record<string, string>>, refs: readonly Placed[]): Question => ({
    of: "list",
    operation: `list${resource.name}s`,
    path: resource.path,
    query,
    places: refs.map(({ place }) => place),
  });
  const changed = modifiedSince(since);
  switch (resource) {
    case CONTACTS:
      return [question({ view: "all", ...changed }, wanted)];
    case EXPLANATIONS: {
      // The list is of one bank account.
      const accountOf = ({ ref }: Placed) => (ref.sent?.kind === "payment" ? ref.sent.accountExternalId : "");
      return [...Map.groupBy(wanted, accountOf)].flatMap(([account, refs]) =>
        account === "" ? [] : [question({ bank_account: addressOf(connection.apiUrl, account), ...changed }, refs)],
      );
    }
    case JOURNALS:
      // By our own tag, over all time; the known ones are asked for by id.
      return wanted.filter(({ ref }) => ref.externalId === null).map((one) => question({ tag: tagOf(one.ref.recordId) }, [one]));
    case RECONCILIATIONS:
      return [question(changed, wanted)];
    default:
      return [question({ view: "all", ...changed, [`nested_${resource.items}`]: "true" }, wanted)];
  }
}

/** Where a reading stands: which question, which of its pages, and the places of what was seen. */
interface Position {
  readonly at: number;
  readonly page: number;
  readonly seen: readonly number[];
}

function positionOf({ cursor, refs }: ConfirmRequest): Position {
  const start: Position = { at: 0, page: 1, seen: [] };
  if (cursor === null) return start;
  let value: Json = null;
  try {
    value = parseJson(cursor);
  } catch {
    // A cursor that is none starts over: reading twice does no harm.
  }
  if (!isObject(value) || text(value, "count") !== String(refs.length)) return start;
  const seen = get(value, "seen");
  return {
    at: Number(text(value, "at") ?? "0") || 0,
    page: Number(text(value, "page") ?? "1") || 1,
    seen: Array.isArray(seen) ? seen.map(Number) : [],
  };
}

/** The place of the next question that has something to ask, from here on; null at the end. */
function settled(questions: readonly Question[], position: Position): Position | null {
  for (let at = position.at; at < questions.length; at += 1) {
    const here = questions[at];
    const isNew = here?.of === "list" || here?.places.some((place) => !position.seen.includes(place));
    if (isNew) return at === position.at ? position : { ...position, at, page: 1 };
  }
  return null;
}

/** What FreeAgent holds under our references: what no list shows and no id finds is absent. */
export const confirm: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request): Message {
    const questions = questionsOf(request);
    const position = settled(questions, positionOf(request));
    const question = position && questions[position.at];
    if (!position || !question) throw new RangeError("Nothing is left to be confirmed");
    const { of, operation, path, query } = question;
    return reading(operation, path, of === "one" ? query : { ...query, ...pageOf(position.page) });
  },

  read(_message, answer, request): ConfirmPage {
    const questions = questionsOf(request);
    const position = settled(questions, positionOf(request));
    const question = position && questions[position.at];
    if (!position || !question) return { sightings: [], next: null };
    const resource = resourceOf(request.kind);
    const one = question.of === "one" && answer.status !== 404 ? oneIn(answer, resource) : null;
    const rows = question.of === "list" ? rowsIn(answer, resource) : one ? [one] : [];
    const sightings: Sighting[] = [];
    const seen = [...position.seen];
    for (const place of question.places) {
      const ref = request.refs[place];
      if (!ref || (ref.externalId !== null && seen.includes(place))) continue;
      const matching = rows.filter((row) => isMatch(row, ref, resource, request, question.of));
      // Of equal payments the one with our own words, where FreeAgent kept them.
      const named = matching.filter(
        (row) => ref.sent?.kind === "payment" && text(row, "description") === ref.sent.packageReference,
      );
      const mine = named.length > 0 ? named : matching;
      for (const row of mine) sightings.push(sightingOf(row, ref, resource, request.connection));
      if (mine.length > 0) seen.push(place);
      else if (question.of === "one" && answer.status === 404) sightings.push(...goneOf(ref));
    }
    const more = question.of === "list" && hasNext(answer, position.page, rows.length) && position.page < MOST_PAGES;
    const next = settled(
      questions,
      more ? { ...position, page: position.page + 1, seen } : { at: position.at + 1, page: 1, seen },
    );
    return { sightings, next: next && JSON.stringify({ ...next, count: String(request.refs.length) }) };
  },
};

function sightingOf(row: JsonObject, ref: PushedRef, resource: Resource, connection: Connection): Sighting {
  return {
    recordId: ref.recordId,
    // A single record that is read may be printed without its address: it was asked for by that.
    externalId: idUnder(row, "url") ?? ref.externalId ?? "",
    version: text(row, "updated_at"),
    seen: seenOf(row, resource, ref, connection.baseCurrency),
    changedAt: momentUnder(row, "updated_at"),
  };
}

/** A document that we took away there by its id, and that is no longer there: FreeAgent keeps nothing of it. */
function goneOf({ recordId, externalId, sent }: PushedRef): Sighting[] {
  if (externalId === null || sent === undefined || !("dueOn" in sent) || sent.voided !== true) return [];
  const { kind, number, contactExternalId, issuedOn, dueOn, currency } = sent;
  const seen: SeenRecord = {
    ...{ family: "document", kind, number, contactExternalId, issuedOn, dueOn, currency },
    ...{ status: "deleted", netMinor: 0n, taxMinor: 0n, grossMinor: 0n, split: [], url: null },
  };
  return [{ recordId, externalId, version: null, seen }];
}

/** Whether a row answers a reference: by its id where we know it, else by what only ours can be. */
function isMatch(row: JsonObject, ref: PushedRef, resource: Resource, request: ConfirmRequest, of: Question["of"]): boolean {
  const id = idUnder(row, "url");
  if (ref.externalId !== null) {
    if (of === "one") return id === null || id === ref.externalId;
    return id === ref.externalId && isWhole(row, resource);
  }
  if (id === null) return false;
  const seen = seenOf(row, resource, ref, request.connection.baseCurrency);
  switch (seen.family) {
    case "contact": {
      // One that was there before ours was sent is somebody else's.
      const made = momentUnder(row, "created_at");
      const isNew = made === null || made.getTime() >= request.since.getTime() - OVERLAP_MS;
      return isNew && ref.sent !== undefined && "name" in ref.sent && sameName(nameOf(row), ref.sent.name);
    }
    case "payment": {
      const sent = ref.sent?.kind === "payment" ? ref.sent : null;
      const isSame = sent?.documentExternalId === seen.documentExternalId && sent?.amountMinor === seen.amountMinor;
      return isSame && sent?.paidOn === seen.paidOn && sent?.direction === seen.direction;
    }
    case "allocation": {
      const sent = ref.sent?.kind === "allocation" ? ref.sent : null;
      const isSame = sent?.creditNoteExternalId === seen.creditNoteExternalId && sent?.amountMinor === seen.amountMinor;
      return isSame && sent?.documentExternalId === seen.documentExternalId;
    }
    case "journal":
      return text(row, "tag") === tagOf(ref.recordId);
    case "document":
      return (
        seen.kind === ref.kind &&
        seen.number === ref.reference &&
        (ref.contactExternalId === null || seen.contactExternalId === ref.contactExternalId)
      );
    default:
      return false;
  }
}

const plain = (name: string) => name.normalize("NFC").trim().replace(/\s+/g, " ");
const sameName = (one: string, other: string) => plain(one) === plain(other);

/** Whether a row of a list shows its lines with their accounts; the documentation's sample of a list does not: it is read by its id then. */
function isWhole(row: JsonObject, { items }: Resource): boolean {
  if (items === null) return true;
  const lines = list(row, items);
  return lines.length > 0 && lines.every((line) => text(line, "category") !== null);
}
