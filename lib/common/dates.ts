/** A calendar date as printed on a document, `YYYY-MM-DD`: a date, never a moment. */
export type PlainDate = string;

const PLAIN = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Whether the text is a real calendar date between 1900 and 2199 (31 November and 29 February 2025 are not). */
export function isPlainDate(text: string): text is PlainDate {
  const match = PLAIN.exec(text);
  if (!match) return false;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The date `days` after `date`. */
export function addDays(date: PlainDate, days: number): PlainDate {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/**
 * One formatter for each way of writing, locale and zone: making one costs a hundred times what writing a date with it does, and a
 * grid writes one in each cell.
 */
const made = new Map<string, Intl.DateTimeFormat>();
/** Zones and locales are clients' settings: a few. Whatever else comes must not fill the memory. */
const MOST = 500;

function formatter(way: string, locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${way}\u0000${locale}\u0000${timeZone}`;
  const known = made.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone });
  if (made.size >= MOST) made.clear();
  made.set(key, format);
  return format;
}

const ISO = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
const DAY = { day: "numeric", month: "short", year: "numeric" } as const;
const MOMENT = { ...DAY, hour: "2-digit", minute: "2-digit", hour12: false } as const;

/** The calendar date that it is at `moment` in `timeZone`. */
export function dateIn(timeZone: string, moment: Date): PlainDate {
  return formatter("iso", "en-CA", timeZone, ISO).format(moment);
}

/** "21 Nov 2026", the reader's way. */
export function formatDate(date: PlainDate, locale = "en-GB"): string {
  return formatter("day", locale, "UTC", DAY).format(new Date(`${date}T00:00:00Z`));
}

/** "21 Nov 2026, 09:41" in the client's own time zone. */
export function formatMoment(moment: Date | string, timeZone: string, locale = "en-GB"): string {
  return formatter("moment", locale, timeZone, MOMENT).format(typeof moment === "string" ? new Date(moment) : moment);
}
