"use client";

import { Button, Group } from "@mantine/core";
import Link from "next/link";
import { useState } from "react";
import { DayInput } from "#components/ui/day-input.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { saveStartDate } from "./actions.ts";
import { sentWords, useAskFirst } from "./ask-first.tsx";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";

/** From which date on documents, payments and journals sync. */
export function StartDate({
  clientId,
  startOn,
  chosen,
  older,
  unpaid,
  base,
  locale,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  /** YYYY-MM-DD. */
  readonly startOn: string | null;
  /** Somebody decided: without a date, that everything syncs. */
  readonly chosen: boolean;
  /** How many stand before the date and their amounts, in words; empty when there are none. */
  readonly older: string;
  /** Of them, documents that are not paid. */
  readonly unpaid: string;
  readonly base: string;
  readonly locale: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save, question } = useAskFirst({ locale });
  const [date, setDate] = useState(startOn ?? "");
  const number = new Intl.NumberFormat(locale);
  const put = (next: string | null) =>
    save(
      (sending) => saveStartDate({ clientId, startOn: next, sending }),
      ({ result: { out, back }, ...done }) =>
        [
          next === null ? "Everything is sent, whatever its date." : "Saved.",
          out > 0 && `${number.format(out)} from before it left Pending Export.`,
          back > 0 && `${number.format(back)} back in Pending Export.`,
          sentWords(done, locale),
        ]
          .filter(Boolean)
          .join(" "),
    );
  return (
    <form
      className={classes.startDate}
      onSubmit={(event) => {
        event.preventDefault();
        put(date === "" ? null : date);
      }}
    >
      <Group align="flex-end" gap="sm">
        <DayInput
          locale={locale}
          label="Sync from"
          description={mayEdit ? "Older documents, payments and journals are not sent." : `Only ${editedBy} may change this.`}
          value={date}
          disabled={!mayEdit || busy}
          onChange={setDate}
        />
        {mayEdit && (startOn !== null || !chosen) && (
          <Button
            variant="default"
            disabled={busy}
            onClick={() => {
              setDate("");
              put(null);
            }}
          >
            Sync everything
          </Button>
        )}
      </Group>
      <SaveLine
        id="start-date"
        dirty={date !== (startOn ?? "")}
        busy={busy}
        label="Save start date"
        onUndo={() => setDate(startOn ?? "")}
      />
      {older !== "" && (
        <p className={classes.plain}>
          {older}{" "}
          {unpaid !== "" && (
            <>
              <strong>{unpaid}</strong>, so expect payments on them.{" "}
            </>
          )}
          <Link href={`${base}/export/aside#before-start`} className={classes.link}>
            See them
          </Link>
        </p>
      )}
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
      {question}
    </form>
  );
}
