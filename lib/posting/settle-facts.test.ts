import { expect, it } from "vitest";
import type {
  OutgoingContact,
  OutgoingDocument,
  OutgoingPayment,
  OutgoingProduct,
  OutgoingRecord,
  SeenDocument,
  SeenPayment,
  SeenRecord,
} from "#lib/common/records.ts";
import { everyCase } from "#lib/testing/decision-table.ts";
import type { Names } from "./compare.ts";
import { sentToJson } from "./sent-record.ts";
import { type ChangeFacts, type NewFacts, SENT_AS_CHANGE, SENT_AS_NEW } from "./settle-decision.ts";
import { factsOfChange, factsOfNew, type ReadBack } from "./settle-facts.ts";

const AT = new Date("2026-11-30T12:00:00Z");
const SETTLE_MS = 390_000;

const names: Names = {
  account: (id) => id,
  accountIdByCode: () => null,
  taxRate: (id) => id,
  contact: (id) => id,
  // The package merged the one into the other: a document that it moved differs in nothing.
  survivor: (id) => (id === "merged" ? "c1" : id),
};

const document: OutgoingDocument = {
  kind: "sales-invoice",
  recordId: "r1",
  reference: "INV-1",
  number: "INV-1",
  revision: 1,
  contactExternalId: "c1",
  issuedOn: "2026-11-02",
  dueOn: "2026-12-02",
  currency: "GBP",
  netMinor: 999_999n,
  taxMinor: 0n,
  grossMinor: 999_999n,
  postAs: "authorised",
  url: "http://localhost:3000/clients/x/documents/r1",
  lines: [],
};

const customer: OutgoingContact = {
  kind: "customer",
  recordId: "r1",
  reference: "C-1",
  revision: 1,
  name: "Orchard",
  email: null,
};

const product: OutgoingProduct = {
  kind: "product",
  recordId: "r1",
  reference: "P-1",
  revision: 1,
  name: "Widget",
  description: null,
};

const payment: OutgoingPayment = {
  kind: "payment",
  recordId: "r1",
  reference: "PAY-1",
  revision: 1,
  direction: "receipt",
  packageReference: "PAY-1",
  documentExternalId: "d1",
  accountExternalId: "a1",
  paidOn: "2026-11-02",
  currency: "GBP",
  amountMinor: 100n,
};

const seenDocument = (sent: OutgoingDocument): SeenDocument => ({
  family: "document",
  kind: sent.kind,
  number: sent.number,
  contactExternalId: "c1",
  issuedOn: sent.issuedOn,
  dueOn: sent.dueOn,
  currency: sent.currency,
  status: "authorised",
  netMinor: sent.netMinor,
  taxMinor: sent.taxMinor,
  grossMinor: sent.grossMinor,
  split: [],
  url: sent.url,
});

/** A record that was sent and its one match, of which these facts hold; null where none can. */
function oneMatch({ kind, mark, isSame, isEqual, isLarge }: NewFacts): [OutgoingRecord, SeenRecord] | null {
  if (kind !== "document" && isLarge) return null;
  switch (kind) {
    case "document": {
      // What carries the mark of another record of ours is no match unless all else agrees.
      if (mark === "other record" && !isSame) return null;
      const worth = isLarge ? 1_000_000n : 999_999n;
      const sent = { ...document, netMinor: worth, grossMinor: worth };
      const urls: Record<NewFacts["mark"], string | null> = {
        ours: sent.url,
        hidden: null,
        "other record": sent.url.replace("r1", "r2"),
        foreign: "https://elsewhere.example/r1",
      };
      const seen = { ...seenDocument(sent), url: urls[mark] };
      if (isSame) return [sent, isEqual ? seen : { ...seen, dueOn: "2027-01-31" }];
      if (isEqual) return [{ ...sent, contactExternalId: "merged" }, seen];
      return [sent, { ...seen, issuedOn: "2026-11-03" }];
    }
    case "product": {
      if (mark !== "foreign" || (isEqual && !isSame)) return null;
      const reference = isSame ? "p-1" : "P-2";
      return [product, { family: "product", reference, name: isEqual ? "Widget" : "Gadget" }];
    }
    case "other":
      if (mark === "ours") return contactMatch(isSame, isEqual);
      return mark === "hidden" && (isSame || !isEqual) ? paymentMatch(isSame, isEqual) : null;
  }
}

function contactMatch(isSame: boolean, isEqual: boolean): [OutgoingRecord, SeenRecord] {
  const seen = { family: "contact", status: "active", mergedInto: null } as const;
  // Linked by a person: a reference that is blank there is no difference, and no proof either.
  if (isEqual && !isSame)
    return [
      { ...customer, linked: true },
      { ...seen, reference: null, name: "Orchard" },
    ];
  const status = isEqual ? "active" : "archived";
  return [customer, { ...seen, reference: "C-1", name: isSame ? "Orchard" : "Meadow", status }];
}

