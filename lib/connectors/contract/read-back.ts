import { expect } from "vitest";
import type { OutgoingDocument, OutgoingRecord, SeenDocument } from "#lib/common/records.ts";
import type { Sighting } from "../types.ts";
import { type ContractLists, isDocument } from "./records.ts";

/** Expects that what was seen of a record is what was sent of it, to the penny. */
export function expectSeen(
  sighting: Sighting | undefined,
  record: OutgoingRecord,
  accounts: ContractLists["accounts"],
): void {
  if (isDocument(record)) expectDocument(sighting, record, accounts);
  if (record.kind === "payment") {
    const { direction, packageReference, documentExternalId, accountExternalId } = record;
    const { paidOn, currency, amountMinor } = record;
    expect(sighting?.seen).toEqual({
      ...{ direction, packageReference, documentExternalId, accountExternalId },
      ...{ paidOn, currency, amountMinor },
      family: "payment",
      status: "live",
    });
  }
  if (record.kind === "allocation") {
    const { creditNoteExternalId, documentExternalId, currency, amountMinor } = record;
    expect(sighting?.seen).toEqual({
      ...{ creditNoteExternalId, documentExternalId, currency, amountMinor },
      family: "allocation",
      status: "live",
    });
  }
  if (record.kind !== "journal") return;
  expect(sighting?.seen).toMatchObject({
    family: "journal",
    narration: record.narration,
    journalOn: record.journalOn,
    status: "posted",
    url: record.url,
    split: record.legs.map(({ accountExternalId, amountMinor }) => ({
      accountExternalId,
      amountMinor,
    })),
  });
}

function expectDocument(
  sighting: Sighting | undefined,
  record: OutgoingDocument,
  accounts: ContractLists["accounts"],
): void {
  if (sighting?.seen.family !== "document")
    throw new Error(`${record.number} was not seen as a document`);
  const { seen } = sighting;
  expect({
    kind: seen.kind,
    number: seen.number,
    contact: seen.contactExternalId,
    issuedOn: seen.issuedOn,
    currency: seen.currency,
    net: seen.netMinor,
    tax: seen.taxMinor,
    gross: seen.grossMinor,
  }).toEqual({
    kind: record.kind,
    number: record.number,
    contact: record.contactExternalId,
    issuedOn: record.issuedOn,
    currency: record.currency,
    net: record.netMinor,
    tax: record.taxMinor,
    gross: record.grossMinor,
  });
  if (record.kind === "sales-invoice" || record.kind === "bill")
    expect(seen.dueOn).toBe(record.dueOn);
  expect(["authorised", "paid"]).toContain(seen.status);
  // Where tax is the document's and not its lines', the net alone is split.
  expect(splitSeen(seen, accounts)).toEqual(splitSent(record, seen.taxOnLines !== false));
}

type Split = Record<string, { net: bigint; tax: bigint }>;

function splitSent(record: OutgoingDocument, withTax: boolean): Split {
  const split: Split = {};
  for (const line of record.lines)
    add(
      split,
      `${line.target.account.externalId} ${line.tax.externalId}`,
      line.netMinor,
      withTax ? line.taxMinor : 0n,
    );
  return split;
}

function splitSeen(seen: SeenDocument, accounts: ContractLists["accounts"]): Split {
  const split: Split = {};
  for (const row of seen.split) {
    const named = accounts.find((one) => one.code === row.accountCode)?.externalId;
    const account = row.accountExternalId ?? named;
    add(split, `${account} ${row.taxExternalId}`, row.netMinor, row.taxMinor);
  }
  return split;
}

function add(split: Split, mark: string, net: bigint, tax: bigint): void {
  const row = split[mark] ?? { net: 0n, tax: 0n };
  split[mark] = { net: row.net + net, tax: row.tax + tax };
}
