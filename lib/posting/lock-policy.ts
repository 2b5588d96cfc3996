import { addDays, formatDate, type PlainDate } from "#lib/common/dates.ts";
import type { DocumentKind } from "#lib/common/records.ts";

/** What becomes of a document whose date is locked in the package. */
export const LOCK_POLICIES = ["hold", "draft", "redate"] as const;
export type LockPolicy = (typeof LOCK_POLICIES)[number];

export const LOCK_POLICY_LABELS: Readonly<Record<LockPolicy, string>> = {
  hold: "Hold",
  draft: "Post as draft",
  redate: "Re-date to the first open day",
};

/** By kind of document; a kind left out is held. */
export type LockPolicies = Readonly<Partial<Record<DocumentKind, LockPolicy>>>;

/** How long a tax period is, and in which months quarters end. */
export const TAX_PERIODS = ["monthly", "quarters-1", "quarters-2", "quarters-3"] as const;
export type TaxPeriods = (typeof TAX_PERIODS)[number];

export const TAX_PERIOD_LABELS: Readonly<Record<TaxPeriods, string>> = {
  monthly: "Every month",
  "quarters-1": "Quarters ending January, April, July, October",
  "quarters-2": "Quarters ending February, May, August, November",
  "quarters-3": "Quarters ending March, June, September, December",
};

export interface Locks {
  /** Last locked days; null where there is none. */
  readonly periodLockOn: PlainDate | null;
  readonly yearLockOn: PlainDate | null;
}

export type LockDecision =
  | { readonly what: "open" }
  | { readonly what: "hold"; readonly lockDate: PlainDate }
  | { readonly what: "draft"; readonly lockDate: PlainDate; readonly words: string }
  | {
      readonly what: "redate";
      readonly lockDate: PlainDate;
      /** The first open day; the due date stays, and so does the original date in our record. */
      readonly issuedOn: PlainDate;
      readonly words: string;
    };

/** The later of the lock dates: nothing dated on or before it may be posted. */
export function lockedTo({ periodLockOn, yearLockOn }: Locks): PlainDate | null {
  if (periodLockOn === null || yearLockOn === null) return periodLockOn ?? yearLockOn;
  return periodLockOn > yearLockOn ? periodLockOn : yearLockOn;
}

/** First and last day of the tax period that a date falls in. */
export function taxPeriodOf(date: PlainDate, periods: TaxPeriods): { readonly from: PlainDate; readonly to: PlainDate } {
  const [year = 0, month = 1] = date.split("-").map(Number);
  const length = periods === "monthly" ? 1 : 3;
  const ends = periods === "monthly" ? 0 : Number(periods.at(-1));
  // Months are counted from the year 0, so that a quarter may begin in one year and end in the next.
  const at = year * 12 + month - 1;
  const left = (((ends - 1 - at) % length) + length) % length;
  const last = at + left;
  const first = last - length + 1;
  const dayOne = (count: number) =>
    `${String(Math.floor(count / 12)).padStart(4, "0")}-${String((count % 12) + 1).padStart(2, "0")}-01`;
  return { from: dayOne(first), to: addDays(dayOne(last + 1), -1) };
}

/**
 * Whether a document may be posted under its date, and what the client's policy makes of it where it may not. A lock covers its own day.
 * Re-dating moves the tax point: the sentence names both tax periods, and no policy re-dates unless an adviser has set it.
 */
export function decideLock(
  document: { readonly kind: DocumentKind; readonly issuedOn: PlainDate },
  locks: Locks,
  policies: LockPolicies,
  periods: TaxPeriods = "quarters-3",
  locale = "en-GB",
): LockDecision {
  const lockDate = lockedTo(locks);
  if (lockDate === null || document.issuedOn > lockDate) return { what: "open" };
  const policy = policies[document.kind] ?? "hold";
  const day = (date: PlainDate) => formatDate(date, locale);
  const why = `${day(document.issuedOn)} is locked up to ${day(lockDate)}`;
  switch (policy) {
    case "hold":
      return { what: "hold", lockDate };
    case "draft":
      return { what: "draft", lockDate, words: `${LOCK_POLICY_LABELS.draft}: ${why}. It keeps its date.` };
    case "redate": {
      const issuedOn = addDays(lockDate, 1);
      const from = taxPeriodOf(document.issuedOn, periods);
      const to = taxPeriodOf(issuedOn, periods);
      const span = (period: { from: PlainDate; to: PlainDate }) => `${day(period.from)} to ${day(period.to)}`;
      const tax =
        from.to === to.to
          ? `The tax period stays ${span(to)}`
          : `Its tax moves from the period ${span(from)} into the period ${span(to)}`;
      return {
        what: "redate",
        lockDate,
        issuedOn,
        words: `${LOCK_POLICY_LABELS.redate}: ${why}. It goes dated ${day(issuedOn)}; the due date stays. ${tax}.`,
      };
    }
  }
}

/** So many days before the expected close its warning appears. */
export const CLOSE_WARNING_DAYS = 2;

/** A close that an adviser expects: which days it locks, and when. */
export interface ExpectedClose {
  readonly periodTo: PlainDate;
  readonly closesOn: PlainDate;
}

/** Days until the lock, when its warning is due; null before that, and once the period is locked. */
export function closeWarning(
  close: ExpectedClose | null | undefined,
  locks: Locks,
  today: PlainDate,
): { readonly days: number } | null {
  if (!close) return null;
  const locked = lockedTo(locks);
  if (locked !== null && locked >= close.periodTo) return null;
  const days = Math.round((Date.parse(close.closesOn) - Date.parse(today)) / 86_400_000);
  return days > CLOSE_WARNING_DAYS ? null : { days };
}
