import type { PulledPayment } from "#lib/connectors/types.ts";

/** One movement on the bank as the Import screen shows it: a payment of its own, or all payments of one receipt. */
export interface IncomingHead {
  /** The package's batch, or the payment's own id. */
  readonly externalId: string;
  readonly kind: PulledPayment["kind"];
  /** The package's own word, where the kind is none of ours. */
  readonly kindSaid: string | null;
  readonly side: "sales" | "purchase" | null;
  /** Names the package gives, apart; empty where it gives none. */
  readonly companies: readonly string[];
  /** Payments of one receipt: names add up over pages. */
  readonly batch: boolean;
  readonly paidOn: string;
  readonly reference: string | null;
  readonly currency: string;
  readonly bankAccountExternalId: string | null;
  /** Whether any of its payments is live: a movement first seen as deleted never was one for us. */
  readonly live: boolean;
}

/** One package payment: the part of a movement that pays one document, or none. */
export interface IncomingLine {
  readonly externalId: string;
  readonly headExternalId: string;
  readonly contactExternalId: string | null;
  readonly documentExternalId: string | null;
  readonly documentNumber: string | null;
  readonly documentKind: PulledPayment["documentKind"];
  readonly amountMinor: bigint;
  /** A decimal string in the bank account's own currency. */
  readonly bankAmount: string | null;
  readonly status: "live" | "deleted";
}

const SIDES: Readonly<Record<PulledPayment["kind"], "sales" | "purchase" | null>> = {
  receipt: "sales",
  "sales-refund": "sales",
  "payment-out": "purchase",
  "purchase-refund": "purchase",
  other: null,
};

/**
 * Makes bank movements of pulled payments: those of one batch and currency are one movement. A payment that the page holds twice
 * counts once, as it was given last. Amounts are not added up here, since a batch may be spread over pages.
 * @param known movements that hold rows of these payments already, by `partOf`
 */
export function groupPayments(
  pulled: readonly PulledPayment[],
  known: ReadonlyMap<string, string> = new Map(),
): { heads: IncomingHead[]; lines: IncomingLine[] } {
  const byId = new Map(pulled.map((payment) => [payment.externalId, payment]));
  const groups = new Map<string, PulledPayment[]>();
  const lines: IncomingLine[] = [];
  for (const payment of byId.values()) {
    const headExternalId = known.get(payment.partOf ?? "") ?? headIdOf(payment);
    const group = groups.get(headExternalId);
    if (group) group.push(payment);
    else groups.set(headExternalId, [payment]);
    lines.push({
      externalId: payment.externalId,
      headExternalId,
      contactExternalId: payment.contactExternalId,
      documentExternalId: payment.documentExternalId,
      documentNumber: payment.documentNumber,
      documentKind: payment.documentKind,
      amountMinor: payment.amountMinor,
      bankAmount: payment.bankAmount,
      status: payment.status,
    });
  }
  const heads = [...groups].flatMap(([externalId, group]) => {
    const first = group.find((payment) => payment.status === "live") ?? group[0];
    if (!first) return [];
    const companies = new Set(group.flatMap((payment) => (payment.contactName ? [payment.contactName] : [])));
    return {
      externalId,
      kind: first.kind,
      kindSaid: first.kindSaid ?? null,
      side: SIDES[first.kind],
      companies: [...companies].sort(),
      batch: first.groupExternalId !== null,
      paidOn: first.paidOn,
      reference: first.reference,
      currency: first.currency,
      bankAccountExternalId: first.bankAccountExternalId,
      live: group.some((payment) => payment.status === "live"),
    };
  });
  return { heads, lines };
}

/** Currencies are never added together, so a batch that holds several is one movement in each. */
function headIdOf(payment: PulledPayment): string {
  return payment.groupExternalId === null ? payment.externalId : `${payment.groupExternalId}/${payment.currency}`;
}
