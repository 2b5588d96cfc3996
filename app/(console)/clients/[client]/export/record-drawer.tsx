"use client";

import { Drawer, Skeleton } from "@mantine/core";
import Link from "next/link";
import { useEffect, useState } from "react";
import { fetchJson } from "#components/grid/use-rows.ts";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { PostingCard } from "#db/queries/posting-grid.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { Differences, type ExportRow, PrecheckCell, TickCell } from "./cells.tsx";
import { ErrorCard } from "./error-card.tsx";
import classes from "./export.module.css";
import type { Wire } from "./wire.ts";
import { howWords, type Wording } from "./words.ts";

const OUTCOMES = {
  accepted: "accepted",
  refused: "refused",
  "not-sent": "not sent",
  unknown: "no clear answer",
  found: "found there",
  absent: "not there",
  conflict: "something else there",
} as const;

/** One row opened: where it stands, why, and every call that it was in. */
export function RecordDrawer({
  row,
  clientId,
  wording,
  onClose,
}: {
  readonly row: ExportRow | null;
  readonly clientId: string;
  readonly wording: Wording;
  readonly onClose: () => void;
}) {
  const [card, setCard] = useState<Wire<PostingCard> | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const id = row?.id ?? null;
  useEffect(() => {
    setCard(null);
    setFailed(null);
    if (id === null) return;
    const controller = new AbortController();
    fetchJson<Wire<PostingCard>>(`/api/clients/${clientId}/postings/${id}`, controller.signal)
      .then(setCard)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setFailed(error instanceof Error ? error.message : "The row could not be read.");
      });
    return () => controller.abort();
  }, [id, clientId]);
  return (
    <Drawer
      opened={row !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={row ? `${KIND_LABELS[row.kind]} ${row.reference}` : ""}
    >
      {failed && <Notice kind="bad">{failed}</Notice>}
      {card === null && !failed && (
        <div className={classes.drawerWaiting}>
          <Skeleton height={14} width="70%" />
          <Skeleton height={14} width="50%" />
          <Skeleton height={90} />
        </div>
      )}
      {card && (
        <div className={classes.drawer}>
          <dl className={classes.facts}>
            <dt>{card.kind === "product" ? "Name" : "Customer or supplier"}</dt>
            <dd>{card.party}</dd>
            <dt>Date</dt>
            <dd>
              <DateText date={card.issuedOn} locale={wording.locale} />
            </dd>
            {card.currency !== null && (
              <>
                <dt>Gross</dt>
                <dd>
                  <Amount minor={card.grossMinor} currency={card.currency} locale={wording.locale} withCurrency />
                </dd>
              </>
            )}
            <dt>{card.panel === "exported" ? `In ${wording.packageName}` : card.panel === "errors" ? "State" : "Pre-check"}</dt>
            <dd>
              {card.panel === "exported" ? (
                <TickCell row={card} wording={wording} />
              ) : card.panel === "errors" ? (
                {
                  held: "Held before sending",
                  rejected: "Refused",
                  conflict: "Something else is there",
                  dead: "Given up",
                  unknown: "Checking",
                }[card.state as "held"]
              ) : (
                <span className={classes.wrap}>
                  <PrecheckCell row={card} wording={wording} />
                </span>
              )}
            </dd>
            {card.exportedAt && (
              <>
                <dt>Exported</dt>
                <dd>
                  <Moment at={card.exportedAt} timeZone={wording.timeZone} locale={wording.locale} /> · {howWords(card)}
                </dd>
              </>
            )}
            {card.markReason && (
              <>
                <dt>Reason</dt>
                <dd>{card.markReason}</dd>
              </>
            )}
            {card.confirmedAt && (
              <>
                <dt>Last seen</dt>
                <dd>
                  <Moment at={card.confirmedAt} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </>
            )}
            {card.externalId && (
              <>
                <dt>{wording.packageName} id</dt>
                <dd className={classes.mono}>{card.externalId}</dd>
              </>
            )}
            {card.state === "unknown" && card.resolveAfter && (
              <>
                <dt>We look at</dt>
                <dd>
                  <Moment at={card.resolveAfter} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </>
            )}
          </dl>
          {card.panel === "errors" && (
            <ErrorCard
              code={card.state === "unknown" ? "unknown.timeout-after-send" : (card.errorCode ?? "internal.unexpected")}
              detail={card.errorDetail}
              wording={wording}
              now={
                card.state === "unknown" || card.maybeSent
                  ? "unknown"
                  : card.state === "conflict"
                    ? `${wording.packageName} holds another record`
                    : `not in ${wording.packageName}`
              }
            />
          )}
          {card.panel === "pending" && card.precheckCode && (
            <ErrorCard
              code={card.precheckCode}
              detail={card.precheckDetail}
              wording={wording}
              now={`not in ${wording.packageName}`}
            />
          )}
          {card.differences && card.differences.length > 0 && <Differences row={card} wording={wording} />}
          <section>
            <h3 className={classes.drawerHead}>Calls</h3>
            {card.attempts.length === 0 ? (
              <p className={classes.dim}>It has been in no call yet.</p>
            ) : (
              <ul className={classes.attempts}>
                {card.attempts.map((attempt) => (
                  <li key={attempt.callId}>
                    <Moment at={attempt.at} timeZone={wording.timeZone} locale={wording.locale} />
                    <span>
                      {attempt.operation}
                      {attempt.status !== null && ` · HTTP ${attempt.status}`}
                      {attempt.sends > 1 && ` · sent ${attempt.sends} times under one key`}
                    </span>
                    <strong>{attempt.outcome ? OUTCOMES[attempt.outcome] : "under way"}</strong>
                  </li>
                ))}
              </ul>
            )}
          </section>
          {card.kind !== "customer" && card.kind !== "supplier" && card.kind !== "product" && (
            <Link href={`${wording.base}/documents/${card.recordId}`} className={classes.cardLink} prefetch={false}>
              Open the document
            </Link>
          )}
        </div>
      )}
    </Drawer>
  );
}