function paymentMatch(isSame: boolean, isEqual: boolean): [OutgoingRecord, SeenRecord] {
  const { recordId: _, kind: __, reference: ___, revision: ____, ...seen } = payment;
  const amountMinor = isSame ? payment.amountMinor : 101n;
  const direction: SeenPayment["direction"] = isEqual ? "receipt" : "other";
  return [payment, { ...seen, family: "payment", status: "live", amountMinor, direction }];
}

/** What a read would have to show for these facts; null where nothing can. */
function readOfNew(facts: NewFacts): ReadBack | null {
  const isOne = facts.matches === "one";
  // Without one match nothing is known of it.
  if (!isOne && (facts.isSame || facts.isEqual || facts.mark !== "hidden")) return null;
  const any = facts.kind === "product" ? "foreign" : "ours";
  const match = oneMatch(isOne ? facts : { ...facts, mark: any });
  if (!match) return null;
  const [sent, seen] = match;
  const sightings = ["x1", "x2"].map((externalId) => ({ recordId: "r1", externalId, version: "v1", seen }));
  const codes = { no: null, "for its number": "source.duplicate-number", otherwise: "package.other" };
  return {
    ...readOf(sent, {
      maybeSent: facts.sentBefore,
      errorCode: codes[facts.refused],
      absentLooks: facts.wasAbsent ? 1 : 0,
      mayBeAtWork: facts.mayBeAtWork,
    }),
    sightings: sightings.slice(0, { none: 0, one: 1, several: 2 }[facts.matches]),
    can: { settleMs: SETTLE_MS, uniqueNumbers: facts.refusesRepeats ? [sent.kind] : [] },
  };
}

interface PostingFacts {
  readonly maybeSent: boolean;
  readonly errorCode: string | null;
  readonly absentLooks: number;
  readonly mayBeAtWork: boolean;
  readonly sentBefore?: unknown;
}

function readOf(sent: OutgoingRecord, { mayBeAtWork, ...known }: PostingFacts): ReadBack {
  // To the millisecond: at the end of the settle delay the package is done.
  const callDeadlineAt = new Date(AT.getTime() - SETTLE_MS + (mayBeAtWork ? 1 : 0));
  return {
    posting: {
      revision: sent.revision,
      externalId: null,
      of: null,
      id: "p1",
      kind: sent.kind,
      recordId: "r1",
      reference: sent.reference,
      why: "timeout",
      errorDetail: null,
      callId: "call1",
      sent: sentToJson(sent),
      sentBefore: null,
      firstSentAt: callDeadlineAt,
      callDeadlineAt,
      ...known,
    },
    sent,
    sightings: [],
    names,
    can: { settleMs: SETTLE_MS, uniqueNumbers: [] },
    at: AT,
  };
}

/** A change of a due date; `how`: from where it is known what stood there before. */
function readOfChange(facts: ChangeFacts, how: "read just before" | "as last sent") {
  const earlier = { ...document, dueOn: "2026-11-30" } as const;
  const before = facts.stands === "as both" ? document : earlier;
  const wasRead = how === "read just before";
  const held = { externalId: "X1", version: null, before: wasRead ? seenDocument(before) : null };
  const now = { ...document, ...(facts.stands === "otherwise" ? { dueOn: "2027-01-31" } : {}) } as const;
  const seen = seenDocument(facts.stands === "as before" ? earlier : now);
  const read = readOf(
    { ...document, held },
    {
      maybeSent: facts.sentBefore,
      errorCode: facts.refused ? "package.other" : null,
      absentLooks: 0,
      mayBeAtWork: facts.mayBeAtWork,
      sentBefore: wasRead ? null : sentToJson(before),
    },
  );
  const externalId = facts.stands === "gone" ? "x2" : "x1";
  return { held, read: { ...read, sightings: [{ recordId: "r1", externalId, version: "v1", seen }] } };
}

it("every combination of facts that can come up is found in what a read shows", () => {
  const able = everyCase(SENT_AS_NEW.facts).flatMap((facts) => {
    const read = readOfNew(facts);
    return read ? [{ facts, read }] : [];
  });
  expect(able).toHaveLength(2208);
  for (const { facts, read } of able) expect(factsOfNew(read).facts).toEqual(facts);
});

it.each(["read just before", "as last sent"] as const)(
  "every combination of facts is found in what a read shows of a change, before it %s",
  (how) => {
    for (const facts of everyCase(SENT_AS_CHANGE.facts)) {
      const { read, held } = readOfChange(facts, how);
      expect(factsOfChange(read, held).facts).toEqual(facts);
    }
  },
);
