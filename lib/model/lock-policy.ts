import { addDays, formatDate, type PlainDate } from "#lib/common/dates.ts";
import { DOCUMENT_KINDS, type DocumentKind, type RecordKind } from "#lib/common/records.ts";

/** What becomes of a document whose date is locked in the package. */
export const LOCK_POLICIES = ["hold", "draft", "redate"] as const;
export type LockPolicy = (typeof LOCK_POLICIES)[number];

export const LOCK_POLICY_LABELS: Readonly<Record<LockPolicy, string>> = {
  hold: "Hold",
  draft: "Post as draft",
  redate: "Re-date to the first open day",
};

/**
 * What a person chose for one row while its date is locked: it goes before the client's policy. A re-date names the day that was agreed
 * to, and holds for that day alone: were it another by now, its tax might fall in another period than the one that was shown.
 */
export type LockChoice = {
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
} & ({ readonly what: "hold" | "draft" } | { readonly what: "redate"; readonly to: PlainDate });

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

/** A stretch of days that the package has closed, its first and last day among them. */
export interface PackageLock {
  /** What the package closes, for people to read: "Period", "Year", "Journal 70". */
  readonly label: string;
  /** Null: everything up to the last day. */
  readonly from: PlainDate | null;
  readonly to: PlainDate;
  /** Kinds of record that it stops, where it does not stop all: of a package that closes each journal by itself. */
  readonly kinds?: readonly RecordKind[];
}

/** Kinds whose own date a lock can stop. What an allocation is dated by is the package's. */
export const DATED_KINDS = [...DOCUMENT_KINDS, "payment", "journal"] as const satisfies readonly RecordKind[];

export type LockDecision =
  | { readonly what: "open" }
  | {
      readonly what: "hold";
      readonly lockDate: PlainDate;
      /** Somebody agreed to this day, and another is the first open one by now. */
      readonly agreedOn?: PlainDate;
    }
  | { readonly what: "draft"; readonly lockDate: PlainDate; readonly words: string }
  | {
      readonly what: "redate";
      readonly lockDate: PlainDate;
      /** The first open day; the due date stays, and so does the original date in our record. */
      readonly issuedOn: PlainDate;
      readonly words: string;
    };

/** Whether this lock stops a record of this kind that is dated on this day. */
function covers(lock: PackageLock, kind: RecordKind, day: PlainDate): boolean {
  if (lock.kinds !== undefined && !lock.kinds.includes(kind)) return false;
  return (lock.from === null || lock.from <= day) && day <= lock.to;
}

/** The last day of the locked days without a gap that a date lies in, for records of this kind; null for an open date. */
export function lockedTo(locks: readonly PackageLock[], kind: RecordKind, date: PlainDate): PlainDate | null {
  let last: PlainDate | null = null;
  for (let day = date; ; day = addDays(last, 1)) {
    const ends = locks.flatMap((lock) => (covers(lock, kind, day) ? lock.to : []));
    if (ends.length === 0) return last;
    last = ends.reduce((latest, end) => (end > latest ? end : latest));
  }
}

/** The first day from this one on on which records of all these kinds may be dated. */
export function firstOpenDay(locks: readonly PackageLock[], kinds: readonly RecordKind[], from: PlainDate): PlainDate {
  for (let day = from; ; ) {
    const locked = kinds.flatMap((kind) => lockedTo(locks, kind, day) ?? []);
    if (locked.length === 0) return day;
    day = addDays(
      locked.reduce((latest, end) => (end > latest ? end : latest)),
      1,
    );
  }
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

/** Which tax period a new date puts a document into: a sentence of its own. */
export function taxMoveWords(before: PlainDate, after: PlainDate, periods: TaxPeriods, locale = "en-GB"): string {
  const from = taxPeriodOf(before, periods);
  const to = taxPeriodOf(after, periods);
  const span = (period: { from: PlainDate; to: PlainDate }) =>
    `${formatDate(period.from, locale)} to ${formatDate(period.to, locale)}`;
  return from.to === to.to
    ? `The tax period stays ${span(to)}`
    : `Its tax moves from the period ${span(from)} into the period ${span(to)}`;
}

/**
 * Whether a document may be posted under its date, and where it may not, what the choice for its row makes of it, or else the client's
 * policy. A lock covers its own day. Re-dating moves the tax point: the sentence names both tax periods, and nothing is re-dated unless
 * an adviser has set it or agreed to the day.
 */
export function decideLock(
  document: { readonly kind: DocumentKind; readonly issuedOn: PlainDate; readonly lockChoice?: LockChoice | null },
  locks: readonly PackageLock[],
  policies: LockPolicies,
  periods: TaxPeriods = "quarters-3",
  locale = "en-GB",
): LockDecision {
  const lockDate = lockedTo(locks, document.kind, document.issuedOn);
  if (lockDate === null) return { what: "open" };
  const firstOpen = addDays(lockDate, 1);
  const choice = document.lockChoice ?? null;
  if (choice?.what === "redate" && choice.to !== firstOpen) return { what: "hold", lockDate, agreedOn: choice.to };
  const policy = choice?.what ?? policies[document.kind] ?? "hold";
  const day = (date: PlainDate) => formatDate(date, locale);
  const label = policy === "hold" ? "" : LOCK_POLICY_LABELS[policy];
  const named = choice ? `${label}, chosen for this row by ${choice.by}` : label;
  const why = `${day(document.issuedOn)} is locked up to ${day(lockDate)}`;
  switch (policy) {
    case "hold":
      return { what: "hold", lockDate };
    case "draft":
      return { what: "draft", lockDate, words: `${named}: ${why}. It keeps its date.` };
    case "redate":
      return {
        what: "redate",
        lockDate,
        issuedOn: firstOpen,
        words: `${named}: ${why}. It goes dated ${day(firstOpen)}; the due date stays. ${taxMoveWords(document.issuedOn, firstOpen, periods, locale)}.`,
      };
  }
}

/** So many days before the expected close its warning appears. */
const CLOSE_WARNING_DAYS = 2;

/** A close that an adviser expects: which days it locks, and when. */
export interface ExpectedClose {
  readonly periodTo: PlainDate;
  readonly closesOn: PlainDate;
}

/** Days until the lock, when its warning is due; null before that, and once the period is locked for every kind of document. */
export function closeWarning(
  close: ExpectedClose | null | undefined,
  locks: readonly PackageLock[],
  today: PlainDate,
): { readonly days: number } | null {
  if (!close) return null;
  if (DOCUMENT_KINDS.every((kind) => lockedTo(locks, kind, close.periodTo) !== null)) return null;
  const days = Math.round((Date.parse(close.closesOn) - Date.parse(today)) / 86_400_000);
  return days > CLOSE_WARNING_DAYS ? null : { days };
}
