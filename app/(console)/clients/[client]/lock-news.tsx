"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { LockNews as News } from "#lib/setup/locks.ts";
import { answerLockMove } from "./setup/actions.ts";

/** The warning before a close, and lock dates that moved. Nothing where there is nothing to say. */
export function LockNews({
  clientId,
  news,
  packageName,
  locale,
  timeZone,
  mayAnswer,
}: {
  readonly clientId: string;
  readonly news: Wire<News>;
  readonly packageName: string;
  readonly locale: string;
  readonly timeZone: string;
  readonly mayAnswer: boolean;
}) {
  const router = useRouter();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const answer = (moveId: string, as: "i-moved-it" | "stays") =>
    start(async () => {
      const done = await answerLockMove({ clientId, moveId, answer: as });
      setFailed(done.ok ? null : done.error.message);
      router.refresh();
    });
  const count = new Intl.NumberFormat(locale);
  const { close } = news;
  return (
    <>
      {close && (
        <Notice kind="warning">
          {count.format(close.unsent)} unsent {close.unsent === 1 ? "document" : "documents"} dated up to{" "}
          <DateText date={close.periodTo} locale={locale} />;{" "}
          {close.days > 1
            ? `the period locks in ${close.days} days`
            : close.days === 1
              ? "the period locks tomorrow"
              : close.days === 0
                ? "the period locks today"
                : "the period should be locked by now"}
          .
        </Notice>
      )}
      {news.moves.map((move) => (
        <Notice key={move.id} kind="warning">
          {packageName}’s lock date
          {move.kinds !== null && ` (${move.kinds.map((kind) => KIND_LABELS[kind].toLowerCase()).join(", ")})`}{" "}
          {move.now ? (
            <>
              was {move.before ? "moved" : "set"}{" "}
              {move.before && (
                <>
                  from <DateText date={move.before} locale={locale} />{" "}
                </>
              )}
              to <DateText date={move.now} locale={locale} />
            </>
          ) : (
            <>
              {move.before && (
                <>
                  (<DateText date={move.before} locale={locale} />){" "}
                </>
              )}
              was removed
            </>
          )}
          , seen <Moment at={move.seenAt} timeZone={timeZone} locale={locale} />.{" "}
          {move.opened ? (
            <>
              {move.movedBy ? `Changed by ${move.movedBy}. ` : `${packageName} does not say who changed it. `}
              Remember to set it back.
            </>
          ) : (
            `${count.format(move.caught)} unsent ${move.caught === 1 ? "document is" : "documents are"} locked by it.`
          )}{" "}
          {mayAnswer && (
            <>
              {move.opened && move.movedBy === null && (
                <Button variant="default" size="compact-sm" disabled={busy} onClick={() => answer(move.id, "i-moved-it")}>
                  I changed it
                </Button>
              )}{" "}
              <Button variant="default" size="compact-sm" disabled={busy} onClick={() => answer(move.id, "stays")}>
                {move.opened ? "Leave it open" : "Dismiss"}
              </Button>
            </>
          )}
        </Notice>
      ))}
      {failed && <Notice kind="bad">{failed}</Notice>}
    </>
  );
}
