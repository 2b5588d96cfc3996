import type { OutgoingAllocation, OutgoingRecord } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, child, flag, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { Batch, ConfirmPage, ConfirmRequest, Exchange, PushedRef, PushOutcome, Sighting } from "../types.ts";
import { complaintsIn, detailOf, errorOf, faultOf } from "./errors.ts";
import { guid } from "./json.ts";
import { toAllocation } from "./map-money.ts";
import { ACCOUNTING } from "./push.ts";

function only(records: readonly OutgoingRecord[]): OutgoingAllocation {
  const [record, ...others] = records;
  if (record?.kind !== "allocation" || others.length > 0)
    throw new RangeError("A call allocates one credit note to one document");
  return record;
}

/**
 * `PUT /CreditNotes/{id}/Allocations`, one at a time: it stands under its credit note's own address. Xero keeps nothing of ours on it, so
 * an outcome that is not clear is settled by what the credit note lists, never sent again under its key.
 * @see https://developer.xero.com/documentation/api/accounting/creditnotes#put-creditnotes-creditnoteid-allocations
 */
export const pushAllocation: Exchange<Batch, ReadonlyMap<string, PushOutcome>> = {
  ask(batch) {
    const record = only(batch.records);
    return {
      operation: "createCreditNoteAllocation",
      method: "PUT",
      path: `${ACCOUNTING}/CreditNotes/${encodeURIComponent(record.creditNoteExternalId)}/Allocations`,
      query: { summarizeErrors: "false" },
      headers: {},
      body: JSON.stringify({ Allocations: [toAllocation(record)] }),
    };
  },
  read(message, answer, batch) {
    const record = only(batch.records);
    const outcome = (): PushOutcome => {
      const fault = faultOf(answer, message);
      const body = bodyOf(answer);
      switch (fault?.what) {
        case "rate-limited":
          return { status: "not-sent", error: new SyncError("transient.rate-limited", detailOf(answer)), limit: fault.limit };
        case "token-expired":
        case "connection-lost":
          return { status: "not-sent", error: fault.error };
        case "unclear":
          return { status: "unknown", why: fault.why };
        default: {
          const elements = body ? [...list(body, "Allocations"), ...list(body, "Elements")] : [];
          const complaints = elements.flatMap((element) => complaintsIn(element));
          if (complaints.length > 0)
            return { status: "refused", error: errorOf(complaints, null, { ...detailOf(answer), subject: record.reference }) };
          if (fault) return { status: "refused", error: fault.error };
          const mine = elements.filter(
            (element) => documentOf(element) === record.documentExternalId.toLowerCase() && !flag(element, "IsDeleted"),
          );
          const [one, ...others] = mine;
          const id = one && guid(one, "AllocationID");
          // Without an id of its own the credit note is asked: it lists what stands.
          if (!id || others.length > 0) return { status: "unknown", why: one ? "not-definite" : "missing-in-answer" };
          return { status: "accepted", externalId: id, warnings: [] };
        }
      }
    };
    return new Map([[record.recordId, outcome()]]);
  },
};

const documentOf = (element: JsonObject) => {
  const invoice = child(element, "Invoice");
  return invoice && guid(invoice, "InvoiceID");
};
const creditNoteOf = ({ sent }: PushedRef) => (sent?.kind === "allocation" ? sent.creditNoteExternalId : null);

/** The credit notes that a request's allocations are of, each once: one is read a page. */
const creditNotesOf = (request: ConfirmRequest) => [...new Set(request.refs.map(creditNoteOf).filter((id) => id !== null))];

/**
 * What Xero holds of our allocations, as their credit notes list it: by id, or whatever stands on the same document by the same amount,
 * since Xero keeps no reference of ours on one.
 */
export const confirmAllocations: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request) {
    const id = creditNotesOf(request)[placeOf(request)];
    if (id === undefined) throw new RangeError("Nothing is left to be confirmed");
    return {
      operation: "getCreditNote",
      method: "GET",
      path: `${ACCOUNTING}/CreditNotes/${encodeURIComponent(id)}`,
      query: {},
      headers: {},
      body: null,
    };
  },
  read(_message, answer, request) {
    const place = placeOf(request);
    const ids = creditNotesOf(request);
    const id = ids[place];
    const body = answer.status === 304 || answer.status === 404 ? null : bodyOf(answer);
    const note = body && list(body, "CreditNotes").find((one) => guid(one, "CreditNoteID") === id?.toLowerCase());
    const sightings = (note ? list(note, "Allocations") : []).flatMap((element): Sighting[] => {
      const externalId = guid(element, "AllocationID");
      const currency = (note && text(note, "CurrencyCode")) ?? request.connection.baseCurrency;
      const amountMinor = minor(element, "Amount", currency) ?? minor(element, "AppliedAmount", currency);
      if (externalId === null || amountMinor === null || id === undefined) return [];
      const documentExternalId = documentOf(element);
      return request.refs.flatMap((ref): Sighting[] => {
        const { sent } = ref;
        if (sent?.kind !== "allocation" || sent.creditNoteExternalId !== id) return [];
        const mine =
          ref.externalId === null
            ? documentExternalId === sent.documentExternalId.toLowerCase() && amountMinor === sent.amountMinor
            : externalId === ref.externalId.toLowerCase();
        if (!mine) return [];
        const seen = {
          family: "allocation",
          creditNoteExternalId: sent.creditNoteExternalId,
          documentExternalId,
          currency,
          amountMinor,
          status: flag(element, "IsDeleted") ? "deleted" : "live",
        } as const;
        return [{ recordId: ref.recordId, externalId, version: null, seen }];
      });
    });
    return { sightings, next: place + 1 < ids.length ? String(place + 1) : null };
  },
};

const placeOf = (request: ConfirmRequest) => (/^\d{1,6}$/.test(request.cursor ?? "") ? Number(request.cursor) : 0);
