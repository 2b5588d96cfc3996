import { addDays, dateIn, formatDate, isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import { DATE_FORMATS, type DateFormat } from "./fields.ts";

/** How a file's dates are read. */
export interface DateRules {
  /** In order; the first that reads the text wins. */
  readonly formats: readonly DateFormat[];
  /** The client's own date: a year of two digits is one of the 30 before it, or the next. */
  readonly today: PlainDate;
  /** The client's own zone: a moment that names its offset is dated there. */
  readonly timeZone: string;
}

/** Which way round the numbers of a date stand. */
export const DATE_ORDERS = ["dmy", "mdy", "ymd"] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/**
 * The formats whose numbers alone don't say which way round they stand. Points are not among them: nobody writes the month first with points,
 * and a year of four digits before them stands first.
 */
const ORDER_OF: Readonly<Partial<Record<DateFormat, DateOrder>>> = {
  "dd/mm/yyyy": "dmy",
  "dd-mm-yyyy": "dmy",
  "dd/mm/yy": "dmy",
  "dd-mm-yy": "dmy",
  "mm/dd/yyyy": "mdy",
  "mm-dd-yyyy": "mdy",
  "mm/dd/yy": "mdy",
  "mm-dd-yy": "mdy",
  "yy/mm/dd": "ymd",
  "yy-mm-dd": "ymd",
};

/** The orders that a profile's formats name. */
export function ordersOf(formats: readonly DateFormat[]): DateOrder[] {
  return DATE_ORDERS.filter((order) => formats.some((format) => ORDER_OF[format] === order));
}

/** A profile's formats without those of other orders. */
export function inOrder(formats: readonly DateFormat[], order: DateOrder): DateFormat[] {
  return formats.filter((format) => (ORDER_OF[format] ?? order) === order);
}

const YEARS_BACK = 30;

/** Months as English, Dutch, German and French ledgers write them, in full and short, without accents and points. */
const MONTHS: readonly (readonly string[])[] = [
  ["january", "jan", "januari", "januar", "janvier", "janv"],
  ["february", "feb", "februari", "februar", "fevrier", "fevr", "fev"],
  ["march", "mar", "maart", "mrt", "marz", "maerz", "mrz", "mars"],
  ["april", "apr", "avril", "avr"],
  ["may", "mei", "mai"],
  ["june", "jun", "juni", "juin"],
  ["july", "jul", "juli", "juillet", "juil"],
  ["august", "aug", "augustus", "aout"],
  ["september", "sep", "sept", "septembre"],
  ["october", "oct", "oktober", "okt", "octobre"],
  ["november", "nov", "novembre"],
  ["december", "dec", "dezember", "dez", "decembre"],
];
const MONTH_OF = new Map(MONTHS.flatMap((names, at) => names.map((name) => [name, at + 1] as const)));

function monthOf(name: string): number | undefined {
  return MONTH_OF.get(
    name
      .normalize("NFD")
      .replace(/[\u0300-\u036f.]/g, "")
      .toLowerCase(),
  );
}

/** Year, month and day as the text has them. */
type Parts = readonly [year: string, month: string | number, day: string];

function picked(pattern: RegExp, year: number, month: number, day: number) {
  return (text: string): Parts | null => {
    const match = pattern.exec(text);
    return match ? [match[year] ?? "", match[month] ?? "", match[day] ?? ""] : null;
  };
}

function named(pattern: RegExp, year: number, month: number, day: number) {
  return (text: string): Parts | null => {
    const match = pattern.exec(text);
    const found = match ? monthOf(match[month] ?? "") : undefined;
    return match && found !== undefined ? [match[year] ?? "", found, match[day] ?? ""] : null;
  };
}

const WORD = "(\\p{L}{3,9}\\.?)";
const READERS: Readonly<Record<DateFormat, (text: string) => Parts | null>> = {
  "yyyy-mm-dd": picked(/^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/, 1, 3, 4),
  yyyymmdd: picked(/^(\d{4})(\d{2})(\d{2})$/, 1, 2, 3),
  "dd/mm/yyyy": picked(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, 3, 2, 1),
  "dd.mm.yyyy": picked(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, 3, 2, 1),
  "dd-mm-yyyy": picked(/^(\d{1,2})-(\d{1,2})-(\d{4})$/, 3, 2, 1),
  "mm/dd/yyyy": picked(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, 3, 1, 2),
  "mm-dd-yyyy": picked(/^(\d{1,2})-(\d{1,2})-(\d{4})$/, 3, 1, 2),
  "dd mmm yyyy": named(new RegExp(`^(\\d{1,2})(?:st|nd|rd|th)?[ ./-]{1,2}${WORD}[ ,./-]{1,2}(\\d{4})$`, "u"), 3, 2, 1),
  "mmm dd, yyyy": named(new RegExp(`^${WORD}[ -](\\d{1,2})(?:st|nd|rd|th)?[ ,-]{1,2}(\\d{4})$`, "u"), 3, 1, 2),
  "dd/mm/yy": picked(/^(\d{1,2})\/(\d{1,2})\/(\d{2})$/, 3, 2, 1),
  "dd.mm.yy": picked(/^(\d{1,2})\.(\d{1,2})\.(\d{2})$/, 3, 2, 1),
  "dd-mm-yy": picked(/^(\d{1,2})-(\d{1,2})-(\d{2})$/, 3, 2, 1),
  "mm/dd/yy": picked(/^(\d{1,2})\/(\d{1,2})\/(\d{2})$/, 3, 1, 2),
  "mm-dd-yy": picked(/^(\d{1,2})-(\d{1,2})-(\d{2})$/, 3, 1, 2),
  "yy/mm/dd": picked(/^(\d{2})\/(\d{1,2})\/(\d{1,2})$/, 1, 2, 3),
  "yy-mm-dd": picked(/^(\d{2})-(\d{1,2})-(\d{1,2})$/, 1, 2, 3),
  "dd mmm yy": named(new RegExp(`^(\\d{1,2})[ ./-]{1,2}${WORD}[ ./-]{1,2}(\\d{2})$`, "u"), 3, 2, 1),
};

/** A time of day that may follow a date, with the offset that makes a moment of it. */
const TIME = /[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?: ?([AP])\.?M\.?)?(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?$/i;

/**
 * Reads a date in the first format that fits; null when none does, or when there is no such day (31 November, year 1). A time of day after
 * it is left out; where it names its offset (`Z`, `+02:00`) the date is the one of that moment in the client's zone.
 */
export function readDate(text: string, rules: DateRules): PlainDate | null {
  const time = TIME.exec(text);
  const day = time ? text.slice(0, time.index) : text;
  for (const format of rules.formats) {
    const parts = READERS[format](day);
    if (parts === null) continue;
    const date = dateOf(parts, rules.today);
    if (date === null) continue;
    if (time === null) return date;
    return dated(date, time, rules.timeZone);
  }
  return null;
}

function dateOf([year, month, day]: Parts, today: PlainDate): PlainDate | null {
  const whole = year.length === 2 ? yearOf(Number(year), today) : year;
  if (whole === null) return null;
  const date = `${whole}-${String(month).padStart(2, "0")}-${day.padStart(2, "0")}`;
  return isPlainDate(date) ? date : null;
}

/** The year that two digits stand for: this year, the next, or one of the 30 before; null for all others. */
function yearOf(digits: number, today: PlainDate): string | null {
  const now = Number(today.slice(0, 4));
  for (let year = now + 1; year >= now - YEARS_BACK; year -= 1) if (year % 100 === digits) return String(year);
  return null;
}

function dated(date: PlainDate, time: RegExpExecArray, timeZone: string): PlainDate | null {
  const [, hours = "", minutes = "", seconds = "0", half, offset] = time;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toUpperCase() === "P" ? 12 : 0);
  }
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  if (offset === undefined) return date;
  const sign = offset.startsWith("-") ? -1 : 1;
  const [ahead = 0, and = 0] = /^[+-]/.test(offset)
    ? [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(":", "") || "0")]
    : [0, 0];
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const moment = Date.UTC(year, month - 1, day, hour, Number(minutes), Number(seconds)) - sign * (ahead * 60 + and) * 60_000;
  return dateIn(timeZone, new Date(moment));
}

