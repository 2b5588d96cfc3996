import { describe, expect, it } from "vitest";
import type { OutgoingAllocation } from "#lib/common/records.ts";
import { confirmAllocations, pushAllocation } from "./allocations.ts";
import { answer, aRef, connection } from "./fixtures.ts";

const NOTE = "7f2c1f0e-6f53-4f0b-9c40-0d3f5e0c1a01";
const INVOICE = "7f2c1f0e-6f53-4f0b-9c40-0d3f5e0c1a02";
const ID = "7f2c1f0e-6f53-4f0b-9c40-0d3f5e0c1a03";

const allocation: OutgoingAllocation = {
  kind: "allocation",
  recordId: "record-1",
  reference: "INV-1-CN2 to INV-1",
  revision: 1,
  creditNoteKind: "sales-credit-note",
  creditNoteNumber: "INV-1-CN2",
  creditNoteExternalId: NOTE,
  documentNumber: "INV-1",
  documentExternalId: INVOICE,
  allocatedOn: "2026-11-22",
  currency: "GBP",
  amountMinor: 46_243n,
};
const batch = { connection, records: [allocation] };
const message = pushAllocation.ask(batch, connection);
const read = (status: number, body: unknown) => pushAllocation.read(message, answer(status, body), batch).get("record-1");
const element = { Invoice: { InvoiceID: INVOICE.toUpperCase() }, Amount: 462.43 };

describe("an allocation on its way to Xero", () => {
  it("FD15 goes below its credit note, one a call, by the exact amount", () => {
    expect(message).toMatchObject({ method: "PUT", path: `/api.xro/2.0/CreditNotes/${NOTE}/Allocations` });
    expect(message.body).toBe(`{"Allocations":[{"Invoice":{"InvoiceID":"${INVOICE}"},"Amount":462.43,"Date":"2026-11-22"}]}`);
    expect(() => pushAllocation.ask({ ...batch, records: [allocation, allocation] }, connection)).toThrow(RangeError);
    expect(() => pushAllocation.ask({ ...batch, records: [{ ...allocation, amountMinor: 0n }] }, connection)).toThrow();
  });

  it("FD15 is accepted by its own id alone; without one nobody knows, and the credit note is asked", () => {
    expect(read(200, { Allocations: [{ ...element, AllocationID: ID }] })).toMatchObject({ status: "accepted", externalId: ID });
    expect(read(200, { Allocations: [element] })).toEqual({ status: "unknown", why: "not-definite" });
    expect(read(200, { Allocations: [] })).toEqual({ status: "unknown", why: "missing-in-answer" });
    const other = { ...element, Invoice: { InvoiceID: NOTE }, AllocationID: ID };
    expect(read(200, { Allocations: [other] })).toEqual({ status: "unknown", why: "missing-in-answer" });
    expect(read(500, {})).toMatchObject({ status: "unknown" });
  });

  it("FD15 is refused with Xero's own words, whichever way they come", () => {
    const locked = "The document date cannot be before the period lock date, currently set at 30-Nov-2026";
    for (const [status, body] of [
      [200, { Allocations: [{ ...element, ValidationErrors: [{ Message: locked }] }] }],
      [400, { Message: "A validation exception occurred", Elements: [{ ...element, ValidationErrors: [{ Message: locked }] }] }],
    ] as const) {
      const outcome = read(status, body);
      expect(outcome).toMatchObject({ status: "refused", error: { code: "package.period-locked" } });
    }
    const exceeded = "The amount allocated exceeds the remaining credit";
    expect(read(200, { Allocations: [{ ValidationErrors: [{ Message: exceeded }] }] })).toMatchObject({
      error: { code: "package.payment-too-large", detail: { said: [exceeded] } },
    });
  });
});

describe("what Xero holds of an allocation", () => {
  const seen = (externalId: string | null, listed: readonly object[]) => {
    const request = {
      connection,
      kind: "allocation" as const,
      refs: [aRef({ recordId: "record-1", kind: "allocation", externalId, sent: allocation })],
      since: new Date(0),
      cursor: null,
    };
    const body = { CreditNotes: [{ CreditNoteID: NOTE, CurrencyCode: "GBP", Allocations: listed }] };
    return confirmAllocations.read(confirmAllocations.ask(request, connection), answer(200, body), request).sightings;
  };
  const listed = { ...element, AllocationID: ID };

  it("FD15 is found by document and amount while its id is not known, and by its id after", () => {
    expect(seen(null, [listed])).toMatchObject([{ externalId: ID, seen: { amountMinor: 46_243n, status: "live" } }]);
    expect(seen(null, [{ ...listed, Amount: 462.42 }])).toEqual([]);
    expect(seen(null, [{ ...listed, Invoice: { InvoiceID: NOTE } }])).toEqual([]);
    expect(seen(ID, [{ ...listed, Amount: 1 }])).toMatchObject([{ seen: { amountMinor: 100n } }]);
    expect(seen(ID, [{ ...listed, IsDeleted: true }])).toMatchObject([{ seen: { status: "deleted" } }]);
  });
});
