import { familyOf, type OutgoingPayment, type OutgoingRecord, type SeenRecord } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, child, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { Batch, Connector, Exchanged, Message, PushOutcome, PushOutcomes, RawAnswer, Step } from "../types.ts";
import { detailOf, errorOf, faultOf, heldBackFor, isUnclear } from "./errors.ts";
import { faultsOf } from "./faults.ts";
import { faultIn, toWire } from "./map.ts";
import { paidEntity, paymentEntity } from "./map-money.ts";
import { contactName } from "./marks.ts";
import { type Entity, entityFor, querying, quoted, reading, writing } from "./wire.ts";

type About = Parameters<Connector["push"]["next"]>[1];

function firstOf(batch: Batch): OutgoingRecord {
  const [first] = batch.records;
  if (!first) throw new RangeError("A batch holds at least one record");
  return first;
}

const done = (answer: PushOutcomes): Step<PushOutcomes> => ({ do: "done", answer });

/**
 * New records and changes go by the batch, twenty-five at most, each with a number of its own in it: none depends on another. A payment
 * goes alone, since it may take a second call: they have been seen to take the money and to drop its link, with a yes.
 */
export const push: Connector["push"] = {
  inSteps: ["payment"],
  next(batch, about, past) {
    const first = firstOf(batch);
    return first.kind === "payment" ? nextOfPayment(first, about, past) : nextOfBatch(batch, first, about, past);
  },
};

function nextOfBatch(batch: Batch, first: OutgoingRecord, about: About, past: readonly Exchanged[]): Step<PushOutcomes> {
  for (const record of batch.records) {
    if (familyOf(record.kind) !== familyOf(first.kind) || record.kind === "payment")
      throw new RangeError(`A batch is of one family, not ${first.kind} and ${record.kind}`);
    if ((record.held === undefined) !== (first.held === undefined)) throw new RangeError("A batch creates or changes, not both");
  }
  const sent = batch.records.filter((record) => faultIn(record) === null);
  if (sent.length === 0) throw faultIn(first) ?? new RangeError("A batch holds at least one record");
  const steps = [...past];
  const versions = new Map<string, string>();
  for (const [entity, unread] of Map.groupBy(sent.filter(isUnread), ({ kind }) => entityFor(kind))) {
    const read = steps.shift();
    if (!read) {
      const ids = unread.map(({ held }) => quoted(held?.externalId ?? ""));
      const query = `SELECT * FROM ${entity} WHERE Id IN (${ids.join(",")}) MAXRESULTS 1000`;
      return { do: "send", writes: false, message: querying(about.connection, `query${entity}`, query) };
    }
    if ("answer" in read) for (const [id, version] of versionsIn(read.answer, entity)) versions.set(`${entity} ${id}`, version);
  }
  const [written] = steps;
  if (!written) {
    const items = sent.map((record, index) => itemOf(record, String(index + 1), versions));
    const message = writing(about.connection, "batch", "/batch", about.key, { BatchItemRequest: items });
    return { do: "send", writes: true, message };
  }
  if ("found" in written) throw new Error("A batch is settled by the read that found it");
  return done(outcomesOf(batch, sent, written));
}

/** Whether the version of what is held there is to be read before it is changed. */
const isUnread = ({ held }: OutgoingRecord): boolean => held !== undefined && held.version === null;

function versionsIn(answer: RawAnswer, entity: Entity): readonly (readonly [id: string, version: string])[] {
  const response = child(bodyOf(answer) ?? {}, "QueryResponse") ?? {};
  return list(response, entity).map((one) => [text(one, "Id") ?? "", text(one, "SyncToken") ?? "0"] as const);
}

/** Voided where they void it; a bill and a credit have no such state and are deleted. */
const endOf = (entity: Entity): "void" | "delete" => (entity === "Invoice" ? "void" : "delete");

