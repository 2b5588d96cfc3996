import { formatMoney } from "#lib/common/money.ts";
import type { OutgoingDocument, OutgoingPayment, OutgoingRecord, SeenRecord } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, type JsonObject, text } from "../shared/json.ts";
import type { Batch, Connection, Connector, Exchanged, Message, PushOutcome, PushOutcomes, Step } from "../types.ts";
import { idOf, type Resource, resourceOf } from "./address.ts";
import { bankLineFor, bankLines, wantsBankLine } from "./bank-lines.ts";
import { faultOf, saidIn } from "./errors.ts";
import { faultIn, toFreeAgent, type Wire } from "./map.ts";
import { toPayment } from "./map-money.ts";
import { absolute, oneIn } from "./read.ts";

/** Documents that are made as drafts, and stand in the ledger once they are marked as sent. */
const isInSteps = (record: OutgoingRecord): record is OutgoingDocument =>
  record.kind === "sales-invoice" || record.kind === "sales-credit-note";

const done = (record: OutgoingRecord, outcome: PushOutcome): Step<PushOutcomes> => ({
  do: "done",
  answer: new Map([[record.recordId, outcome]]),
});

const writing = (operation: string, method: Message["method"], path: string, body: Wire | null = null): Message => ({
  operation,
  method,
  path,
  query: {},
  headers: {},
  body: body === null ? null : JSON.stringify(body),
});

/** What is behind us said: the record that it made, changed or showed, or how it ended. */
type Said = { readonly id: string; readonly row: JsonObject | null } | { readonly outcome: PushOutcome };

function said(step: Exchanged, record: OutgoingRecord, heldId: string | null): Said {
  if ("found" in step) return { id: step.found.externalId, row: null };
  const { answer, message } = step;
  const resource = resourceOf(record.kind);
  const fault = faultOf(answer, message);
  switch (fault?.what) {
    case undefined: {
      const row = oneIn(answer, resource);
      // Two of FreeAgent's samples name what was made in the header alone, and there without the host.
      const id = idOf(row && text(row, "url")) ?? (message.method === "POST" ? idOf(answer.headers.location ?? null) : null);
      if (heldId !== null)
        return id === null || id === heldId ? { id: heldId, row } : { outcome: { status: "unknown", why: "not-definite" } };
      return id === null ? { outcome: { status: "unknown", why: bodyOf(answer) ? "not-definite" : "unparsable" } } : { id, row };
    }
    case "rate-limited":
      return {
        outcome: { status: "not-sent", error: new SyncError("transient.rate-limited", saidIn(answer)), limit: fault.limit },
      };
    case "token-expired":
    case "connection-lost":
      return { outcome: { status: "not-sent", error: fault.error } };
    case "unclear":
      return { outcome: { status: "unknown", why: fault.why } };
    case "refused":
      return { outcome: { status: "refused", error: fault.error } };
  }
}

/** Taken: with its version, and what is to be said of it. */
function accepted(record: OutgoingRecord, { id, row }: Extract<Said, { id: string }>, first = row): Step<PushOutcomes> {
  const version = row && text(row, "updated_at");
  return done(record, {
    status: "accepted",
    externalId: id,
    ...(version ? { version } : {}),
    warnings: warningsOf(record, first),
  });
}

/** Tax that FreeAgent reckoned otherwise, and a name that was sent cleaned. */
function warningsOf(record: OutgoingRecord, row: JsonObject | null): SyncError[] {
  const own = row && isDocument(record) && !record.voided ? absolute(row, "sales_tax_value", record.currency) : null;
  if (!isDocument(record) || own === null || own === record.taxMinor) return [];
  const [ours, theirs] = [record.taxMinor, own].map((minor) => formatMoney(minor, record.currency));
  return [
    new SyncError("package.warning", {
      field: "taxMinor",
      value: record.number,
      said: [`FreeAgent reckons the VAT line by line: ${theirs} there, ${ours} here`],
    }),
  ];
}

const isDocument = (record: OutgoingRecord): record is OutgoingDocument => "dueOn" in record;

/** One call that writes. */
function inOneCall(record: OutgoingRecord, past: readonly Exchanged[], ask: () => Message): Step<PushOutcomes> {
  const [first] = past;
  if (!first) return { do: "send", writes: true, message: ask() };
  const ended = said(first, record, record.held?.externalId ?? null);
  return "outcome" in ended ? done(record, ended.outcome) : accepted(record, ended);
}

const bodyFor = (record: OutgoingRecord, connection: Connection, { one }: Resource): Wire => ({
  [one]: toFreeAgent(record, connection),
});

/** Makes, changes or takes away what one call does. */
function simple(record: OutgoingRecord, { connection }: Batch, past: readonly Exchanged[]): Step<PushOutcomes> {
  const resource = resourceOf(record.kind);
  return inOneCall(record, past, () => {
    const { held } = record;
    if (!held) return writing(`create${resource.name}`, "POST", resource.path, bodyFor(record, connection, resource));
    const isGoing = "voided" in record && record.voided === true;
    return isGoing
      ? writing(`delete${resource.name}`, "DELETE", held.externalId)
      : writing(`update${resource.name}`, "PUT", held.externalId, bodyFor(record, connection, resource));
  });
}

