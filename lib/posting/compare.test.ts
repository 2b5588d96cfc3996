import { describe, expect, it } from "vitest";
import type { OutgoingDocument, SeenDocument } from "#lib/common/records.ts";
import { findDifferences, findNoted, isSameRecord, type Names } from "./compare.ts";
import { keyDigest } from "./idempotency-key.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";
import { sentWords } from "./sent-words.ts";

const names: Names = {
  account: (id) => ({ a1: "200 Sales", a2: "260 Other Revenue" })[id] ?? id,
  accountIdByCode: (code) => ({ "200": "a1", "260": "a2" })[code] ?? null,
  taxRate: (id) => id,
  contact: (id) => id,
};

const sent: OutgoingDocument = {
  kind: "sales-invoice",
  recordId: "r1",
  reference: "INV-1",
  number: "INV-1",
  revision: 1,
  contactExternalId: "c1",
  issuedOn: "2026-11-02",
  dueOn: "2026-12-02",
  currency: "GBP",
  netMinor: 2025n,
  taxMinor: 405n,
  grossMinor: 2430n,
  postAs: "authorised",
  url: "http://localhost:3000/clients/x/documents/r1",
  lines: [
    {
      description: "Widget",
      quantity: "2",
      unitPrice: "10.125",
      netMinor: 2025n,
      taxMinor: 405n,
      target: { account: { externalId: "a1", code: "200" } },
      tax: { externalId: "OUTPUT2", rate: "20" },
      productReference: null,
    },
  ],
};

const seen: SeenDocument = {
  family: "document",
  kind: "sales-invoice",
  number: "INV-1",
  contactExternalId: "c1",
  issuedOn: "2026-11-02",
  dueOn: "2026-12-02",
  currency: "GBP",
  status: "authorised",
  netMinor: 2025n,
  taxMinor: 405n,
  grossMinor: 2430n,
  split: [{ accountExternalId: "a1", taxExternalId: "OUTPUT2", netMinor: 2025n, taxMinor: 405n }],
  url: null,
};

describe("L1 the tick's comparison", () => {
  it("L1 finds nothing when the package holds the same record", () => {
    expect(findDifferences(sent, seen, names)).toEqual([]);
    expect(findDifferences(sent, { ...seen, status: "paid" }, names)).toEqual([]);
  });

  it.each([
    ["Number", { number: "INV-2" }],
    ["Contact", { contactExternalId: "c2" }],
    ["Date", { issuedOn: "2026-11-03" }],
    ["Due date", { dueOn: "2026-12-03" }],
    ["Due date", { dueOn: null }],
    ["Currency", { currency: "EUR" }],
    ["Status", { status: "voided" }],
    ["Status", { status: "draft" }],
    ["Net", { netMinor: 2024n }],
    ["Tax", { taxMinor: 404n }],
    ["Gross", { grossMinor: 2431n }],
    ["Kind", { kind: "bill" }],
  ] satisfies [string, Partial<SeenDocument>][])("L1 finds a different %s", (field, change) => {
    expect(findDifferences(sent, { ...seen, ...change }, names).map((one) => one.field)).toContain(field);
  });

  it("L1 finds a split over another account or tax code, though every total is equal", () => {
    const part = { netMinor: 2025n, taxMinor: 405n };
    const other = findDifferences(
      sent,
      { ...seen, split: [{ accountExternalId: "a2", taxExternalId: "OUTPUT2", ...part }] },
      names,
    );
    expect(other.map((one) => one.field)).toEqual(["Split: 200 Sales, OUTPUT2", "Split: 260 Other Revenue, OUTPUT2"]);
    expect(
      findDifferences(sent, { ...seen, split: [{ accountExternalId: "a1", taxExternalId: "RROUTPUT", ...part }] }, names),
    ).toHaveLength(2);
  });

  it("L1 an account named by its code alone is the same account", () => {
    const split = [{ accountExternalId: null, accountCode: "200", taxExternalId: "OUTPUT2", netMinor: 2025n, taxMinor: 405n }];
    expect(findDifferences(sent, { ...seen, split }, names)).toEqual([]);
  });

  it("a difference of a penny is said in money", () => {
    const [gross] = findDifferences(sent, { ...seen, grossMinor: 2431n }, names);
    expect(gross).toEqual({ field: "Gross", ours: "£24.30", theirs: "£24.31" });
  });

  it("a draft is the same record when a draft was sent, approved there or not", () => {
    expect(findDifferences({ ...sent, postAs: "draft" }, { ...seen, status: "draft" }, names)).toEqual([]);
    expect(findDifferences({ ...sent, postAs: "draft" }, { ...seen, status: "authorised" }, names)).toEqual([]);
  });
});