function itemOf(record: OutgoingRecord, bId: string, versions: ReadonlyMap<string, string>): object {
  const { held } = record;
  const entity = entityFor(record.kind);
  if (!held) return { bId, operation: "create", [entity]: toWire(record) };
  const named = { Id: held.externalId, SyncToken: held.version ?? versions.get(`${entity} ${held.externalId}`) ?? "0" };
  if ("voided" in record && record.voided) return { bId, operation: endOf(entity), [entity]: named };
  // What is left out of a sparse change stays as it is there.
  return { bId, operation: "update", [entity]: { ...named, sparse: true, ...toWire(record) } };
}

interface Answered {
  readonly message: Message;
  readonly answer: RawAnswer;
}

function outcomesOf(batch: Batch, sent: readonly OutgoingRecord[], { message, answer }: Answered): PushOutcomes {
  const whole = wholeOutcome(message, answer);
  const items = new Map<string, JsonObject[]>();
  for (const item of list(bodyOf(answer) ?? {}, "BatchItemResponse")) {
    const bId = text(item, "bId") ?? "";
    items.set(bId, [...(items.get(bId) ?? []), item]);
  }
  return new Map(
    batch.records.map((record): [string, PushOutcome] => {
      const error = faultIn(record);
      if (error) return [record.recordId, { status: "refused", error }];
      if (whole) return [record.recordId, whole];
      const [item, ...others] = items.get(String(sent.indexOf(record) + 1)) ?? [];
      if (!item) return [record.recordId, { status: "unknown", why: "missing-in-answer" }];
      if (others.length > 0) return [record.recordId, { status: "unknown", why: "not-definite" }];
      return [record.recordId, outcomeOf(item, record, entityFor(record.kind), answer)];
    }),
  );
}

/** What an answer means for all that a call carried; null where each record is to be read by itself. */
function wholeOutcome(message: Message, answer: RawAnswer): PushOutcome | null {
  const fault = faultOf(answer, message);
  switch (fault?.what) {
    case undefined:
      return null;
    case "rate-limited":
      return { status: "not-sent", error: new SyncError("transient.rate-limited", detailOf(answer)), limit: fault.limit };
    case "token-expired":
    case "connection-lost":
      return { status: "not-sent", error: fault.error };
    case "unclear":
      return { status: "unknown", why: fault.why };
    case "refused":
      return { status: "refused", error: fault.error };
  }
}

const subjectOf = (record: OutgoingRecord): string => ("number" in record ? record.number : record.reference);

/** One record by its element, be it an item of a batch or the body of a call of its own. */
function outcomeOf(
  element: JsonObject,
  record: OutgoingRecord,
  entity: Entity,
  answer: RawAnswer,
  isHeld = record.held !== undefined,
): PushOutcome {
  const faults = faultsOf(element);
  const detail = { ...detailOf(answer), subject: subjectOf(record) };
  if (faults.length > 0) {
    const error = errorOf(faults, detail, isHeld);
    const heldBack = heldBackFor(faults);
    if (heldBack !== null) return { status: "not-sent", error: new SyncError(heldBack, error.detail) };
    if (isUnclear(faults)) return { status: "unknown", why: "server-error" };
    return { status: "refused", error };
  }
  const made = child(element, entity);
  const externalId = made && text(made, "Id");
  if (!made || !externalId || (record.held && externalId !== record.held.externalId))
    return { status: "unknown", why: made ? "not-definite" : "missing-in-answer" };
  const version = text(made, "SyncToken");
  return { status: "accepted", externalId, ...(version === null ? {} : { version }), warnings: warningsOf(made, record) };
}

function warningsOf(made: JsonObject, record: OutgoingRecord): SyncError[] {
  const warnings: SyncError[] = [];
  const number = text(made, "DocNumber");
  if ("number" in record && !record.voided && number !== null && number !== record.number) {
    const said = `QuickBooks Online numbered it ${number}: custom transaction numbers are off in its settings`;
    warnings.push(new SyncError("package.warning", { field: "number", value: record.number, said: [said] }));
  }
  if ("name" in record && contactName(record.name) !== record.name) {
    const said = [`Sent as "${contactName(record.name)}"`];
    warnings.push(new SyncError("package.warning", { field: "name", value: record.name, said }));
  }
  return warnings;
}

