"use client";

import { notifications } from "@mantine/notifications";
import Link from "next/link";
import { useEffect, useRef } from "react";
import type { News, NewsRow } from "#db/queries/news.ts";
import { countWords } from "#lib/common/count-words.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import classes from "./shell.module.css";

const number = new Intl.NumberFormat("en-GB");

function Told({ row, base, words }: { readonly row: NewsRow; readonly base: string; readonly words: string }) {
  return (
    <>
      <Link href={`${base}${recordPath(row.kind, row.recordId)}`} prefetch={false} className={classes.told}>
        {KIND_LABELS[row.kind]} {row.reference}
      </Link>{" "}
      {words}
    </>
  );
}

/** Says what was synchronised and what failed since the page asked last; errors stay unsaid where Error Feedback itself is in view. */
export function useNews(news: News | undefined, slug: string, packageName: string, errorsInView: boolean): void {
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (!news || told.current === news.asOf) return;
    told.current = news.asOf;
    const base = `/clients/${slug}`;
    for (const row of news.synced)
      notifications.show({
        id: `synced-${row.id}`,
        message: <Told row={row} base={base} words={`agrees with ${packageName}.`} />,
        color: "tick",
        autoClose: 8_000,
      });
    const more = news.syncedCount - news.synced.length;
    if (more > 0)
      notifications.show({
        message: (
          <>
            {number.format(more)} more {more === 1 ? "agrees" : "agree"} with {packageName}.{" "}
            <Link href={`${base}/export`} prefetch={false} className={classes.told}>
              See them
            </Link>
          </>
        ),
        color: "tick",
        autoClose: 8_000,
      });
    if (errorsInView || news.errorCount === 0) return;
    const [only] = news.errors;
    notifications.show({
      id: "went-to-errors",
      message:
        news.errorCount === 1 && only ? (
          <Told row={only} base={base} words={`is in Error Feedback: ${errorEntry(only.code ?? "internal.unexpected").title}.`} />
        ) : (
          <>
            {countWords(news.errorCount, "record")} moved to Error Feedback.{" "}
            <Link href={`${base}/export`} prefetch={false} className={classes.told}>
              See them
            </Link>
          </>
        ),
      color: "red",
      autoClose: 12_000,
    });
  }, [news, slug, packageName, errorsInView]);
}
