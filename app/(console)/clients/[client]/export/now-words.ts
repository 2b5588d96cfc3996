import type { ThereNow } from "#db/queries/links/there.ts";
import type { Difference } from "#db/schema/postings.ts";
import { dateIn, formatDate, isPlainDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { PostingState } from "#lib/model/states.ts";
import type { Wording } from "./words.ts";

/** What the "Now:" line of a card follows from. */
export interface NowFacts {
  readonly state: PostingState;
  /** It was ever in a call without a clear answer. */
  readonly maybeSent: boolean;
  /** What the package is known to hold of the record; null where it is linked to nothing there. */
  readonly there: ThereNow | null;
  readonly differences?: readonly Difference[] | null;
}

/**
 * What the package holds of the record now, as far as it is known, and never more than was looked up: "in Xero, part paid £24.00 of £120.00
 * on 21 Nov 2026", "not in Xero", "unknown". The one source of every card's "Now:" line.
 */
export function nowWords({ state, maybeSent, there, differences }: NowFacts, wording: Wording): string {
  const name = wording.packageName;
  switch (state) {
    case "sending":
      return `being sent to ${name}`;
    case "unknown":
      // A change of what is there already: the record is there, whatever became of the change.
      return there ? `${thereWords(there, wording)}; whether the change arrived is being looked up` : "unknown";
    case "conflict":
      return there ? thereWords(there, wording) : `${name} has a different record`;
    case "skipped":
      return there ? thereWords(there, wording) : `marked as exported; ${name} was not asked`;
    case "posted":
    case "confirmed":
    case "drifted":
      if (differences?.some((one) => one.field === "Record")) return `no longer in ${name}`;
      return there ? thereWords(there, wording) : `in ${name}`;
    case "pending":
    case "held":
    case "queued":
    case "waiting":
    case "rejected":
    case "dead":
      if (there) return thereWords(there, wording);
      // Sent once without a clear answer: whether it is there is not known, whatever a later answer said.
      return maybeSent ? "unknown" : `not in ${name}`;
  }
}

/** What a linked record is there: its state, what is paid or credited of it, and since when. */
export function thereWords(there: ThereNow, wording: Wording): string {
  const where = `in ${wording.packageName}`;
  const { status, said, currency } = there;
  if (status === null || currency === null || there.dueMinor === null || there.grossMinor === null)
    return `${where} as it was last exported`;
  const gross = BigInt(there.grossMinor);
  const due = BigInt(there.dueMinor);
  const money = (minor: bigint) => formatMoney(minor, currency, wording.locale);
  const read =
    there.readAt === null ? "" : `, as read on ${formatDate(dateIn(wording.timeZone, new Date(there.readAt)), wording.locale)}`;
  const paidOn =
    there.lastPaidOn !== null && isPlainDate(there.lastPaidOn) ? ` on ${formatDate(there.lastPaidOn, wording.locale)}` : null;
  const since = paidOn ?? read;
  if (said !== null) return `${where} with the status \u201c${said}\u201d, ${money(due)} open${read}`;
  if (status === "void") return `voided or deleted ${where}${read}`;
  if (status === "draft") return `${where} as a draft${read}`;
  const settled = gross - due;
  if (settled <= 0n) return `${where}, ${money(due)} open`;
  const paid = there.paidMinor === null ? null : BigInt(there.paidMinor);
  const how = paid === 0n ? "credited" : paid !== null && paid < settled ? "paid and credited" : "paid";
  const when = paid === 0n ? read : since;
  if (due <= 0n) return `${where}, ${how}${when}`;
  return `${where}, part ${how} ${money(settled)} of ${money(gross)}${when}`;
}

/** What a cause's rows are there now: the one row's own words, else how many of them the package holds. */
export function nowOfCause(
  cause: {
    readonly count: number;
    readonly linked: number;
    readonly maybeSent: number;
    readonly checking: number;
    readonly held: number;
    readonly code: string;
    readonly sampleThere: ThereNow | null;
  },
  wording: Wording,
): string {
  const state: PostingState =
    cause.checking > 0
      ? "unknown"
      : cause.code === "unknown.ambiguous-match"
        ? "conflict"
        : cause.held === cause.count
          ? "held"
          : "rejected";
  if (cause.count === 1 || cause.linked === 0)
    return nowWords({ state, maybeSent: cause.maybeSent > 0, there: cause.sampleThere }, wording);
  const rest = cause.count - cause.linked;
  const first = cause.sampleThere ? `; the first: ${thereWords(cause.sampleThere, wording)}` : "";
  const others = rest === 0 ? "" : cause.maybeSent > 0 ? `, ${rest} unknown` : `, ${rest} not`;
  return `${cause.linked} of ${cause.count} in ${wording.packageName} as they were${others}${first}`;
}