it("L1 a contact's surplus blanks are no difference, another name is", () => {
  const contact = { kind: "customer", recordId: "r", reference: "C1", revision: 1, name: "Peak  Gifts ", email: null } as const;
  const there = { family: "contact", reference: "C1", name: "Peak Gifts", status: "active", mergedInto: null } as const;
  expect(findDifferences(contact, there, names)).toEqual([]);
  expect(findDifferences(contact, { ...there, name: "Peak Gift" }, names)).toHaveLength(1);
  expect(findDifferences(contact, { ...there, status: "archived" }, names)).toHaveLength(1);
});

it("FB1 a VAT number is the same however its blanks stand, another is a difference, and a blank one is none where a person linked it", () => {
  const contact = {
    kind: "customer",
    recordId: "r",
    reference: "C1",
    revision: 1,
    name: "Peak",
    email: null,
    taxNumber: "GB 123 4567 89",
  } as const;
  const there = { family: "contact", reference: "C1", name: "Peak", status: "active", mergedInto: null } as const;
  expect(findDifferences(contact, { ...there, taxNumber: "gb123456789" }, names)).toEqual([]);
  expect(findDifferences(contact, { ...there, taxNumber: "GB 123 4567 88" }, names)).toEqual([
    { field: "VAT number", ours: "GB 123 4567 89", theirs: "GB 123 4567 88" },
  ]);
  expect(findDifferences(contact, { ...there, taxNumber: null }, names)).toHaveLength(1);
  expect(findDifferences({ ...contact, linked: true }, { ...there, taxNumber: null }, names)).toEqual([]);
  // Where nothing of it was sent, what stands there stays; a package that does not say is not asked.
  expect(findDifferences(contact, there, names)).toEqual([]);
  const { taxNumber: _, ...without } = contact;
  expect(findDifferences(without, { ...there, taxNumber: "GB 1" }, names)).toEqual([]);
});

describe("settling an unclear outcome", () => {
  it("takes another contact, total, date or currency under our number for another record", () => {
    expect(isSameRecord(sent, seen)).toBe(true);
    expect(isSameRecord(sent, { ...seen, contactExternalId: "c2" })).toBe(false);
    expect(isSameRecord(sent, { ...seen, grossMinor: 1n })).toBe(false);
    expect(isSameRecord(sent, { ...seen, issuedOn: "2026-01-01" })).toBe(false);
    expect(isSameRecord(sent, { ...seen, currency: "EUR" })).toBe(false);
  });
});