const PATHS: Readonly<Partial<Record<Entity, string>>> = { Payment: "/payment", BillPayment: "/billpayment" };

/** Whether what was seen of a payment is linked to what it pays. */
const isLinked = (payment: OutgoingPayment) => (seen: SeenRecord) =>
  seen.family === "payment" && seen.documentExternalId === payment.documentExternalId && seen.amountMinor === payment.amountMinor;

/**
 * A payment, and its link once more where they took the money without it: then it is there, and is never made a second time. It is read
 * before it is linked, since each try gives it another version. A link that they drop again is a refusal.
 */
function nextOfPayment(payment: OutgoingPayment, about: About, past: readonly Exchanged[]): Step<PushOutcomes> {
  const entity = paymentEntity(payment);
  const path = PATHS[entity] ?? "";
  const [made, read, linked] = past;
  const answerWith = (outcome: PushOutcome) => done(new Map([[payment.recordId, outcome]]));
  if (!made) {
    const body = toWire(payment);
    return { do: "send", writes: true, message: writing(about.connection, `create${entity}`, path, about.key, body) };
  }
  const first = madeBy(made, payment, entity);
  if ("outcome" in first) return answerWith(first.outcome);
  if (first.isLinked) return answerWith({ status: "accepted", externalId: first.id, version: first.version, warnings: [] });
  const held = { externalId: first.id, version: first.version };
  if (!read) {
    const message = reading(about.connection, `read${entity}`, `${path}/${encodeURIComponent(first.id)}`);
    return { do: "send", writes: false, message, held };
  }
  if (!linked) {
    const there = "answer" in read ? child(bodyOf(read.answer) ?? {}, entity) : null;
    const version = (there && text(there, "SyncToken")) ?? first.version;
    const body = { ...toWire(payment), Id: first.id, SyncToken: version, sparse: true };
    const message = writing(about.connection, `link${entity}`, path, about.key, body);
    return { do: "send", writes: true, message, held, proof: isLinked(payment) };
  }
  const second = madeBy(linked, payment, entity, true);
  if ("outcome" in second) return answerWith(second.outcome);
  if (second.isLinked) return answerWith({ status: "accepted", externalId: second.id, version: second.version, warnings: [] });
  const said = [
    `QuickBooks Online took the payment and left out its link to the ${paidEntity(payment).toLowerCase()}: it is there as money on account`,
  ];
  const error = new SyncError("package.document-state", { subject: payment.reference, said });
  return answerWith({ status: "refused", error });
}

/** What a step says of the payment: where it stands, or how the step ended. */
function madeBy(
  step: Exchanged,
  payment: OutgoingPayment,
  entity: Entity,
  isHeld = false,
): { readonly id: string; readonly version: string; readonly isLinked: boolean } | { readonly outcome: PushOutcome } {
  if ("found" in step) {
    const { externalId, version, seen } = step.found;
    return { id: externalId, version: version ?? "0", isLinked: isLinked(payment)(seen) };
  }
  const whole = wholeOutcome(step.message, step.answer);
  // A refusal is of this one payment, and is read as one of a batch is.
  if (whole && whole.status !== "refused") return { outcome: whole };
  const outcome = outcomeOf(bodyOf(step.answer) ?? {}, payment, entity, step.answer, isHeld);
  if (outcome.status !== "accepted") return { outcome };
  const body = child(bodyOf(step.answer) ?? {}, entity) ?? {};
  return { id: outcome.externalId, version: outcome.version ?? "0", isLinked: hasLink(body, payment) };
}

/** Whether an answer links the whole amount to what is paid: they have dropped links without a word. */
function hasLink(made: JsonObject, payment: OutgoingPayment): boolean {
  return list(made, "Line").some(
    (line) =>
      minor(line, "Amount", payment.currency) === payment.amountMinor &&
      list(line, "LinkedTxn").some((one) => text(one, "TxnId") === payment.documentExternalId),
  );
}
