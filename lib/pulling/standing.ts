import {
  CHANGED_AFTER,
  DELETED_AFTER,
  DELETED_BEFORE,
  ON_ACCOUNT,
  OTHER_KIND,
  PARTLY_ON_ACCOUNT,
  type Reason,
  unknownInvoice,
} from "#lib/allocating/reasons.ts";

/** What the package's payments of one movement amount to, as last read. */
export interface MovementNow {
  readonly other: boolean;
  readonly live: number;
  readonly deleted: number;
  readonly onAccount: number;
  /** Live, for a document, and that document is none that we sent. */
  readonly unknown: number;
  readonly unknownNumber: string | null;
  readonly liveMinor: bigint;
  /** Our payment's amount, once created. */
  readonly createdMinor: bigint | null;
}

/** Where a movement stands after a read: waiting, created, or neither and why. */
export function standingOf(movement: MovementNow): Reason | { readonly status: "waiting" | "created" } {
  if (movement.createdMinor !== null) {
    if (movement.deleted > 0) return DELETED_AFTER;
    return movement.liveMinor === movement.createdMinor ? { status: "created" } : CHANGED_AFTER;
  }
  if (movement.live === 0) return DELETED_BEFORE;
  if (movement.onAccount > 0) return movement.onAccount === movement.live ? ON_ACCOUNT : PARTLY_ON_ACCOUNT;
  if (movement.other) return OTHER_KIND;
  return movement.unknown > 0 ? unknownInvoice(movement.unknownNumber) : { status: "waiting" };
}
