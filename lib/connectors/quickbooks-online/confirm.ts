import { isDocumentKind, type SeenRecord } from "#lib/common/records.ts";
import { bodyOf, child, get, isObject, type Json, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { ConfirmPage, ConfirmRequest, Exchange, PushedRef, Sighting } from "../types.ts";
import { paymentEntity } from "./map-money.ts";
import { contactName, itemName, referenceIn } from "./marks.ts";
import { goneDocument, partyIn, seenOf } from "./seen.ts";
import { alsoInactive, changedAt, type Entity, entityFor, PAGE, querying, quoted } from "./wire.ts";

/**
 * How records are looked for. `ids`: those that we know. `keys`: the others by number or name. `dates`: what is not found so, by our mark
 * among all of its date, since a company may number documents itself, and payments and journals can be asked for by nothing else. Only
 * what none of them shows is absent.
 */
const PHASES = ["ids", "keys", "dates"] as const;
type Phase = (typeof PHASES)[number];
const MOST_AT_ONCE: Readonly<Record<Phase, number>> = { ids: 100, keys: 40, dates: 100 };
/** A server that answers every page alike must not keep us for ever. */
const MOST_PAGES = 200;

interface Position {
  readonly phase: Phase;
  /** How many of the phase's questions were asked. */
  readonly at: number;
  /** Where in the list the next page of a question begins, from 1. */
  readonly start: number;
  /** Places of the references that were seen before this phase. */
  readonly found: readonly number[];
  /** The same that were seen in it. */
  readonly seen: readonly number[];
}

const FIRST: Position = { phase: "ids", at: 0, start: 1, found: [], seen: [] };

function positionOf(cursor: string | null): Position {
  let value: Json = null;
  try {
    value = cursor === null ? null : parseJson(cursor);
  } catch {
    // A cursor that is none starts over: reading twice does no harm.
  }
  if (!isObject(value)) return FIRST;
  const numbers = (key: string) => {
    const said = get(value, key);
    return Array.isArray(said) ? said.map(Number) : [];
  };
  return {
    phase: PHASES.find((phase) => phase === get(value, "phase")) ?? "ids",
    at: Number(text(value, "at") ?? "0") || 0,
    start: Number(text(value, "start") ?? "1") || 1,
    found: numbers("found"),
    seen: numbers("seen"),
  };
}

/** One query: an entity, what it is asked by, and the references that its answer may show. */
interface Question {
  readonly entity: Entity;
  readonly where: string;
  readonly places: readonly number[];
}

function entitiesOf(ref: PushedRef): readonly Entity[] {
  if (ref.kind !== "payment") return [entityFor(ref.kind)];
  return ref.sent?.kind === "payment" ? [paymentEntity(ref.sent)] : ["Payment", "BillPayment"];
}

/** What a reference that we have no id of is asked for by; null where its entity has no such field to ask by. */
function keyOf(entity: Entity, ref: PushedRef): { readonly field: string; readonly value: string } | null {
  switch (entity) {
    case "Customer":
    case "Vendor":
      return ref.sent && "name" in ref.sent ? { field: "DisplayName", value: contactName(ref.sent.name) } : null;
    case "Item":
      return { field: "Name", value: itemName(ref.reference) };
    case "Payment":
    case "BillPayment":
    case "JournalEntry":
      return null;
    default:
      return { field: "DocNumber", value: ref.reference };
  }
}

/** The date that a record of ours was sent under. */
function dateOf({ sent }: PushedRef): string | null {
  if (!sent) return null;
  if ("issuedOn" in sent) return sent.issuedOn;
  if ("paidOn" in sent) return sent.paidOn;
  return "journalOn" in sent ? sent.journalOn : null;
}

/** The questions of a phase, in an order that follows from the request alone and what was found before it. */
function questionsOf(request: ConfirmRequest, { phase, found }: Position): readonly Question[] {
  const asked = request.refs.flatMap((ref, place) => {
    if ((ref.externalId !== null) !== (phase === "ids") || found.includes(place)) return [];
    return entitiesOf(ref).flatMap((entity) => {
      const key = phase === "keys" ? keyOf(entity, ref) : null;
      const date = phase === "dates" ? dateOf(ref) : null;
      const value = phase === "ids" ? ref.externalId : phase === "keys" ? (key?.value ?? null) : date;
      const field = phase === "ids" ? "Id" : phase === "keys" ? (key?.field ?? "") : "TxnDate";
      return value === null ? [] : [{ entity, field, value, place }];
    });
  });
  // Of one date all at once, since they have one answer.
  const groups = Map.groupBy(asked, ({ entity, value }) => `${entity} ${phase === "dates" ? value : ""}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const questions: Question[] = [];
    for (let at = 0; at < group.length; at += MOST_AT_ONCE[phase]) {
      const part = group.slice(at, at + MOST_AT_ONCE[phase]);
      const values = [...new Set(part.map((one) => one.value))];
      const where =
        phase === "dates"
          ? `TxnDate = ${quoted(first.value)}`
          : `${first.field} IN (${values.map(quoted).join(",")})${alsoInactive(first.entity)}`;
      questions.push({ entity: first.entity, where, places: part.map((one) => one.place) });
    }
    return questions;
  });
}

/** The position at which there is something to ask, from this one on, with its question; null at the end. */
function nextQuestion(
  request: ConfirmRequest,
  from: Position,
): { readonly position: Position; readonly question: Question } | null {
  for (let position: Position | null = from; position !== null; position = afterPhase(position)) {
    const question = questionsOf(request, position)[position.at];
    if (question) return { position, question };
  }
  return null;
}

function afterPhase({ phase, found, seen }: Position): Position | null {
  const next = PHASES[PHASES.indexOf(phase) + 1];
  return next ? { phase: next, at: 0, start: 1, found: [...new Set([...found, ...seen])], seen: [] } : null;
}

/** What the package holds under our references. */
export const confirm: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request, connection) {
    const next = nextQuestion(request, positionOf(request.cursor));
    if (!next) throw new RangeError("Nothing is left to be confirmed");
    const { entity, where } = next.question;
    const query = `SELECT * FROM ${entity} WHERE ${where} STARTPOSITION ${next.position.start} MAXRESULTS ${PAGE}`;
    return querying(connection, `query${entity}`, query);
  },

  read(_message, answer, request) {
    const here = nextQuestion(request, positionOf(request.cursor));
    if (!here) return { sightings: [], next: null };
    const { position, question } = here;
    const response = child(bodyOf(answer) ?? {}, "QueryResponse") ?? {};
    const elements = list(response, question.entity);
    const sightings: Sighting[] = [];
    const seen = new Set(position.seen);
    for (const place of question.places) {
      const ref = request.refs[place];
      if (!ref) continue;
      const mine = elements.filter((element) => isMine(element, question.entity, ref, position.phase, request));
      if (mine.length > 0) seen.add(place);
      sightings.push(...mine.map((element) => sightingOf(element, question.entity, ref, request)));
      const gone = mine.length === 0 ? goneOf(request, ref, position.phase) : null;
      if (gone) sightings.push(gone);
    }
    const isFull = elements.length >= PAGE && position.start < PAGE * MOST_PAGES;
    const after: Position = isFull
      ? { ...position, start: position.start + PAGE, seen: [...seen] }
      : { ...position, at: position.at + 1, start: 1, seen: [...seen] };
    const next = nextQuestion(request, after);
    return { sightings, next: next && JSON.stringify(next.position) };
  },
};

/** Whether an element answers a reference: by its id, else by number or name, or by our mark on its date. */
function isMine(element: JsonObject, entity: Entity, ref: PushedRef, phase: Phase, request: ConfirmRequest): boolean {
  if (phase === "ids") return text(element, "Id") === ref.externalId;
  const { sent } = ref;
  const seen = seenOf(element, entity, ref, request.connection.baseCurrency);
  switch (seen.family) {
    case "contact":
      // One of that name without our mark is somebody else's: a person says whether it is the same.
      return sent !== undefined && "name" in sent && isSameName(element, sent.name) && markIn(element) === ref.reference;
    case "helper":
      return text(element, "Name") === itemName(ref.reference);
    case "payment":
      return sent?.kind === "payment" && seen.packageReference === sent.packageReference;
    case "journal":
      return sent?.kind === "journal" && seen.narration === sent.narration && (seen.url === null || seen.url === sent.url);
    case "document": {
      if (phase === "dates") return sent !== undefined && "url" in sent && seen.url !== null && seen.url === sent.url;
      if (seen.number !== ref.reference) return false;
      // A supplier's number is the supplier's own, and may stand twice.
      const isPurchase = entity === "Bill" || entity === "VendorCredit";
      return !isPurchase || ref.contactExternalId === null || partyIn(element) === ref.contactExternalId;
    }
    default:
      return false;
  }
}

const isSameName = (element: JsonObject, name: string): boolean =>
  text(element, "DisplayName")?.toLowerCase() === contactName(name).toLowerCase();

const markIn = (element: JsonObject): string | null => referenceIn(text(element, "Notes"));

/**
 * They keep nothing of a document that was deleted: asked for by its id, it is gone. One that was sent a moment ago may not be listed
 * yet, so of what was sent only what we ended ourselves is said to be gone.
 */
function goneOf({ kind, connection }: ConfirmRequest, ref: PushedRef, phase: Phase): Sighting | null {
  const { sent, externalId } = ref;
  const isEnded = sent === undefined || ("voided" in sent && sent.voided === true);
  if (phase !== "ids" || externalId === null || !isDocumentKind(kind) || !isEnded) return null;
  const seen: SeenRecord = goneDocument(kind, connection.baseCurrency);
  return { recordId: ref.recordId, externalId, version: null, seen };
}

function sightingOf(element: JsonObject, entity: Entity, ref: PushedRef, request: ConfirmRequest): Sighting {
  return {
    recordId: ref.recordId,
    externalId: text(element, "Id") ?? "",
    version: text(element, "SyncToken"),
    seen: seenOf(element, entity, ref, request.connection.baseCurrency),
    changedAt: changedAt(element),
  };
}