/** The rule that a text which is no date breaks; a spreadsheet's day number is named for what it is. */
export function dateRule(text: string, formats: readonly DateFormat[]): string {
  const serial = /^(\d{5})(?:[.,]\d+)?$/.exec(text);
  const days = serial ? Number(serial[1]) : 0;
  if (days >= 10_000 && days <= 73_050) {
    const shown = formatDate(addDays("1899-12-30", days));
    return `is a spreadsheet's day number (${shown}): show the column as a date there and save the file again`;
  }
  return `is a real date between 1900 and 2199, written ${formatsInWords(formats)}`;
}

function formatsInWords(formats: readonly DateFormat[]): string {
  return formats.length > DATE_FORMATS.length / 2 ? "as 2026-11-05, 05/11/2026, 5 Nov 2026 or alike" : formats.join(", ");
}

const NAMED: readonly DateFormat[] = ["dd mmm yyyy", "mmm dd, yyyy", "dd mmm yy"];

/** Whether a date writes its month as a word: its year stands last then, so that the numbers beside it do not begin with one. */
export function namesMonth(text: string, rules: DateRules): boolean {
  return /\p{L}{3}/u.test(text) && readDate(text, { ...rules, formats: NAMED }) !== null;
}

/** One value of a date column, as evidence of which way round the file's dates stand; null where it says nothing of it. */
export function readings(text: string, rules: DateRules): Readonly<Partial<Record<DateOrder, PlainDate | null>>> | null {
  const day = text.replace(TIME, "");
  const match = /^(\d{1,2})([/-])\d{1,2}\2(\d{4}|\d{1,2})$/.exec(day);
  if (!match) return null;
  const read = (order: DateOrder) => readDate(text, { ...rules, formats: inOrder(DATE_FORMATS, order) });
  const both = { dmy: read("dmy"), mdy: read("mdy") };
  // A year of four digits stands last: such a file's years never stand first.
  return match[3]?.length === 4 ? both : { ...both, ymd: match[1]?.length === 2 ? read("ymd") : null };
}
