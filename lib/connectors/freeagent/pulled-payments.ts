import { minorToDecimal } from "#lib/common/money.ts";
import type { PaymentKind } from "#lib/common/records.ts";
import { child, flag, type JsonObject, list, text } from "../shared/json.ts";
import type { Connection, Exchange, PulledPage, PulledPayment, PullRequest, RawAnswer } from "../types.ts";
import { addressOf, BANK_ACCOUNTS, EXPLANATIONS, idOf } from "./address.ts";
import { absolute, dateUnder, hasNext, idUnder, oneIn, pageOf, reading, rowsIn } from "./read.ts";
import {
  beginAt,
  cursorObject,
  FIRST_SWEEP,
  FROM_THE_START,
  nextSweep,
  type Seek,
  type Sweep,
  seekQuery,
  seenWith,
  storedSeek,
  storedSweep,
} from "./seek.ts";
import { paymentKindOf } from "./seen.ts";

interface Bank {
  readonly id: string;
  readonly currency: string;
}

/** Explanations are listed by bank account: the accounts are read first, then each one's list. */
interface Position extends Sweep {
  /** Bank accounts of this reading. */
  readonly banks: readonly Bank[];
  /** Whether they are all read. */
  readonly isListed: boolean;
  /** The next page of them. */
  readonly page: number;
  /** Which account's list is read now. */
  readonly at: number;
  /** By the account's id. */
  readonly seeks: Readonly<Record<string, Seek>>;
}

const UNLISTED = { banks: [], isListed: false, page: 1, at: 0 } as const;

function positionOf(cursor: string | null): Position {
  if (cursor === null) return { ...FIRST_SWEEP, ...UNLISTED, seeks: {} };
  const stored = cursorObject(cursor);
  const seeks = child(stored, "seeks") ?? {};
  return {
    ...storedSweep(stored),
    banks: list(stored, "banks").flatMap((one) => {
      const [id, currency] = [text(one, "id"), text(one, "currency")];
      return id === null || currency === null ? [] : [{ id, currency }];
    }),
    isListed: flag(stored, "isListed"),
    page: Number(text(stored, "page") ?? "1") || 1,
    at: Number(text(stored, "at") ?? "0") || 0,
    seeks: Object.fromEntries(Object.keys(seeks).map((bank) => [bank, storedSeek(child(seeks, bank))])),
  };
}

const bankOf = ({ banks, isListed, at }: Position): Bank | undefined => (isListed ? banks[at] : undefined);

const pageWith = (payments: readonly PulledPayment[], next: Position, more: boolean): PulledPage => ({
  payments,
  documents: [],
  cursor: JSON.stringify(next),
  more,
});

/** The reading is at its end: the next one begins with the accounts anew. */
function ended(position: Position, answer: RawAnswer): Position {
  const sweep = nextSweep(position, answer);
  const seeks = Object.entries(position.seeks).map(([id, one]) => [id, beginAt(one.seen, sweep.sweeping)]);
  return { ...sweep, ...UNLISTED, seeks: Object.fromEntries(seeks) };
}

function readBanks(position: Position, answer: RawAnswer, { baseCurrency }: Connection): PulledPage {
  const rows = rowsIn(answer, BANK_ACCOUNTS);
  const found = rows.flatMap((row) => {
    const id = idUnder(row, "url");
    return id === null ? [] : [{ id, currency: text(row, "currency") ?? baseCurrency }];
  });
  const banks = [...position.banks, ...found];
  if (hasNext(answer, position.page, rows.length)) return pageWith([], { ...position, banks, page: position.page + 1 }, true);
  const listed: Position = { ...position, banks, isListed: true };
  return banks.length === 0 ? pageWith([], ended(listed, answer), false) : pageWith([], listed, true);
}

