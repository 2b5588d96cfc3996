"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import type { Conflict } from "#db/queries/conflicts.ts";
import { formatDate, isPlainDate } from "#lib/common/dates.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { fieldWords } from "#lib/errors/field-words.ts";
import { named } from "#lib/errors/named.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { ConflictLinks } from "./conflict-links.tsx";
import classes from "./export.module.css";
import { WhatThisMeans } from "./what-this-means.tsx";
import { type FixLink, fixerWords, fixLink, type Wording } from "./words.ts";

/** Why, who fixes it, numbered steps with the way to the field, what state was left, the way to its help, and the package's own words. */
export function ErrorCard({
  code,
  detail,
  wording,
  now,
  offers,
  conflicts,
  site,
  why,
  fix = fixLink(code, detail, wording),
}: {
  readonly code: string;
  readonly detail: SyncErrorDetail | null;
  readonly wording: Wording;
  /** "not in Xero", "unknown". */
  readonly now: string;
  /** What can be chosen for these rows alone. */
  readonly offers?: ReactNode;
  /** The records that stand in its way, as far as they are known. */
  readonly conflicts: readonly Conflict[];
  readonly site: PackageSite | null;
  /** Where "Why isn't this syncing?" of the record is; null for a card of many records. */
  readonly why: string | null;
  /** The way to the field; by what the card itself says where it is left out. */
  readonly fix?: FixLink | null;
}) {
  const entry = errorEntry(code);
  const where = [
    !detail?.subject && detail?.field && `Field: ${fieldWords(detail.field)}`,
    detail?.subject && `${detail.subject.charAt(0).toUpperCase()}${detail.subject.slice(1)}`,
    detail?.value &&
      (isPlainDate(detail.value) ? `dated ${formatDate(detail.value, wording.locale)}` : `value \u201c${detail.value}\u201d`),
    detail?.agreedOn &&
      isPlainDate(detail.agreedOn) &&
      `re-dating to ${formatDate(detail.agreedOn, wording.locale)} was agreed, but that is no longer the first open day`,
    detail?.lockDate && isPlainDate(detail.lockDate) && `locked up to ${formatDate(detail.lockDate, wording.locale)}`,
  ]
    .filter(Boolean)
    .join(" · ");
  const said = detail?.said ?? [];
  return (
    <div className={classes.card}>
      <p className={classes.cardWhy}>
        <strong>Why.</strong> {named(entry.why, wording)}
        {where && <span className={classes.cardWhere}> {where}</span>} <WhatThisMeans code={code} wording={wording} />
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
      <ConflictLinks conflicts={conflicts} site={site} wording={wording} />
      <p className={classes.cardNow}>
        <strong>Now:</strong> {now}
      </p>
      {why !== null && (
        <p>
          {/* On the record's own page it is further down: a plain link there, which opens what it points at. */}
          {why.startsWith("#") ? (
            <a href={why} className={classes.cardLink}>
              Why isn&rsquo;t this syncing?
            </a>
          ) : (
            <Link href={why} className={classes.cardLink} prefetch={false}>
              Why isn&rsquo;t this syncing?
            </Link>
          )}
        </p>
      )}
      {(said.length > 0 || detail?.requestId) && (
        <details className={classes.said} open>
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
