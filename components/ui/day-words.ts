import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";

type Part = "day" | "month" | "year";
const NUMERIC = { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" } as const;

const partsOf = (locale: string) => new Intl.DateTimeFormat(locale, NUMERIC).formatToParts(new Date("2026-11-21T00:00:00Z"));

const orderOf = (locale: string): readonly Part[] =>
  partsOf(locale).flatMap(({ type }) => (type === "day" || type === "month" || type === "year" ? [type] : []));

/** A date in figures in the reader's own order: "21/11/2026". What is no date is given back as it is. */
export function dayInFigures(day: string, locale: string): string {
  return isPlainDate(day) ? new Intl.DateTimeFormat(locale, NUMERIC).format(new Date(`${day}T00:00:00Z`)) : day;
}

/** "dd/mm/yyyy", in the reader's own order. */
export function dayPattern(locale: string): string {
  const letters: Readonly<Record<string, string>> = { day: "dd", month: "mm", year: "yyyy" };
  return partsOf(locale)
    .map(({ type, value }) => letters[type] ?? value)
    .join("");
}

/**
 * A date as a person types it: in the reader's own order whatever stands between the figures, a year of two figures in this century, or
 * the year first. Null when it is none.
 */
export function readDay(text: string, locale: string): PlainDate | null {
  const groups = /^(\d{1,4})[./\- ]+(\d{1,2})[./\- ]+(\d{1,4})[.]?$/.exec(text.trim());
  if (!groups) return null;
  const figures = groups.slice(1);
  const order: readonly Part[] = (figures[0]?.length ?? 0) > 2 ? ["year", "month", "day"] : orderOf(locale);
  const at = (part: Part) => figures[order.indexOf(part)] ?? "";
  const year = at("year").length === 2 ? `20${at("year")}` : at("year");
  const day = `${year}-${at("month").padStart(2, "0")}-${at("day").padStart(2, "0")}`;
  return isPlainDate(day) ? day : null;
}