const isDraft = (seen: SeenRecord) => seen.family === "document" && seen.status === "draft";
const isSent = (seen: SeenRecord) => seen.family === "document" && (seen.status === "authorised" || seen.status === "paid");
const isGone = (seen: SeenRecord) => seen.family === "document" && seen.status === "deleted";

const transition = (resource: Resource, id: string, to: "sent" | "draft"): Message =>
  writing(`mark${resource.name}As${to === "sent" ? "Sent" : "Draft"}`, "PUT", `${id}/transitions/mark_as_${to}`);

/** Created as a draft, which stands in no ledger, and marked as sent by a second call. */
function making(record: OutgoingDocument, { connection }: Batch, past: readonly Exchanged[]): Step<PushOutcomes> {
  const resource = resourceOf(record.kind);
  const [created, marked] = past;
  if (!created) {
    const message = writing(`create${resource.name}`, "POST", resource.path, bodyFor(record, connection, resource));
    return { do: "send", writes: true, message };
  }
  const first = said(created, record, null);
  if ("outcome" in first) return done(record, first.outcome);
  if (record.postAs === "draft") return accepted(record, first);
  if (!marked) {
    const held = { externalId: first.id, version: first.row && text(first.row, "updated_at") };
    return { do: "send", writes: true, message: transition(resource, first.id, "sent"), held, proof: isSent };
  }
  const last = said(marked, record, first.id);
  return "outcome" in last ? done(record, last.outcome) : accepted(record, last, first.row);
}

/** Back to a draft, the change, and marked as sent again: FreeAgent lets nobody change what was sent. A draft stays one. */
function changing(record: OutgoingDocument, { connection }: Batch, past: readonly Exchanged[]): Step<PushOutcomes> {
  const resource = resourceOf(record.kind);
  const id = record.held?.externalId ?? "";
  const before = record.held?.before;
  const wasDraft = before?.family === "document" && before.status === "draft";
  const isChanged = (seen: SeenRecord) =>
    seen.family === "document" && seen.netMinor === record.netMinor && seen.number === record.number && isDraft(seen);
  const steps = [
    ...(wasDraft ? [] : [{ message: () => transition(resource, id, "draft"), proof: isDraft }]),
    ...(record.voided
      ? [{ message: () => writing(`delete${resource.name}`, "DELETE", id), proof: isGone }]
      : [
          {
            message: () => writing(`update${resource.name}`, "PUT", id, bodyFor(record, connection, resource)),
            proof: isChanged,
          },
          ...(wasDraft || record.postAs === "draft" ? [] : [{ message: () => transition(resource, id, "sent"), proof: isSent }]),
        ]),
  ];
  let last: Said = { id, row: null };
  for (const one of past) {
    last = said(one, record, id);
    if ("outcome" in last) return done(record, last.outcome);
  }
  const next = steps[past.length];
  return next ? { do: "send", writes: true, message: next.message(), proof: next.proof } : accepted(record, last);
}

/** An explanation of a bank line: of one that is there, where the client's books are fed by a bank, or of one that is added with it. */
function paying(record: OutgoingPayment, { connection }: Batch, past: readonly Exchanged[]): Step<PushOutcomes> {
  const resource = resourceOf(record.kind);
  const create = (line: string | null) =>
    writing(`create${resource.name}`, "POST", resource.path, { [resource.one]: toPayment(record, connection, line) });
  if (!wantsBankLine(connection)) return inOneCall(record, past, () => create(null));
  const [read, ...rest] = past;
  // What cannot be sent at all needs no reading.
  if (!read) {
    toPayment(record, connection);
    return { do: "send", writes: false, message: bankLines(record, connection) };
  }
  if ("found" in read) return accepted(record, { id: read.found.externalId, row: null });
  const fault = faultOf(read.answer, read.message);
  if (fault !== null)
    return done(record, "error" in fault ? { status: "refused", error: fault.error } : { status: "unknown", why: "unparsable" });
  const line = bankLineFor(record, read.answer, connection);
  return "error" in line
    ? done(record, { status: "refused", error: line.error })
    : inOneCall(record, rest, () => create(line.id));
}

/** The calls that bring one record to FreeAgent, which takes them one at a time. */
export const push: Connector["push"] = {
  inSteps: ["sales-invoice", "sales-credit-note"],

  next(batch, _about, past) {
    const [record, ...others] = batch.records;
    if (!record || others.length > 0) throw new RangeError("FreeAgent takes one record at a time");
    try {
      if (past.length === 0) {
        const error = faultIn(record);
        if (error) return done(record, { status: "refused", error });
      }
      if (record.kind === "payment") return paying(record, batch, past);
      if (!isInSteps(record)) return simple(record, batch, past);
      return record.held ? changing(record, batch, past) : making(record, batch, past);
    } catch (error) {
      // What the company's own currency forbids is known here alone.
      if (error instanceof SyncError && past.length === 0) return done(record, { status: "refused", error });
      throw error;
    }
  },
};
