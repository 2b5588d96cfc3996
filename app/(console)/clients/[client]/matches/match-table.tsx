"use client";

import { Button } from "@mantine/core";
import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import type { MatchQuestion } from "#db/queries/matching.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import { leaveMatch, linkMatch } from "./actions.ts";
import classes from "./matches.module.css";
import { useAnswer } from "./use-answer.ts";

const WHY: Readonly<Record<MatchQuestion["why"], string>> = {
  differs: "Same number, but other details differ",
  several: "More than one document has this number",
  unmapped: "It will be compared once its codes are mapped",
};

/** Ours above what the package holds under the same number, with the three answers. */
export function MatchTable({
  clientId,
  questions,
  packageName,
  site,
  locale,
  mayAnswer,
}: {
  readonly clientId: string;
  readonly questions: readonly MatchQuestion[];
  readonly packageName: string;
  readonly site: PackageSite | null;
  readonly locale: string;
  readonly mayAnswer: boolean;
}) {
  const { put, busy, failed } = useAnswer();
  const openThere = (kind: MatchQuestion["kind"], theirs: MatchQuestion["candidates"][number]) =>
    site && packageLink(site, kind, theirs.externalId);
  return (
    <>
      {failed && <Notice kind="bad">{failed}</Notice>}
      <PlainTable label="Documents that may already be in the package">
        <thead className={classes.head}>
          <tr>
            <th scope="col">Whose</th>
            <th scope="col">Number</th>
            <th scope="col">Customer or supplier</th>
            <th scope="col">Date</th>
            <th scope="col" data-align="end">
              Gross
            </th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        {questions.map((one) => (
          <tbody
            key={one.id}
            id={`match-${one.recordId}`}
            aria-label={`${KIND_LABELS[one.kind]} ${one.reference}`}
            className={classes.question}
          >
            <tr>
              <th scope="row">Ours</th>
              <td>
                <Link href={`/clients/${clientId}/documents/${one.recordId}`} prefetch={false} className={classes.link}>
                  {one.reference}
                </Link>
              </td>
              <td>{one.party}</td>
              <td>
                <DateText date={one.issuedOn} locale={locale} />
              </td>
              <td data-align="end">
                {one.currency !== null && one.gross !== null && (
                  <Amount minor={one.gross} currency={one.currency} locale={locale} withCurrency />
                )}
              </td>
              <td>
                <span className={classes.why}>{one.state === "skipped" ? "Skipped for now" : WHY[one.why]}</span>
                {mayAnswer && (
                  <span className={classes.answers}>
                    <Button
                      variant="default"
                      size="compact-sm"
                      disabled={busy}
                      aria-label={`Not the same: ${one.reference} is another, and ours may go`}
                      onClick={() =>
                        put(
                          () => leaveMatch({ clientId, questionId: one.id, as: "not-same" }),
                          `${one.reference} is another document: it may go.`,
                        )
                      }
                    >
                      Not the same
                    </Button>
                    {one.state === "open" && (
                      <Button
                        variant="default"
                        size="compact-sm"
                        disabled={busy}
                        aria-label={`Skip ${one.reference} for now`}
                        onClick={() =>
                          put(
                            () => leaveMatch({ clientId, questionId: one.id, as: "skipped" }),
                            `${one.reference} skipped for now.`,
                          )
                        }
                      >
                        Skip
                      </Button>
                    )}
                  </span>
                )}
              </td>
            </tr>
            {one.candidates.map((theirs) => (
              <tr key={theirs.externalId}>
                <th scope="row">{packageName}</th>
                <td>
                  {theirs.number ?? "No number"}
                  {openThere(one.kind, theirs) !== null && (
                    <>
                      {" "}
                      <a
                        href={openThere(one.kind, theirs) ?? ""}
                        target="_blank"
                        rel="noreferrer"
                        className={classes.link}
                        aria-label={`Open in ${packageName}: ${theirs.number ?? theirs.externalId}`}
                      >
                        Open in {packageName}
                      </a>
                    </>
                  )}
                </td>
                <td>{theirs.company}</td>
                <td>{theirs.issuedOn && <DateText date={theirs.issuedOn} locale={locale} />}</td>
                <td data-align="end">
                  <Amount minor={theirs.gross} currency={theirs.currency} locale={locale} withCurrency />
                </td>
                <td>
                  {mayAnswer && (
                    <Button
                      size="compact-sm"
                      disabled={busy}
                      aria-label={`The same: link ${one.reference} to this one`}
                      onClick={() =>
                        put(
                          () => linkMatch({ clientId, questionId: one.id, externalId: theirs.externalId }),
                          `${one.reference} is linked. It is not sent.`,
                        )
                      }
                    >
                      The same: link
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </PlainTable>
    </>
  );
}
