"use client";

import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import { countWords } from "#lib/common/count-words.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { LockQuestion, TaxMove } from "#lib/posting/choose-lock.ts";
import { taxWordFirst } from "#lib/tax/tax-word.ts";
import { chooseForLock, redateForLock } from "./actions.ts";
import { LOCK_OFFERS } from "./lock-offers.tsx";
import type { Act, Asked } from "./use-export-actions.tsx";

type LockAsked = Extract<Asked, { what: "lock" }>;

const CONFIRM: Readonly<Record<LockAsked["choice"], string>> = {
  hold: "Keep on hold",
  draft: "Send as draft",
  redate: "Re-date",
};

/** Asks what the choice would do (no hash), or makes it as it was shown. */
function put(clientId: string, { choice, selection }: LockAsked, hash: string | null) {
  return choice === "redate"
    ? redateForLock({ clientId, selection, hash })
    : chooseForLock({ clientId, selection, what: choice, hash });
}

/** What a choice for rows of a locked date would do, with old and new dates and what becomes of the VAT, before it is made. */
export function LockModal({
  asked,
  clientId,
  packageName,
  locale,
  act,
  onClose,
}: {
  /** Null while closed. */
  readonly asked: LockAsked | null;
  readonly clientId: string;
  readonly packageName: string;
  readonly locale: string;
  readonly act: Act;
  readonly onClose: () => void;
}) {
  const [question, setQuestion] = useState<LockQuestion | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [changed, setChanged] = useState(false);
  const [busy, setBusy] = useState(false);
  const choice = asked?.choice ?? "hold";
  useEffect(() => {
    setQuestion(null);
    setFailed(null);
    setChanged(false);
    if (asked === null) return;
    // An answer that comes after the dialogue was closed, or opened for other rows, is of no use.
    let late = false;
    void put(clientId, asked, null)
      .then((answer) => {
        if (late) return;
        if (!answer.ok) setFailed(answer.error.message);
        else if ("asks" in answer.data) setQuestion(answer.data.asks);
      })
      .catch(() => late || setFailed("The console cannot be reached. Check your connection."));
    return () => {
      late = true;
    };
  }, [asked, clientId]);
  const number = (count: number) => formatCount(count, locale);
  const day = (date: string) => formatDate(date, locale);
  const confirm = () => {
    if (!question || !asked) return;
    setBusy(true);
    void act(
      put(clientId, asked, question.hash),
      (data) => {
        if ("asks" in data) {
          setQuestion(data.asks);
          setChanged(true);
          return null;
        }
        onClose();
        const waits = data.chosen - data.released;
        return choice === "hold"
          ? `${number(data.chosen)} kept on hold for the lock date.`
          : [
              data.released > 0 && `${number(data.released)} ${data.released === 1 ? "goes" : "go"} now.`,
              waits > 0 && `${number(waits)} ${waits === 1 ? "waits" : "wait"} in Pending Export, with the choice.`,
            ]
              .filter(Boolean)
              .join(" ");
      },
      asked.clear,
    )
      .then((error) => error !== null && setFailed(error))
      .finally(() => setBusy(false));
  };
  return (
    <Modal opened={asked !== null} onClose={onClose} title={LOCK_OFFERS[choice]} centered size="lg">
      <Stack gap="sm">
        {failed !== null && <Notice kind="bad">{failed}</Notice>}
        {changed && (
          <Notice kind="warning">The rows or the lock date have changed since this was shown. Nothing was changed.</Notice>
        )}
        {question === null && failed === null && <Skeleton height={90} />}
        {question && (
          <>
            <Text size="sm">
              {question.lockDate === null
                ? `${packageName} has closed the dates of ${countWords(question.count, "document", locale)}: `
                : `${packageName} is locked up to ${day(question.lockDate)}. ${
                    question.count === 1 ? "One document is" : `${number(question.count)} documents are`
                  } dated on or before that: `}
              {sumsInWords(question.amounts, locale)}.{" "}
              {choice === "hold"
                ? "They stay in Error Feedback while their date is locked, even if the lock policy changes."
                : choice === "draft"
                  ? `They are sent as drafts with their own dates, and stay drafts until someone approves them in ${packageName}.`
                  : `They are sent dated ${question.goesOn === null ? "as listed" : day(question.goesOn)}. Due dates and our own records do not change.`}
            </Text>
            {question.tax.map((move) => (
              <Text size="sm" key={`${move.from.from} ${move.to.from} ${move.side} ${move.currency}`}>
                <TaxWords move={move} locale={locale} />
              </Text>
            ))}
            <PlainTable label="Documents and dates">
              <thead>
                <tr>
                  <th scope="col">Number</th>
                  <th scope="col">Type</th>
                  <th scope="col">Date</th>
                  {choice === "redate" && <th scope="col">Sent dated</th>}
                  <th scope="col" data-align="end">
                    {taxWordFirst(locale)}
                  </th>
                  <th scope="col" data-align="end">
                    Gross
                  </th>
                </tr>
              </thead>
              <tbody>
                {question.rows.map((row) => (
                  <tr key={`${row.kind} ${row.reference} ${row.issuedOn}`}>
                    <th scope="row">{row.reference}</th>
                    <td>{KIND_LABELS[row.kind]}</td>
                    <td>{day(row.issuedOn)}</td>
                    {row.goesOn !== null && <td>{day(row.goesOn)}</td>}
                    <td data-align="end">{formatMoney(BigInt(row.taxMinor), row.currency, locale)}</td>
                    <td data-align="end">{formatMoney(BigInt(row.grossMinor), row.currency, locale)}</td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
            {question.count > question.rows.length && (
              <Text size="sm">And {number(question.count - question.rows.length)} more.</Text>
            )}
            {question.others > 0 && (
              <Text size="sm" c="dimmed">
                {number(question.others)} more {question.others === 1 ? "row is" : "rows are"} chosen and{" "}
                {question.others === 1 ? "stays" : "stay"} as {question.others === 1 ? "it is" : "they are"}: payments, journals,
                changes to records already in {packageName}, and records that no lock date stops.
              </Text>
            )}
            {choice !== "hold" && (
              <Text size="sm">
                {question.goNow > 0
                  ? `${number(question.goNow)} ${question.goNow === 1 ? "was" : "were"} requested before and ${question.goNow === 1 ? "goes" : "go"} as soon as you confirm, with the customers, suppliers and products they need.`
                  : ""}
                {question.goNow < question.count
                  ? ` ${number(question.count - question.goNow)} ${question.count - question.goNow === 1 ? "waits" : "wait"} for Upload data.`
                  : ""}
              </Text>
            )}
          </>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={busy} disabled={question === null} onClick={confirm}>
            {CONFIRM[choice]}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** "VAT of £4.00 on £20.00 net (2 sales documents) moves from the period … into the period …". */
function TaxWords({ move, locale }: { readonly move: TaxMove; readonly locale: string }) {
  const span = (period: { from: string; to: string }) => `${formatDate(period.from, locale)} to ${formatDate(period.to, locale)}`;
  const money = (minor: string) => formatMoney(BigInt(minor), move.currency, locale);
  const of = `${formatCount(move.count, locale)} ${move.side === "purchase" ? "purchase" : "sales"} ${move.count === 1 ? "document" : "documents"}`;
  return (
    <>
      {taxWordFirst(locale)} of <strong>{money(move.taxMinor)}</strong> on {money(move.netMinor)} net ({of}){" "}
      {move.from.to === move.to.to
        ? `stays in the tax period ${span(move.to)}.`
        : `moves from the tax period ${span(move.from)} into the tax period ${span(move.to)}.`}
    </>
  );
}
