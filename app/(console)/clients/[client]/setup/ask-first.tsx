"use client";

import { Button, Group, Modal, Text } from "@mantine/core";
import { useRouter } from "next/navigation";
import { type ReactNode, useState, useTransition } from "react";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { AskedFirst, Sending, WouldSend } from "#lib/posting/ask-first.ts";
import classes from "./setup.module.css";

/** What came of a setting that was saved. */
export interface SavedSetting<Data> {
  readonly result: Data;
  readonly sent: number;
  readonly kept: number;
}

type Work<Data> = (sending: Sending) => Promise<ActionAnswer<AskedFirst<Data>>>;

/**
 * Saves a setting that may let something go. Where it would, what and how much is shown first: "Save and send" sends that very set, "Save
 * only" keeps the rows where they are, and a closed question saves nothing.
 * @param only the second answer, and what it leaves: "Save only (keep them held)"
 */
export function useAskFirst({
  locale,
  send = "Save and send",
  only = "Save only (keep them held)",
}: {
  readonly locale: string;
  readonly send?: string;
  readonly only?: string;
}) {
  const router = useRouter();
  const [said, setSaid] = useState<{ readonly good: boolean; readonly message: string } | null>(null);
  const [asked, setAsked] = useState<{
    readonly would: WouldSend;
    readonly answer: (sending: Sending) => void;
  } | null>(null);
  const [busy, start] = useTransition();
  const save = <Data,>(work: Work<Data>, say: (saved: SavedSetting<Data>) => string): void => {
    const put = (sending: Sending) =>
      start(async () => {
        const answer = await work(sending);
        if (answer.ok && "wouldSend" in answer.data) {
          setAsked({ would: answer.data.wouldSend, answer: put });
          return;
        }
        setAsked(null);
        if (answer.ok && "result" in answer.data) setSaid({ good: true, message: say(answer.data) });
        else if (!answer.ok) setSaid({ good: false, message: answer.error.message });
        router.refresh();
      });
    setSaid(null);
    put({ how: "ask" });
  };
  const close = () => setAsked(null);
  const question: ReactNode = (
    <Modal opened={asked !== null} onClose={close} title="This would send records" centered size="lg">
      {asked !== null && (
        <>
          <Text size="sm">
            Saving this would send {asked.would.count === 1 ? "1 record" : `${formatCount(asked.would.count, locale)} records`}{" "}
            that {asked.would.count === 1 ? "is" : "are"} waiting
            {asked.would.amounts.length > 0 && <>: {sumsInWords(asked.would.amounts, locale)}</>}. Nothing is saved yet.
          </Text>
          <ul className={classes.wouldSend}>
            {asked.would.rows.map((row) => (
              <li key={`${row.kind} ${row.reference}`}>
                {KIND_LABELS[row.kind]} {row.reference}
                {row.grossMinor !== null && row.currency !== null && (
                  <>
                    {" "}
                    · {row.party} · {formatDate(row.issuedOn, locale)} ·{" "}
                    <strong>{formatMoney(BigInt(row.grossMinor), row.currency, locale)}</strong>
                  </>
                )}
              </li>
            ))}
            {asked.would.count > asked.would.rows.length && (
              <li>and {formatCount(asked.would.count - asked.would.rows.length, locale)} more</li>
            )}
          </ul>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button variant="default" loading={busy} onClick={() => asked.answer({ how: "keep" })}>
              {only}
            </Button>
            <Button loading={busy} onClick={() => asked.answer({ how: "send", hash: asked.would.hash })}>
              {send}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
  return { busy, said, save, question };
}

/** "4 are being sent." or "4 are still held."; empty where nothing was let go. */
export function sentWords({ sent, kept }: { readonly sent: number; readonly kept: number }, locale: string): string {
  if (sent > 0) return `${formatCount(sent, locale)} ${sent === 1 ? "is" : "are"} being sent.`;
  if (kept > 0) return `${formatCount(kept, locale)} ${kept === 1 ? "is" : "are"} still held.`;
  return "";
}
