import { formatDate, formatMoment, type PlainDate } from "#lib/common/dates.ts";
import classes from "./ui.module.css";

/** A document's date, "21 Nov 2026": a date, never a moment. */
export function DateText({ date, locale = "en-GB" }: { readonly date: PlainDate | null; readonly locale?: string }) {
  if (date === null) return null;
  return (
    <time dateTime={date} className={classes.date}>
      {formatDate(date, locale)}
    </time>
  );
}

/** A moment in the client's own zone, "21 Nov 2026, 09:41". Takes a Date, or ISO 8601 when it came as JSON. */
export function Moment({
  at,
  timeZone,
  locale = "en-GB",
}: {
  readonly at: Date | string | null;
  readonly timeZone: string;
  readonly locale?: string;
}) {
  if (at === null) return null;
  const iso = typeof at === "string" ? at : at.toISOString();
  return (
    <time dateTime={iso} className={classes.date}>
      {formatMoment(iso, timeZone, locale)}
    </time>
  );
}
