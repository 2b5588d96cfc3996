import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  OutgoingAllocation,
  OutgoingDocument,
  OutgoingJournal,
  OutgoingPayment,
  OutgoingRecord,
  RecordKind,
  SeenDocument,
} from "#lib/common/records.ts";
import { isDocumentKind } from "#lib/common/records.ts";
import type {
  Batch,
  ConfirmRequest,
  Connection,
  Connector,
  Exchange,
  PackageLists,
  PushedRef,
  PushOutcome,
  Sighting,
} from "./types.ts";

/** What can befall the next call that writes. */
export type Mishap =
  /** It is done, and the answer never comes. */
  | "answer-lost"
  /** The package answers that it failed, though it has done it. */
  | "server-error"
  /** Too many calls: nothing is written. */
  | "slow-down"
  /** The token has expired: nothing is written. */
  | "token-expired"
  /** The answer speaks of the records in another order. */
  | "reordered"
  /** The answer leaves one record out that was saved. */
  | "element-missing";

/** A package that the suite can use and trouble, and whose books it can look into past the connector. */
export interface ContractWorld {
  readonly connector: Connector;
  readonly connection: Connection;
  /** Carries one batch under a key there and back, as the posting engine does. */
  push(batch: Batch, key: string): Promise<ReadonlyMap<string, PushOutcome>>;
  /** Carries one question there and back. @throws when no clear answer came */
  exchange<Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask): Promise<Answer>;
  /** Arranges what befalls the next push. */
  arrange(mishap: Mishap): Promise<void>;
  /** How many documents the package's books hold under a number. */
  countInBooks(number: string): Promise<number>;
  /** The same document made such that this package refuses it for a reason of its own, which nobody can know beforehand. */
  spoiled(document: OutgoingDocument): OutgoingDocument;
  close(): Promise<void>;
}

/** The kinds of document that a connector pushes, one record of each. */
const CONTACT_KINDS: readonly RecordKind[] = ["customer", "supplier"];

/**
 * What every package passes, whatever its style: nothing is lost, nothing is doubled, and what is read back is what was sent.
 *
 * @param mishaps those that can befall this package's calls at all
 */