/** Money that pays documents, on every bank account. What explains a bank line otherwise pays no document, and is left there. */
export const pullPayments: Exchange<PullRequest, PulledPage> = {
  ask({ cursor }, { apiUrl }) {
    const position = positionOf(cursor);
    const bank = bankOf(position);
    if (!bank) return reading("listBankAccounts", BANK_ACCOUNTS.path, pageOf(position.page));
    const seek = position.seeks[bank.id] ?? FROM_THE_START;
    return reading("listExplanations", EXPLANATIONS.path, {
      bank_account: addressOf(apiUrl, bank.id),
      ...seekQuery(seek),
      ...pageOf(seek.page),
    });
  },

  read(_message, answer, { cursor, connection }) {
    const position = positionOf(cursor);
    const bank = bankOf(position);
    if (!bank) return readBanks(position, answer, connection);
    const seek = position.seeks[bank.id] ?? FROM_THE_START;
    const rows = rowsIn(answer, EXPLANATIONS);
    const goesOn = hasNext(answer, seek.page, rows.length);
    const here: Seek = { ...seek, page: goesOn ? seek.page + 1 : 1, seen: seenWith(seek.seen, rows) };
    const isLast = !goesOn && position.at + 1 >= position.banks.length;
    const next: Position = {
      ...position,
      at: goesOn ? position.at : position.at + 1,
      seeks: { ...position.seeks, [bank.id]: here },
    };
    const payments = rows.flatMap((row) => paymentOf(row, bank));
    return pageWith(payments, isLast ? ended(next, answer) : next, !isLast);
  },
};

const placeOf = (cursor: string | null) => (/^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0);

/** Payments by their ids, a call each; the cursor is how many were asked for. One that is gone there shows nothing of itself. */
export const paymentsById: Exchange<PullRequest, PulledPage> = {
  ask({ ids = [], cursor }) {
    const id = idOf(ids[placeOf(cursor)] ?? null);
    if (id === null) throw new RangeError("No payment is left to be asked for");
    return reading("getOneExplanation", id);
  },

  read(_message, answer, { ids = [], cursor, connection }) {
    const place = placeOf(cursor);
    const row = answer.status === 404 ? null : oneIn(answer, EXPLANATIONS);
    const bank = { id: (row && idUnder(row, "bank_account")) ?? "", currency: connection.baseCurrency };
    // One record may be printed without its address: it was asked for by that.
    const payments = row ? paymentOf({ ...row, url: ids[place] ?? "" }, bank) : [];
    return { payments, documents: [], cursor: String(place + 1), more: place + 1 < ids.length };
  },
};

function paymentOf(row: JsonObject, bank: Bank): PulledPayment[] {
  const { currency } = bank;
  const externalId = idUnder(row, "url");
  const paid = paymentKindOf(row, currency);
  const paidOn = dateUnder(row, "dated_on");
  const amountMinor = absolute(row, "gross_value", currency);
  if (externalId === null || paid === null || paidOn === null || amountMinor === null) return [];
  // In which currency the document is, an explanation does not say: such a payment is shown, and settles nothing here.
  const isForeign = text(row, "foreign_currency_value") !== null;
  return [
    {
      externalId,
      // What explains one bank line together is one receipt.
      groupExternalId: idUnder(row, "bank_transaction"),
      kind: isForeign ? "other" : paid.kind,
      kindSaid: isForeign ? "payment of a document in another currency" : null,
      status: "live",
      paidOn,
      reference: text(row, "description"),
      amountMinor,
      currency,
      bankAccountExternalId: idUnder(row, "bank_account") ?? (bank.id || null),
      bankAmount: minorToDecimal(amountMinor, currency),
      contactExternalId: null,
      contactName: null,
      documentExternalId: paid.documentId,
      documentNumber: null,
      documentKind: isForeign ? "other" : DOCUMENT_OF[paid.kind],
    },
  ];
}

const DOCUMENT_OF = {
  receipt: "sales-invoice",
  "payment-out": "bill",
  "sales-refund": "sales-credit-note",
  "purchase-refund": "supplier-credit-note",
} as const satisfies Record<PaymentKind, PulledPayment["documentKind"]>;
