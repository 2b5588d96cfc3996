"use client";

import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { DriftDecided, DriftQuestion, DriftRefused } from "#lib/posting/decide-many.ts";
import { askDrift, decideDrift } from "../corrections/actions.ts";
import type { Asked } from "./use-export-actions.tsx";

type DriftAsked = Extract<Asked, { what: "drift" }>;

const titleOf = (way: DriftAsked["way"], packageName: string) =>
  way === "accept" ? `Keep ${packageName}\u2019s version` : "Send ours again";

/** What is decided about many differences at once: what it does is shown first, then what came of it, with those that were left alone. */
export function DriftModal({
  asked,
  clientId,
  packageName,
  locale,
  onActed,
  onClose,
}: {
  /** Null while closed. */
  readonly asked: DriftAsked | null;
  readonly clientId: string;
  readonly packageName: string;
  readonly locale: string;
  readonly onActed: () => void;
  readonly onClose: () => void;
}) {
  const [question, setQuestion] = useState<DriftQuestion | null>(null);
  const [decided, setDecided] = useState<DriftDecided | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setQuestion(null);
    setDecided(null);
    setFailed(null);
    if (asked === null) return;
    // An answer that comes after the dialogue was closed, or opened for other rows, is of no use.
    let late = false;
    void askDrift({ clientId, way: asked.way, selection: asked.chosen.selection })
      .then((answer) => {
        if (late) return;
        if (answer.ok) setQuestion(answer.data);
        else setFailed(answer.error.message);
      })
      .catch(() => late || setFailed("The console cannot be reached. Check your connection."));
    return () => {
      late = true;
    };
  }, [asked, clientId]);
  const number = (count: number) => formatCount(count, locale);
  const way = asked?.way ?? "accept";
  const confirm = () => {
    if (!question || question.count === 0) return;
    setBusy(true);
    void decideDrift({ clientId, way, shown: [...question.shown] })
      .then((answer) => {
        if (!answer.ok) return setFailed(answer.error.message);
        setFailed(null);
        setDecided(answer.data);
        asked?.chosen.clear();
        onActed();
      })
      .catch(() => setFailed("The console cannot be reached, so nothing was changed. Check your connection."))
      .finally(() => setBusy(false));
  };
  return (
    <Modal opened={asked !== null} onClose={onClose} title={titleOf(way, packageName)} centered size="xl">
      <Stack gap="sm">
        {failed !== null && <Notice kind="bad">{failed}</Notice>}
        {question === null && failed === null && <Skeleton height={90} />}
        {decided !== null ? (
          <Outcome decided={decided} packageName={packageName} locale={locale} />
        ) : (
          question && <Question question={question} packageName={packageName} locale={locale} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {decided === null ? "Cancel" : "Close"}
          </Button>
          {decided === null && (
            <Button loading={busy} disabled={question === null || question.count === 0} onClick={confirm}>
              {titleOf(way, packageName)}
              {question !== null && question.count > 0 && ` (${number(question.count)})`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

interface Words {
  readonly packageName: string;
  readonly locale: string;
}

const records = (count: number, locale: string) => `${formatCount(count, locale)} ${count === 1 ? "record" : "records"}`;

function Question({ question, packageName, locale }: Words & { readonly question: DriftQuestion }) {
  const { count, way } = question;
  const amount = sumsInWords(question.amounts, locale);
  const asNew = question.rows.filter((row) => row.goesAsNew).length;
  return (
    <>
      <Text size="sm">
        {count === 0
          ? "This is not possible for any of the selected records."
          : way === "accept"
            ? `${packageName} keeps its version of ${records(count, locale)}, and nothing is sent. They still show as different, with your name, until ${packageName} changes them again.`
            : `Our version overwrites ${packageName}\u2019s version of ${records(count, locale)}.`}
        {count > 0 && amount !== "" && ` Ours: ${amount}.`}
        {count > 0 &&
          ` What differs: ${question.fields.map((one) => `${one.field} (${formatCount(one.count, locale)})`).join(", ")}.`}
      </Text>
      {asNew > 0 && (
        <Text size="sm">
          Marked as new below: {packageName} no longer has {asNew === 1 ? "it" : "them"}, so ours is sent as a new record.
        </Text>
      )}
      {question.rows.length > 0 && (
        <PlainTable label="What differs">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Type</th>
              <th scope="col">Customer or supplier</th>
              <th scope="col">Field</th>
              <th scope="col">Ours</th>
              <th scope="col">{packageName}</th>
            </tr>
          </thead>
          <tbody>
            {question.rows.flatMap((row) =>
              row.differences.map((one, index) => (
                <tr key={`${row.id} ${one.field}`}>
                  <th scope="row">
                    {index === 0 ? row.reference : ""}
                    {index === 0 && row.goesAsNew && " (new)"}
                  </th>
                  <td>{index === 0 && KIND_LABELS[row.kind]}</td>
                  <td>{index === 0 && row.party}</td>
                  <td>{one.field}</td>
                  <td>{one.ours}</td>
                  <td>{one.theirs}</td>
                </tr>
              )),
            )}
          </tbody>
        </PlainTable>
      )}
      {count > question.rows.length && <Text size="sm">And {formatCount(count - question.rows.length, locale)} more.</Text>}
      <Refused refused={question.refused} title="Not changed:" />
      {question.others > 0 && (
        <Text size="sm" c="dimmed">
          {formatCount(question.others, locale)} more chosen {question.others === 1 ? "row does" : "rows do"} not differ and{" "}
          {question.others === 1 ? "stays" : "stay"} as {question.others === 1 ? "it is" : "they are"}.
        </Text>
      )}
    </>
  );
}

function Outcome({ decided, packageName, locale }: Words & { readonly decided: DriftDecided }) {
  const { done, way, run } = decided;
  return (
    <>
      <Notice kind={done > 0 ? "good" : "warning"}>
        {done === 0
          ? "Nothing was changed."
          : way === "accept"
            ? `${packageName}\u2019s version of ${records(done, locale)} is kept.`
            : `Run ${run?.number ?? ""}: ${records(done, locale)} on ${done === 1 ? "its" : "their"} way again.`}
      </Notice>
      <Refused refused={decided.refused} title="Not changed:" />
    </>
  );
}

function Refused({ refused, title }: { readonly refused: readonly DriftRefused[]; readonly title: string }) {
  if (refused.length === 0) return null;
  return (
    <Notice kind="warning">
      {title}
      <ul>
        {refused.map((one) => (
          <li key={`${one.reference} ${one.why}`}>
            <strong>{one.reference}</strong>: {one.why}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
