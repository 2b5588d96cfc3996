import {
  type BeforeStart,
  CHANGED_AFTER,
  DELETED_AFTER,
  DELETED_BEFORE,
  ON_ACCOUNT,
  otherKind,
  PARTLY_ON_ACCOUNT,
  type Reason,
  unknownInvoice,
} from "#lib/model/reasons.ts";

/** What the package's payments of one movement amount to, as last read. */
export interface MovementNow {
  readonly other: boolean;
  /** The package's own word for its kind, where that is `other`. */
  readonly kindSaid?: string | null;
  readonly live: number;
  readonly deleted: number;
  readonly onAccount: number;
  /** Live, for a document, and that document is none that we sent. */
  readonly unknown: number;
  readonly unknownNumber: string | null;
  /** The unknown document's date in the package, where that is before the start date. */
  readonly beforeStart: BeforeStart | null;
  readonly liveMinor: bigint;
  /** Our payment's amount, while it stands. */
  readonly createdMinor: bigint | null;
  /** Our payment was taken back when the package's changed. */
  readonly takenBack: boolean;
}

/** Whether our payment is no longer what the package holds: then it is taken back, whole. */
export function isOvertaken(movement: Pick<MovementNow, "createdMinor" | "deleted" | "liveMinor">): boolean {
  return movement.createdMinor !== null && (movement.deleted > 0 || movement.liveMinor !== movement.createdMinor);
}

/** Where a movement stands after a read, what was overtaken taken back: waiting, created, or neither and why. */
export function standingOf(movement: MovementNow): Reason | { readonly status: "waiting" | "created" } {
  if (movement.createdMinor !== null) return { status: "created" };
  if (movement.live === 0) return movement.takenBack ? DELETED_AFTER : DELETED_BEFORE;
  if (movement.onAccount > 0) return movement.onAccount === movement.live ? ON_ACCOUNT : PARTLY_ON_ACCOUNT;
  if (movement.other) return otherKind(movement.kindSaid ?? null);
  if (movement.unknown > 0) return unknownInvoice(movement.unknownNumber, movement.beforeStart);
  return movement.takenBack ? CHANGED_AFTER : { status: "waiting" };
}
