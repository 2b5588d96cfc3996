"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { StatusDot, type StatusKind } from "#components/ui/status-dot.tsx";
import { personWords } from "#lib/common/person-words.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import type { TimelineEntry } from "#lib/posting/timeline.ts";
import { Differences } from "../export/cells.tsx";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { reasonWords, type Wording } from "../export/words.ts";
import { RUN_WORDS } from "../runs/words.ts";
import { CallBytes } from "./call-bytes.tsx";
import { Sent } from "./sent.tsx";
import classes from "./timeline.module.css";
import { WITHHELD_WORDS } from "./words.ts";

type Attempt = Extract<TimelineEntry, { what: "attempt" }>;

/** Everything that became of one record, newest first: attempts, reads, links, marks, revisions and attachments. */
export function Timeline({
  entries,
  reference,
  clientId,
  wording,
  site,
}: {
  readonly entries: readonly TimelineEntry[];
  /** What the record is called, for captions. */
  readonly reference: string;
  readonly clientId: string;
  readonly wording: Wording;
  /** Null without a connection: ids then stand without a link. */
  readonly site: PackageSite | null;
}) {
  if (entries.length === 0) {
    return <EmptyState title="No history yet" body="Each time it is sent, checked, marked or changed is listed here." />;
  }
  return (
    <ol className={classes.timeline} aria-label="Timeline">
      {entries.map((entry, index) => (
        // Entries are appended by the world, never reordered by the reader, and have no id of their own.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <li key={`${entry.at} ${entry.what} ${index}`} className={classes.entry} data-what={entry.what}>
          <Entry entry={entry} reference={reference} clientId={clientId} wording={wording} site={site} />
        </li>
      ))}
    </ol>
  );
}

