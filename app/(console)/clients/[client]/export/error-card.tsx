"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { formatDate, isPlainDate } from "#lib/common/dates.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { fieldWords } from "#lib/errors/field-words.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import classes from "./export.module.css";
import { fixerWords, fixLink, named, type Wording } from "./words.ts";

/** Why, who fixes it, numbered steps with the way to the field, what state was left, and the package's own words folded under. */
export function ErrorCard({
  code,
  detail,
  wording,
  now,
  offers,
}: {
  readonly code: string;
  readonly detail: SyncErrorDetail | null;
  readonly wording: Wording;
  /** "not in Xero", "unknown". */
  readonly now: string;
  /** What can be chosen for these rows alone. */
  readonly offers?: ReactNode;
}) {
  const entry = errorEntry(code);
  const fix = fixLink(code, detail, wording);
  const where = [
    !detail?.subject && detail?.field && `Field: ${fieldWords(detail.field)}`,
    detail?.subject && `${detail.subject.charAt(0).toUpperCase()}${detail.subject.slice(1)}`,
    detail?.value &&
      (isPlainDate(detail.value) ? `dated ${formatDate(detail.value, wording.locale)}` : `value \u201c${detail.value}\u201d`),
    detail?.agreedOn &&
      isPlainDate(detail.agreedOn) &&
      `re-dating to ${formatDate(detail.agreedOn, wording.locale)} was agreed, which is no open day or not the first by now`,
    detail?.lockDate && isPlainDate(detail.lockDate) && `locked up to ${formatDate(detail.lockDate, wording.locale)}`,
  ]
    .filter(Boolean)
    .join(" · ");
  const said = detail?.said ?? [];
  return (
    <div className={classes.card}>
      <p className={classes.cardWhy}>
        <strong>Why.</strong> {named(entry.why, wording)}
        {where && <span className={classes.cardWhere}> {where}</span>}
      </p>
      <p>
        <strong>Who fixes it.</strong> {fixerWords(code, wording)}
      </p>
      <ol className={classes.cardSteps}>
        {entry.steps.map((step, index) => (
          <li key={step}>
            {named(step, wording)}
            {index === 0 && fix && (
              <>
                {" "}
                <Link href={fix.href} className={classes.cardLink} prefetch={false}>
                  {fix.label}
                </Link>
              </>
            )}
          </li>
        ))}
      </ol>
      {offers}
      <p className={classes.cardNow}>
        <strong>Now:</strong> {now}
      </p>
      {(said.length > 0 || detail?.requestId) && (
        <details className={classes.said}>
          <summary>{wording.packageName}&rsquo;s own words</summary>
          {said.map((words) => (
            <blockquote key={words}>{words}</blockquote>
          ))}
          <p>
            {[code, detail?.httpStatus && `HTTP ${detail.httpStatus}`, detail?.requestId && `request ${detail.requestId}`]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </details>
      )}
    </div>
  );
}
