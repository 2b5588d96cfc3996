import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import { type Exact, parseExact } from "./exact.ts";
import type { DateFormat } from "./fields.ts";
import type { DecimalMark } from "./records.ts";

const GROUPED = {
  ".": /^[+-]?\d{1,3}(?:[, '\u00a0\u202f]\d{3})+(?:\.\d+)?$/,
  ",": /^[+-]?\d{1,3}(?:[. '\u00a0\u202f]\d{3})+(?:,\d+)?$/,
} as const;
const GROUPS = { ".": /[, '\u00a0\u202f]/g, ",": /[. '\u00a0\u202f]/g } as const;

/** Reads a number as the file writes it; null when it is none. Thousands separators count only where they stand at every third digit. */
export function readNumber(text: string, mark: DecimalMark): Exact | null {
  if (mark === ".") {
    const plain = parseExact(text);
    if (plain) return plain;
  }
  const ungrouped = GROUPED[mark].test(text) ? text.replace(GROUPS[mark], "") : text;
  if (mark === ".") return parseExact(ungrouped);
  return ungrouped.includes(".") ? null : parseExact(ungrouped.replace(",", "."));
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A time of day may follow; it is left out. */
const TIME = /[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}| ?[AP]M)?$/i;

const READERS: Readonly<Record<DateFormat, (text: string) => PlainDate | null>> = {
  "yyyy-mm-dd": (text) => ordered(/^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text), 1, 2, 3),
  yyyymmdd: (text) => ordered(/^(\d{4})(\d{2})(\d{2})$/.exec(text), 1, 2, 3),
  "dd/mm/yyyy": (text) => ordered(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text), 3, 2, 1),
  "dd.mm.yyyy": (text) => ordered(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text), 3, 2, 1),
  "dd-mm-yyyy": (text) => ordered(/^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(text), 3, 2, 1),
  "mm/dd/yyyy": (text) => ordered(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text), 3, 1, 2),
  "dd mmm yyyy": (text) => {
    const match = /^(\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]*[ -](\d{4})$/.exec(text);
    const month = MONTHS.indexOf((match?.[2] ?? "").toLowerCase());
    return match && month >= 0 ? `${match[3]}-${String(month + 1).padStart(2, "0")}-${(match[1] ?? "").padStart(2, "0")}` : null;
  },
};

function ordered(match: RegExpExecArray | null, year: number, month: number, day: number): PlainDate | null {
  return match ? `${match[year]}-${(match[month] ?? "").padStart(2, "0")}-${(match[day] ?? "").padStart(2, "0")}` : null;
}

/** Reads a date in the first format that fits; null when none does, or when there is no such day (31 November, year 1). */
export function readDate(text: string, formats: readonly DateFormat[]): PlainDate | null {
  const day = text.replace(TIME, "");
  for (const format of formats) {
    const date = READERS[format](day);
    if (date !== null) return isPlainDate(date) ? date : null;
  }
  return null;
}
