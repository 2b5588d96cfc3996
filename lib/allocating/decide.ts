import type { PlainDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";
import {
  type BeforeStart,
  DELETED_BEFORE,
  failure,
  ON_ACCOUNT,
  otherKind,
  PARTLY_ON_ACCOUNT,
  type Reason,
  unknownInvoice,
} from "#lib/model/reasons.ts";

interface CandidateLine {
  readonly documentNumber: string | null;
  /** Ours, when the document was sent by us. */
  readonly documentId: string | null;
  readonly amountMinor: bigint;
  /** The dates to be told where the package's document is from before the client's start date. */
  readonly beforeStart?: BeforeStart | null;
}

/** A bank movement that staff chose, with its live lines alone. */
export interface Candidate {
  readonly id: string;
  readonly externalId: string;
  readonly kind: PaymentKind | "other";
  /** The package's own word for a kind that is `other`. */
  readonly kindSaid?: string | null;
  readonly paidOn: PlainDate;
  readonly reference: string | null;
  readonly currency: string;
  readonly bankAccountExternalId: string | null;
  readonly bankAccountName: string | null;
  /** What moved on the bank account, where that is in another currency than the payment. */
  readonly bank: { readonly amountMinor: bigint; readonly currency: string } | null;
  /** Parts of it that pay no document. */
  readonly onAccount: number;
  readonly lines: readonly CandidateLine[];
}

/** A document as it stands now, locked. */
export interface OpenDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly contactId: string;
  readonly currency: string;
  readonly grossMinor: bigint;
  readonly paidMinor: bigint;
  readonly status: "open" | "void";
}

interface PlannedAllocation {
  readonly documentId: string;
  readonly amountMinor: bigint;
}

export interface PlannedPayment {
  readonly incoming: Candidate;
  readonly kind: PaymentKind;
  readonly bankNominalCode: string;
  /** Null when one receipt pays documents of several contacts. */
  readonly contactId: string | null;
  readonly amountMinor: bigint;
  readonly allocations: readonly PlannedAllocation[];
}

interface Refusal {
  readonly incomingId: string;
  readonly reason: Reason;
}

export interface Decision {
  readonly create: readonly PlannedPayment[];
  readonly refuse: readonly Refusal[];
}

/** What each kind of payment may settle. */
const SETTLES: Readonly<Record<PaymentKind, DocumentKind>> = {
  receipt: "sales-invoice",
  "payment-out": "bill",
  "sales-refund": "sales-credit-note",
  "purchase-refund": "supplier-credit-note",
};

/**
 * Says of each movement what becomes of it: a payment with its allocations, or why not. They are taken in the order given, so that
 * of two payments on one invoice the later meets what the earlier left open. A movement is created whole or not at all, and
 * an allocation never exceeds what its document has open (B21).
 *
 * @param bankNominals our bank nominal codes by the package's bank account id: exactly one must stand for an account
 */
export function decide(
  candidates: readonly Candidate[],
  documents: ReadonlyMap<string, OpenDocument>,
  bankNominals: ReadonlyMap<string, readonly string[]>,
  locale = "en-GB",
): Decision {
  const open = new Map([...documents.values()].map((document) => [document.id, document.grossMinor - document.paidMinor]));
  const create: PlannedPayment[] = [];
  const refuse: Refusal[] = [];
  for (const incoming of candidates) {
    const verdict = checked(incoming, documents, bankNominals);
    const refused = "sentence" in verdict ? verdict : tooLarge(incoming, documents, open, locale);
    if (refused) refuse.push({ incomingId: incoming.id, reason: refused });
    if (refused || "sentence" in verdict) continue;
    const allocations = incoming.lines.flatMap((line) =>
      line.documentId === null ? [] : [{ documentId: line.documentId, amountMinor: line.amountMinor }],
    );
    for (const { documentId, amountMinor } of allocations) open.set(documentId, (open.get(documentId) ?? 0n) - amountMinor);
    const contacts = new Set(allocations.map(({ documentId }) => documents.get(documentId)?.contactId ?? null));
    const [contactId] = contacts;
    create.push({
      incoming,
      ...verdict,
      contactId: contacts.size === 1 ? (contactId ?? null) : null,
      amountMinor: allocations.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      allocations,
    });
  }
  return { create, refuse };
}

/** All checks but the amount's: the kind and bank nominal of a movement that may be created, or why not. */
function checked(
  incoming: Candidate,
  documents: ReadonlyMap<string, OpenDocument>,
  bankNominals: ReadonlyMap<string, readonly string[]>,
): { readonly kind: PaymentKind; readonly bankNominalCode: string } | Reason {
  if (incoming.lines.length === 0) return DELETED_BEFORE;
  if (incoming.onAccount > 0) return incoming.onAccount === incoming.lines.length ? ON_ACCOUNT : PARTLY_ON_ACCOUNT;
  if (incoming.kind === "other") return otherKind(incoming.kindSaid ?? null);
  const wanted = SETTLES[incoming.kind];
  for (const line of incoming.lines) {
    const document = line.documentId === null ? undefined : documents.get(line.documentId);
    if (document?.kind !== wanted) return unknownInvoice(line.documentNumber, line.beforeStart);
    if (document.status === "void") return failure("source.document-void", `${document.number} is void here`);
    if (document.currency !== incoming.currency) {
      return failure(
        "package.payment-currency",
        `The payment is in ${incoming.currency}, ${document.number} is in ${document.currency}`,
      );
    }
    if (line.amountMinor <= 0n)
      return failure("package.refused", `The package gives no amount for the payment of ${document.number}`);
  }
  const account =
    incoming.bankAccountName === null ? "The bank account of this payment" : `The bank account ${incoming.bankAccountName}`;
  const [bankNominalCode, ...others] = bankNominals.get(incoming.bankAccountExternalId ?? "") ?? [];
  if (bankNominalCode === undefined) return failure("mapping.bank-missing", `${account} is not mapped to a bank nominal`);
  if (others.length > 0) {
    return failure(
      "mapping.bank-missing",
      `${account} is mapped to several bank nominals (${[bankNominalCode, ...others].join(", ")}): keep one`,
    );
  }
  return { kind: incoming.kind, bankNominalCode };
}

function tooLarge(
  incoming: Candidate,
  documents: ReadonlyMap<string, OpenDocument>,
  open: ReadonlyMap<string, bigint>,
  locale: string,
): Reason | null {
  const wanted = new Map<string, bigint>();
  for (const { documentId, amountMinor } of incoming.lines) {
    if (documentId !== null) wanted.set(documentId, (wanted.get(documentId) ?? 0n) + amountMinor);
  }
  for (const [documentId, amountMinor] of wanted) {
    const due = open.get(documentId) ?? 0n;
    if (amountMinor <= due) continue;
    const number = documents.get(documentId)?.number ?? "";
    const money = (minor: bigint) => formatMoney(minor, incoming.currency, locale);
    const sentence =
      due <= 0n
        ? `${number} is already settled here, so ${money(amountMinor)} is too much`
        : `${number} has ${money(due)} open here, so ${money(amountMinor)} is too much`;
    return failure("package.payment-too-large", sentence);
  }
  return null;
}
