import { Fragment } from "react";
import { DateText } from "#components/ui/date-text.tsx";
import { countWords } from "#lib/common/count-words.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { PackageLock } from "#lib/model/lock-policy.ts";

/** As many as are named; a package that closes each journal by itself may have one for each. */
const MOST_NAMED = 6;

/** What the package has closed, in one line: "Period locked up to 31 Jul 2026, year up to 31 Mar 2026". */
export function LockList({ locks, locale }: { readonly locks: readonly PackageLock[]; readonly locale: string }) {
  if (locks.length === 0) return "None set";
  const more = locks.length - MOST_NAMED;
  return (
    <>
      {locks.slice(0, MOST_NAMED).map((lock, at) => (
        <Fragment key={`${lock.label} ${lock.from} ${lock.to} ${lock.kinds}`}>
          {at > 0 && ", "}
          {at === 0 ? `${lock.label} locked` : lock.label.charAt(0).toLowerCase() + lock.label.slice(1)}{" "}
          {lock.from !== null && (
            <>
              from <DateText date={lock.from} locale={locale} />{" "}
            </>
          )}
          up to <DateText date={lock.to} locale={locale} />
          {lock.kinds !== undefined && ` (${lock.kinds.map((kind) => KIND_LABELS[kind].toLowerCase()).join(", ")})`}
        </Fragment>
      ))}
      {more > 0 && ` and ${countWords(more, "more lock", locale)}`}
    </>
  );
}