describe("N2 the key of a call", () => {
  const one = { recordId: "r1", revision: 1, generation: 1 };
  it("N2 is the same for the same records, revisions and generations in the same order", () => {
    expect(keyDigest("c", [one])).toEqual(keyDigest("c", [{ ...one }]));
    expect(keyDigest("c", [one])).toHaveLength(32);
    expect(keyDigest("c", [one], "r2:1")).toEqual(keyDigest("c", [one], "r2:1"));
  });
  it("N2 changes with any of them", () => {
    const keys = [
      keyDigest("c", [one]),
      keyDigest("d", [one]),
      keyDigest("c", [{ ...one, revision: 2 }]),
      keyDigest("c", [{ ...one, generation: 2 }]),
      keyDigest("c", [one, { ...one, recordId: "r2" }]),
      keyDigest("c", [{ ...one, recordId: "r2" }, one]),
      keyDigest("c", [one], "r2:1"),
      keyDigest("c", [one], "r2:2"),
    ].map((digest) => Buffer.from(digest).toString("hex"));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it("a record survives being kept as JSON, amounts to the penny", () => {
  expect(sentFromJson(JSON.parse(JSON.stringify(sentToJson(sent))))).toEqual(sent);
});

describe("BB6 tax that the package reckons itself", () => {
  const ours = { ...sent, taxBy: "package" as const };
  const theirs = {
    ...seen,
    taxMinor: 390n,
    grossMinor: 2415n,
    split: [{ accountExternalId: "a1", taxExternalId: "AST", netMinor: 2025n, taxMinor: 390n }],
  };

  it("is no difference by rate or amount, and is shown beside what we expected", () => {
    expect(findDifferences(ours, theirs, names)).toEqual([]);
    expect(isSameRecord(ours, theirs)).toBe(true);
    expect(findNoted(ours, theirs)).toEqual([
      { field: "Tax", ours: "£4.05", theirs: "£3.90" },
      { field: "Gross", ours: "£24.30", theirs: "£24.15" },
    ]);
    expect(findDifferences(sent, theirs, names)).not.toEqual([]);
    expect(findNoted(sent, theirs)).toEqual([]);
  });

  it("BB6 leaves the net to the penny, as a whole and by account", () => {
    const net = findDifferences(ours, { ...theirs, netMinor: 2024n }, names);
    expect(net).toEqual([{ field: "Net", ours: "£20.25", theirs: "£20.24" }]);
    expect(isSameRecord(ours, { ...theirs, netMinor: 2024n })).toBe(false);
    const moved = theirs.split.map((part) => ({ ...part, accountExternalId: "a2" }));
    expect(findDifferences(ours, { ...theirs, split: moved }, names).map((one) => one.field)).toEqual([
      "Split: 200 Sales",
      "Split: 260 Other Revenue",
    ]);
  });
});

describe("a package that keeps tax by document and not by line", () => {
  const theirs = {
    ...seen,
    taxOnLines: false as const,
    split: [{ accountExternalId: "a1", taxExternalId: "OUTPUT2", netMinor: 2025n, taxMinor: 0n }],
  };

  it("differs by nothing that it does not say: its tax is compared as a whole", () => {
    expect(findDifferences(sent, theirs, names)).toEqual([]);
    const more = findDifferences(sent, { ...theirs, taxMinor: 406n, grossMinor: 2431n }, names);
    expect(more.map((one) => one.field)).toEqual(["Tax", "Gross"]);
  });

  it("differs by account and by rate still", () => {
    const [part] = theirs.split;
    for (const moved of [{ accountExternalId: "a2" }, { taxExternalId: "ZERO" }])
      expect(findDifferences(sent, { ...theirs, split: [{ ...part, ...moved }] as typeof theirs.split }, names)).toHaveLength(2);
  });
});

describe("BB6 tax that the package reckons line by line", () => {
  const ours = { ...sent, taxBy: "lines" as const };
  const theirs = (taxMinor: bigint, taxExternalId = "OUTPUT2") => ({
    ...seen,
    taxMinor,
    grossMinor: 2025n + taxMinor,
    split: [{ accountExternalId: "a1", taxExternalId, netMinor: 2025n, taxMinor }],
  });

  it("may be off by a penny a line, which is shown and is no difference", () => {
    expect(findDifferences(ours, theirs(406n), names)).toEqual([]);
    expect(isSameRecord(ours, theirs(406n))).toBe(true);
    expect(findNoted(ours, theirs(406n))).toEqual([
      { field: "Tax", ours: "£4.05", theirs: "£4.06" },
      { field: "Gross", ours: "£24.30", theirs: "£24.31" },
    ]);
    expect(findNoted(ours, theirs(405n))).toEqual([]);
  });

  it("that is further off, or at another rate, is a difference, and so is the net", () => {
    expect(findDifferences(ours, theirs(407n), names).map((one) => one.field)).toEqual([
      "Tax",
      "Gross",
      "Split: 200 Sales, OUTPUT2",
    ]);
    expect(findDifferences(ours, theirs(405n, "ZERO"), names).map((one) => one.field)).toHaveLength(2);
    expect(isSameRecord(ours, { ...theirs(405n), netMinor: 2024n })).toBe(false);
  });
});

it("what a package has no place for is not compared: a contact's reference, a payment's", () => {
  const contact = { kind: "customer", recordId: "r", reference: "C1", revision: 1, name: "Peak Gifts", email: null } as const;
  const there = { family: "contact", name: "Peak Gifts", status: "active", mergedInto: null } as const;
  expect(findDifferences(contact, there, names)).toEqual([]);
  expect(isSameRecord(contact, there)).toBe(true);
  expect(isSameRecord(contact, { ...there, reference: "C2" })).toBe(false);
  expect(isSameRecord(contact, { ...there, name: "Peak" })).toBe(false);
});

it("BB6 what an older version sent is read as it was: compared with the package and told to a reader alike", () => {
  const { target, tax, ...line } = sent.lines[0] ?? expect.fail("no line");
  const flat = { ...line, accountExternalId: target.account.externalId, taxExternalId: tax.externalId };
  const before = { lines: [{ externalId: "l1", accountExternalId: "a9", taxExternalId: "T9" }] };
  const old = JSON.parse(
    JSON.stringify({ ...sentToJson(sent), lines: [{ ...flat, netMinor: "2025", taxMinor: "405" }], held: { before } }),
  );
  const read = sentFromJson(old);
  expect(read).toMatchObject({
    lines: [{ target: { account: { externalId: "a1", code: null } }, tax: { externalId: "OUTPUT2", rate: null } }],
    // What the package was seen to hold keeps its own words.
    held: { before },
  });
  expect(findDifferences(read, seen, names)).toEqual([]);
  expect(findDifferences(read, { ...seen, split: [] }, names)).toHaveLength(1);
  expect(isSameRecord(read, seen)).toBe(true);
  expect(sentWords(old, names, "en-GB").lines).toEqual(sentWords(sentToJson(sent), names, "en-GB").lines);
});