export function connectorContract(name: string, mishaps: readonly Mishap[], makeWorld: () => Promise<ContractWorld>): void {
  describe(`${name} keeps the connector contract`, () => {
    let world: ContractWorld;
    let lists: Required<Pick<PackageLists, "accounts" | "taxRates">>;
    let serial = 0;
    const contacts = new Map<RecordKind, string>();
    /** An invoice that payments of the suite pay, and a credit note that is allocated to it. */
    let payable = "";
    let allocatable = "";

    beforeAll(async () => {
      world = await makeWorld();
      lists = await readLists(world);
      for (const kind of CONTACT_KINDS.filter((one) => world.connector.can.push.includes(one))) {
        const record = make(kind);
        contacts.set(kind, accepted((await world.push(batchOf(record), key())).get(record.recordId)));
      }
      if (world.connector.can.push.includes("payment")) {
        const record = make("sales-invoice");
        payable = accepted((await world.push(batchOf(record), key())).get(record.recordId));
      }
      if (world.connector.can.push.includes("allocation")) {
        const record = make("sales-credit-note");
        allocatable = accepted((await world.push(batchOf(record), key())).get(record.recordId));
      }
    });
    afterAll(async () => world?.close());

    const key = () => `CONTRACT${++serial}`;
    const batchOf = (...records: OutgoingRecord[]): Batch => ({ connection: world.connection, records });

    function make(kind: RecordKind, over: Partial<OutgoingDocument> = {}): OutgoingRecord {
      serial += 1;
      const base = { recordId: `record-${serial}`, reference: `CT-${serial}`, revision: 1 };
      if (kind === "customer" || kind === "supplier") return { ...base, kind, name: `Contract ${kind} ${serial}`, email: null };
      if (kind === "product") return { ...base, kind, name: `Contract product ${serial}`, description: null };
      if (kind === "payment") return payment(base);
      if (kind === "journal") return journal(base);
      if (kind === "allocation") return allocation(base);
      if (!isDocumentKind(kind)) throw new RangeError(kind);
      return document(kind, { ...base, number: base.reference, ...over });
    }

    function document(
      kind: OutgoingDocument["kind"],
      over: Partial<OutgoingDocument> & Pick<OutgoingDocument, "recordId" | "reference" | "revision" | "number">,
    ) {
      const sales = kind === "sales-invoice" || kind === "sales-credit-note";
      const wanted = sales ? "revenue" : "expense";
      const usable = lists.accounts.filter((account) => account.active && !account.isSystem && account.class === wanted);
      const rate =
        lists.taxRates.find((one) => one.active && one.rate === "20" && one.appliesTo.includes(wanted)) ?? lists.taxRates[0];
      const [first, second = first] = usable;
      if (!first || !second || !rate) throw new Error(`${name} offers no account and tax rate for ${kind}`);
      const line = { taxExternalId: rate.externalId, productReference: null };
      const made: OutgoingDocument = {
        kind,
        contactExternalId: contacts.get(sales ? "customer" : "supplier") ?? "",
        issuedOn: "2026-11-02",
        dueOn: "2026-12-02",
        currency: world.connection.baseCurrency,
        netMinor: 12_430n,
        taxMinor: 2_486n,
        grossMinor: 14_916n,
        postAs: "authorised",
        url: `http://localhost:3000/documents/${over.recordId}`,
        lines: [
          {
            ...line,
            description: 'Ten & a "half" <widgets>',
            quantity: "10.5",
            unitPrice: "10.125",
            netMinor: 10_631n,
            taxMinor: 2_126n,
            accountExternalId: first.externalId,
          },
          {
            ...line,
            description: "Delivery",
            quantity: "1",
            unitPrice: "12.99",
            netMinor: 1_299n,
            taxMinor: 260n,
            accountExternalId: second.externalId,
          },
          {
            ...line,
            description: "Packing",
            quantity: "1",
            unitPrice: "5",
            netMinor: 500n,
            taxMinor: 100n,
            accountExternalId: first.externalId,
          },
        ],
        ...over,
      };
      return made;
    }

    /** A pound of an invoice that is there already. */
    function payment(base: { recordId: string; reference: string; revision: number }): OutgoingPayment {
      const bank = lists.accounts.find((account) => account.active && (account.isBank || account.takesPayments));
      return {
        ...base,
        kind: "payment",
        direction: "receipt",
        packageReference: `${base.reference} counter sale`,
        documentExternalId: payable,
        accountExternalId: bank?.externalId ?? "",
        paidOn: "2026-11-03",
        currency: world.connection.baseCurrency,
        amountMinor: 100n,
      };
    }

    /** Of the credit note a penny more each time: without a reference of ours an equal one could not be told apart. */
    function allocation(base: { recordId: string; reference: string; revision: number }): OutgoingAllocation {
      return {
        ...base,
        kind: "allocation",
        creditNoteKind: "sales-credit-note",
        creditNoteNumber: "CT-CN",
        creditNoteExternalId: allocatable,
        documentNumber: "CT-INV",
        documentExternalId: payable,
        allocatedOn: "2026-11-02",
        currency: world.connection.baseCurrency,
        amountMinor: 100n + BigInt(serial),
      };
    }

    function journal(base: { recordId: string; reference: string; revision: number }): OutgoingJournal {
      const [debit, credit] = lists.accounts.filter(
        (account) => account.active && !account.isSystem && !account.isBank && account.class === "expense",
      );
      return {
        ...base,
        kind: "journal",
        narration: `${base.reference} Accrual for November`,
        journalOn: "2026-11-30",
        currency: world.connection.baseCurrency,
        url: `http://localhost:3000/journals/${base.recordId}`,
        legs: [
          { description: "Accrued", accountExternalId: debit?.externalId ?? "", amountMinor: 12_345n },
          { description: "", accountExternalId: credit?.externalId ?? "", amountMinor: -12_345n },
        ],
      };
    }

    const refTo = (record: OutgoingRecord, externalId: string | null): PushedRef => ({
      recordId: record.recordId,
      kind: record.kind,
      reference: "number" in record ? record.number : record.reference,
      externalId,
      contactExternalId: "contactExternalId" in record ? record.contactExternalId : null,
      sent: record,
    });

    async function confirm(refs: readonly PushedRef[]): Promise<Sighting[]> {
      const seen: Sighting[] = [];
      let cursor: string | null = null;
      let pages = 0;
      do {
        const request: ConfirmRequest = {
          connection: world.connection,
          kind: refs[0]?.kind ?? "sales-invoice",
          refs,
          since: new Date(0),
          cursor,
        };
        const page = await world.exchange(world.connector.confirm, request);
        seen.push(...page.sightings);
        cursor = page.next;
        pages += 1;
      } while (cursor !== null && pages < 100);
      return seen;
    }

    function expectEqual(sighting: Sighting | undefined, record: OutgoingDocument): void {
      if (sighting?.seen.family !== "document") throw new Error(`${record.number} was not seen as a document`);
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
      if (record.kind === "sales-invoice" || record.kind === "bill") expect(seen.dueOn).toBe(record.dueOn);
      expect(["authorised", "paid"]).toContain(seen.status);
      expect(splitSeen(seen, lists.accounts)).toEqual(splitSent(record));
    }

    function expectMoney(sighting: Sighting | undefined, record: OutgoingRecord): void {
      if (record.kind === "payment") {
        const { direction, packageReference, documentExternalId, accountExternalId, paidOn, currency, amountMinor } = record;
        expect(sighting?.seen).toEqual({
          ...{ direction, packageReference, documentExternalId, accountExternalId, paidOn, currency, amountMinor },
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
        split: record.legs.map(({ accountExternalId, amountMinor }) => ({ accountExternalId, amountMinor })),
      });
    }

    it("names what it can do, and never a batch larger than it takes", () => {
      const { can, style } = world.connector;
      expect(can.batchSize).toBeGreaterThan(0);
      expect(can.push.length).toBeGreaterThan(0);
      expect(can.settleMs).toBeGreaterThanOrEqual(0);
      expect(["direct", "collected", "file"]).toContain(style);
    });

    it("BB2 gives the same bytes the same key, in a form of its own, and others another", () => {
      const digest = (n: number) => new Uint8Array(32).fill(n);
      const { keyOf } = world.connector;
      expect(keyOf(digest(1))).toBe(keyOf(digest(1)));
      expect(keyOf(digest(1))).toMatch(/^[\x21-\x7e]{20,128}$/);
      expect(keyOf(digest(1))).not.toBe(keyOf(digest(2)));
    });

    it("asks the same bytes for the same records, in a form that can be stored and sent again", () => {
      const batch = batchOf(make("sales-invoice"), make("sales-invoice"));
      const message = world.connector.push.ask(batch, world.connection, "key-1");
      expect(world.connector.push.ask(batch, world.connection, "key-1")).toEqual(message);
      expect(JSON.parse(JSON.stringify(message))).toEqual(message);
    });

    it("holds every kind that it takes, to the penny, when asked again by id and by our own reference", async () => {
      for (const kind of world.connector.can.push) {
        const record = make(kind);
        const id = accepted((await world.push(batchOf(record), key())).get(record.recordId));
        for (const ref of [refTo(record, id), refTo(record, null)]) {
          const seen = await confirm([ref]);
          expect(seen.map((one) => [one.recordId, one.externalId])).toEqual([[record.recordId, id]]);
          const [sighting] = seen;
          if ("lines" in record) expectEqual(sighting, record);
          else if (ref.externalId !== null) expectMoney(sighting, record);
        }
      }
    });

    it("changes what it holds by its id, and holds no second one", async () => {
      for (const kind of world.connector.can.update.filter((one) => world.connector.can.push.includes(one))) {
        const record = make(kind);
        const id = accepted((await world.push(batchOf(record), key())).get(record.recordId));
        const change = async (changed: OutgoingRecord) => {
          const [before] = await confirm([refTo(record, id)]);
          const held = { externalId: id, version: before?.version ?? null, before: before?.seen ?? null };
          expect(accepted((await world.push(batchOf({ ...changed, held }), key())).get(record.recordId))).toBe(id);
          const seen = await confirm([refTo(changed, id)]);
          expect(seen.map((one) => one.externalId)).toEqual([id]);
          return { before: before?.seen, after: seen[0] };
        };
        if (!("dueOn" in record)) {
          if (!("name" in record)) continue;
          const { after } = await change({ ...record, name: `${record.name} anew`, revision: 2 });
          expect(after?.seen).toMatchObject({ name: `${record.name} anew` });
          continue;
        }
        const line = record.lines[2];
        if (!line) throw new Error("the document has three lines");
        const lines = [{ ...line, quantity: "2", netMinor: 1_000n, taxMinor: 200n }, ...record.lines.slice(0, 2)];
        const amounts = { netMinor: 12_930n, taxMinor: 2_586n, grossMinor: 15_516n };
        const amended = { ...record, ...amounts, lines, revision: 2 };
        const { before, after } = await change(amended);
        expectEqual(after, amended);
        if (before?.family === "document" && after?.seen.family === "document") {
          const ids = (seen: SeenDocument) => seen.lines?.map((one) => one.externalId).toSorted();
          expect(ids(after.seen)).toEqual(ids(before));
        }
        const ended = await change({ ...amended, voided: true, revision: 3 });
        expect(ended.after?.seen).toMatchObject({ status: "voided" });
      }
    });

    it("refuses to change what it no longer lets anybody change", async () => {
      for (const kind of world.connector.can.update.filter(isDocumentKind)) {
        const record = make(kind);
        if (!("dueOn" in record)) throw new RangeError(kind);
        const id = accepted((await world.push(batchOf(record), key())).get(record.recordId));
        const held = { externalId: id, version: null, before: null };
        accepted((await world.push(batchOf({ ...record, voided: true, held }), key())).get(record.recordId));
        const again = (await world.push(batchOf({ ...record, held }), key())).get(record.recordId);
        expect(again).toMatchObject({ status: "refused", error: { code: "package.document-state" } });
      }
    });

    it("sent twice under one key is there once", async () => {
      const record = document("sales-invoice", { ...make("sales-invoice"), kind: "sales-invoice" } as OutgoingDocument);
      const once = key();
      const first = accepted((await world.push(batchOf(record), once)).get(record.recordId));
      const again = accepted((await world.push(batchOf(record), once)).get(record.recordId));
      expect(again).toBe(first);
      expect(await world.countInBooks(record.number)).toBe(1);
    });

    it("sent again under another key is refused where the package keeps numbers unique", async () => {
      for (const kind of world.connector.can.uniqueNumbers) {
        const record = make(kind);
        accepted((await world.push(batchOf(record), key())).get(record.recordId));
        const again = (await world.push(batchOf(record), key())).get(record.recordId);
        expect(again).toMatchObject({ status: "refused", error: { code: "source.duplicate-number" } });
        expect(await world.countInBooks(refTo(record, null).reference)).toBe(1);
      }
    });

    it("refuses some of a batch with a cause, and takes the others", async () => {
      const good = make("sales-invoice");
      const bad = world.spoiled(document("sales-invoice", make("sales-invoice") as OutgoingDocument));
      const alsoGood = make("sales-invoice");
      const outcomes = await world.push(batchOf(good, bad, alsoGood), key());
      accepted(outcomes.get(good.recordId));
      accepted(outcomes.get(alsoGood.recordId));
      const refusal = outcomes.get(bad.recordId);
      if (refusal?.status !== "refused") throw new Error(`expected a refusal, not ${JSON.stringify(refusal)}`);
      expect(refusal.error.code).not.toMatch(/^(unknown|transient|internal)\./);
      expect(refusal.error.detail.said?.join("")).not.toBe("");
      expect(await world.countInBooks(bad.number)).toBe(0);
    });

    it("calls absent what was never sent", async () => {
      for (const kind of world.connector.can.push) expect(await confirm([refTo(make(kind), null)])).toEqual([]);
    });

    it("sees more at once than one call takes", async () => {
      const { batchSize } = world.connector.can;
      const records = Array.from({ length: batchSize + 5 }, () => make("sales-invoice"));
      const ids = new Map<string, string>();
      for (let at = 0; at < records.length; at += batchSize) {
        for (const [recordId, outcome] of await world.push(batchOf(...records.slice(at, at + batchSize)), key()))
          ids.set(recordId, accepted(outcome));
      }
      const seen = await confirm([
        ...records.map((record) => refTo(record, ids.get(record.recordId) ?? null)),
        refTo(make("sales-invoice"), null),
      ]);
      expect(new Set(seen.map((one) => one.recordId))).toEqual(new Set(records.map((record) => record.recordId)));
      for (const one of seen) expect(one.externalId).toBe(ids.get(one.recordId));
    });

    for (const mishap of mishaps) {
      it(MISHAPS[mishap].promise, async () => {
        const records = [make("sales-invoice"), make("sales-invoice"), make("sales-invoice")].filter(
          (one): one is OutgoingDocument => "lines" in one,
        );
        await world.arrange(mishap);
        const outcomes = await world.push(batchOf(...records), key());
        expect(outcomes.size).toBe(records.length);
        const statuses = [...outcomes.values()].map((outcome) => outcome.status).sort();
        expect(statuses).toEqual(MISHAPS[mishap].statuses);
        const saved = MISHAPS[mishap].saved ? 1 : 0;
        for (const record of records) expect(await world.countInBooks(record.number)).toBe(saved);
        const seen = await confirm(records.map((record) => refTo(record, null)));
        expect(seen).toHaveLength(saved * records.length);
        for (const one of seen) {
          const record = records.find((other) => other.recordId === one.recordId);
          if (record) expectEqual(one, record);
          const outcome = outcomes.get(one.recordId);
          if (outcome?.status === "accepted") expect(outcome.externalId).toBe(one.externalId);
        }
        // And the next call goes as ever.
        const after = make("sales-invoice");
        accepted((await world.push(batchOf(after), key())).get(after.recordId));
      });
    }
  });
}

const MISHAPS: Readonly<Record<Mishap, { promise: string; statuses: readonly PushOutcome["status"][]; saved: boolean }>> = {
  "answer-lost": {
    promise: "is unknown when the answer is lost after it was accepted, and found by our own number",
    statuses: ["unknown", "unknown", "unknown"],
    saved: true,
  },
  "server-error": {
    promise: "is unknown when the package says that it failed, and found by our own number if it did not",
    statuses: ["unknown", "unknown", "unknown"],
    saved: true,
  },
  "slow-down": {
    promise: "is certainly not sent when the package asks to slow down",
    statuses: ["not-sent", "not-sent", "not-sent"],
    saved: false,
  },
  "token-expired": {
    promise: "is certainly not sent when the token has expired",
    statuses: ["not-sent", "not-sent", "not-sent"],
    saved: false,
  },
  reordered: {
    promise: "keeps each record's own id when the answer comes in another order",
    statuses: ["accepted", "accepted", "accepted"],
    saved: true,
  },
  "element-missing": {
    promise: "is unknown for the one record that the answer does not speak of",
    statuses: ["accepted", "accepted", "unknown"],
    saved: true,
  },
};

function accepted(outcome: PushOutcome | undefined): string {
  if (outcome?.status === "accepted") return outcome.externalId;
  const why =
    outcome && "error" in outcome ? `${outcome.error.code} ${JSON.stringify(outcome.error.detail)}` : JSON.stringify(outcome);
  throw new Error(`expected it to be accepted, not ${outcome?.status}: ${why}`);
}

async function readLists(world: ContractWorld): Promise<Required<Pick<PackageLists, "accounts" | "taxRates">>> {
  const accounts: NonNullable<PackageLists["accounts"]>[number][] = [];
  const taxRates: NonNullable<PackageLists["taxRates"]>[number][] = [];
  let cursor: string | null = null;
  do {
    const page: PackageLists = await world.exchange(world.connector.discover, cursor);
    accounts.push(...(page.accounts ?? []));
    taxRates.push(...(page.taxRates ?? []));
    cursor = page.next;
  } while (cursor !== null);
  return { accounts, taxRates };
}

type Split = Record<string, { net: bigint; tax: bigint }>;

function splitSent(record: OutgoingDocument): Split {
  const split: Split = {};
  for (const line of record.lines) add(split, `${line.accountExternalId} ${line.taxExternalId}`, line.netMinor, line.taxMinor);
  return split;
}

function splitSeen(seen: SeenDocument, accounts: NonNullable<PackageLists["accounts"]>): Split {
  const split: Split = {};
  for (const row of seen.split) {
    const account = row.accountExternalId ?? accounts.find((one) => one.code === row.accountCode)?.externalId;
    add(split, `${account} ${row.taxExternalId}`, row.netMinor, row.taxMinor);
  }
  return split;
}

function add(split: Split, mark: string, net: bigint, tax: bigint): void {
  const row = split[mark] ?? { net: 0n, tax: 0n };
  split[mark] = { net: row.net + net, tax: row.tax + tax };
}