function Entry({
  entry,
  reference,
  clientId,
  wording,
  site,
}: {
  readonly entry: TimelineEntry;
  readonly reference: string;
  readonly clientId: string;
  readonly wording: Wording;
  readonly site: PackageSite | null;
}) {
  const frame = (kind: StatusKind, title: ReactNode, about: readonly ReactNode[], body?: ReactNode) => (
    <Frame entry={entry} kind={kind} title={title} about={about} body={body} wording={wording} />
  );
  const by = "by" in entry && entry.by !== null ? personWords(entry.by) : null;
  switch (entry.what) {
    case "made":
      return frame("idle", "Imported", [entry.file ? <FileLink key="file" file={entry.file} wording={wording} /> : null, by]);
    case "revised":
      return frame(
        "idle",
        `Changed: revision ${entry.revision}`,
        [entry.file ? <FileLink key="file" file={entry.file} wording={wording} /> : null, by],
        entry.before.length > 0 && (
          <dl className={classes.before}>
            {entry.before.map(({ label, value }) => (
              <div key={label}>
                <dt>{label} was</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        ),
      );
    case "attempt": {
      const { kind, words } = OUTCOMES[entry.outcome ?? "none"];
      return frame(
        kind,
        entry.read
          ? `Looked up in ${entry.package}: ${words}`
          : `${entry.fileName === null ? "Sent" : `${entry.fileName} sent`} to ${entry.package}: ${words}`,
        [
          entry.run && (
            <Link key="run" href={`${wording.base}/runs/${entry.run.id}`} prefetch={false}>
              {RUN_WORDS[entry.run.kind]}, run {entry.run.number}
            </Link>
          ),
          by,
          entry.elsewhere && `to ${entry.elsewhere}`,
        ],
        <AttemptBody attempt={entry} clientId={clientId} wording={wording} site={site} />,
      );
    }
    case "seen":
      return frame(
        entry.equal ? "good" : "warning",
        entry.equal ? `Agrees with ${entry.package} to the penny` : `Differs from ${entry.package}`,
        [
          entry.draft && "held there as a draft",
          "Read back",
          ...entry.noted.map(
            ({ field, ours, theirs }) =>
              `${field} reckoned by ${entry.package}: ${theirs}${ours === theirs ? "" : `, ours ${ours}`}`,
          ),
        ],
        entry.differences.length > 0 && <Differences row={{ differences: entry.differences, reference }} wording={wording} />,
      );
    case "link": {
      const href =
        site === null || entry.elsewhere || entry.kind === null ? null : packageLink(site, entry.kind, entry.externalId);
      return frame("idle", `Linked to ${entry.package}`, [by], <PackageId id={entry.externalId} href={href} />);
    }
    case "linked":
      return frame(
        "idle",
        "Linked to a record already in the package",
        [by],
        entry.externalId && <PackageId id={entry.externalId} href={null} />,
      );
    case "accepted":
      return frame(
        "good",
        "Accepted as different",
        [by],
        entry.differences.length > 0 && <Differences row={{ differences: entry.differences, reference }} wording={wording} />,
      );
    case "drifted":
      return frame(
        "warning",
        "Differs from what was sent",
        [],
        entry.differences.length > 0 && <Differences row={{ differences: entry.differences, reference }} wording={wording} />,
      );
    case "lock-policy":
      return frame("idle", "By the lock policy", [by], entry.reason && <p className={classes.words}>{entry.reason}</p>);
    case "lock-choice":
      return frame("idle", "Chosen for its lock date", [by], entry.reason && <p className={classes.words}>{entry.reason}</p>);
    case "already-there":
      return frame("idle", "Recognised in the package", [by], entry.reason && <p className={classes.words}>{entry.reason}</p>);
    case "marked":
      return frame("idle", "Marked as exported", [by], entry.reason && <p className={classes.words}>{entry.reason}</p>);
    case "unmarked":
      return frame("idle", "Mark undone: back in Pending Export", [by]);
    case "withdrawn":
      return frame("idle", "Withdrawn before it was sent", [by]);
    case "set-aside":
      return frame(
        "idle",
        `Set aside: ${entry.aside ? WITHHELD_WORDS[entry.aside] : "not to be sent"}`,
        [by],
        entry.reason && <p className={classes.words}>{entry.reason}</p>,
      );
    case "taken-up":
      return frame("idle", `No longer set aside (${entry.aside ? WITHHELD_WORDS[entry.aside] : "not to be sent"})`, [by]);
    case "attached":
      return frame("idle", `Attached ${entry.fileName}`, [by]);
    case "attachment-sent":
      return frame("good", `${entry.fileName} is in ${entry.package}`, []);
    case "attachment-failed":
      return frame(
        "warning",
        `${entry.fileName} did not reach ${entry.package}`,
        [],
        <Said code={entry.errorCode} detail={entry.errorDetail} kind={null} wording={wording} />,
      );
  }
}

const OUTCOMES = {
  accepted: { kind: "good", words: "accepted" },
  refused: { kind: "bad", words: "refused" },
  "not-sent": { kind: "idle", words: "not sent" },
  unknown: { kind: "busy", words: "no clear answer" },
  found: { kind: "good", words: "found in the package" },
  absent: { kind: "idle", words: "not found in the package" },
  conflict: { kind: "warning", words: "a different record is there" },
  none: { kind: "busy", words: "in progress" },
} as const satisfies Record<string, { kind: StatusKind; words: string }>;

function Frame({
  entry,
  kind,
  title,
  about,
  body,
  wording,
}: {
  readonly entry: TimelineEntry;
  readonly kind: StatusKind;
  readonly title: ReactNode;
  readonly about: readonly ReactNode[];
  readonly body: ReactNode;
  readonly wording: Wording;
}) {
  const parts = [
    <Moment key="at" at={entry.at} timeZone={wording.timeZone} locale={wording.locale} />,
    ...about,
    entry.revision !== null && entry.what !== "revised" && entry.revision > 1 ? `revision ${entry.revision}` : null,
  ].filter(Boolean);
  return (
    <>
      <p className={classes.title}>
        <StatusDot kind={kind}>{title}</StatusDot>
      </p>
      <p className={classes.about}>
        {parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed line of words
          <span key={index}>{part}</span>
        ))}
      </p>
      {body ? <div className={classes.body}>{body}</div> : null}
    </>
  );
}

function AttemptBody({
  attempt,
  clientId,
  wording,
  site,
}: {
  readonly attempt: Attempt;
  readonly clientId: string;
  readonly wording: Wording;
  readonly site: PackageSite | null;
}) {
  const { externalId, lookedUpAt } = attempt;
  // A file's id opens no page of the package.
  const isElsewhere = site === null || attempt.elsewhere !== null || attempt.fileName !== null;
  return (
    <>
      <p className={classes.about}>
        {[
          attempt.operation,
          attempt.status !== null && `HTTP ${attempt.status}`,
          attempt.sends > 1 && `sent ${attempt.sends} times under one key`,
          attempt.mappingVersion !== null && `mapping version ${attempt.mappingVersion}`,
        ]
          .filter(Boolean)
          .map((part) => (
            <span key={String(part)}>{part}</span>
          ))}
      </p>
      {lookedUpAt !== null && (
        <p className={classes.words}>
          Looked up <Moment at={lookedUpAt} timeZone={wording.timeZone} locale={wording.locale} />:{" "}
          {OUTCOMES[attempt.outcome ?? "none"].words}.
        </p>
      )}
      <Said code={attempt.errorCode} detail={attempt.errorDetail} kind={attempt.kind} wording={wording} />
      {externalId !== null && (
        <PackageId id={externalId} href={isElsewhere ? null : packageLink(site, attempt.kind, externalId)} />
      )}
      <details className={classes.fold}>
        <summary>{attempt.read ? "What it was compared with" : "What was sent"}</summary>
        <Sent sent={attempt.sent} />
      </details>
      <CallBytes clientId={clientId} callId={attempt.callId} />
    </>
  );
}

/** The cause in our words, and the package's own folded under them. */
function Said({
  code,
  detail,
  kind,
  wording,
}: {
  readonly code: string | null;
  readonly detail: Attempt["errorDetail"];
  readonly kind: Attempt["kind"] | null;
  readonly wording: Wording;
}) {
  if (code === null) return null;
  const said = detail?.said ?? [];
  return (
    <>
      <p className={classes.words}>{reasonWords(code, detail, kind, wording)}.</p>
      {said.length > 0 && (
        <details className={classes.fold}>
          <summary>{wording.packageName}&rsquo;s own words</summary>
          {said.map((words) => (
            <blockquote key={words} className={classes.quote}>
              {words}
            </blockquote>
          ))}
        </details>
      )}
      <p className={classes.words}>
        <WhatThisMeans code={code} wording={wording} />
      </p>
    </>
  );
}

function FileLink({ file, wording }: { readonly file: { id: string; name: string }; readonly wording: Wording }) {
  return (
    <Link href={`${wording.base}/documents/upload?import=${file.id}`} prefetch={false}>
      {file.name}
    </Link>
  );
}

function PackageId({ id, href }: { readonly id: string; readonly href: string | null }) {
  return (
    <p className={classes.id}>
      {href === null ? (
        id
      ) : (
        <a href={href} target="_blank" rel="noreferrer">
          {id}
        </a>
      )}
    </p>
  );
}
