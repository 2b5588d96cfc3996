"use client";

import { Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useEffect, useState, useTransition } from "react";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import type { IncomingSelection } from "#lib/allocating/selection.ts";
import type { UndoReach } from "#lib/allocating/undo.ts";
import { countWords } from "#lib/common/count-words.ts";
import { lookAtUndo, undoPayments } from "./actions.ts";
import classes from "./import.module.css";
import type { Wording } from "./words.ts";

/** Undo Create & allocate: shows what it will touch and what stays, then does it. Closed while `selection` is null. */
export function UndoDialog({
  selection,
  slug,
  wording,
  onClose,
  onDone,
}: {
  readonly selection: IncomingSelection | null;
  readonly slug: string;
  readonly wording: Wording;
  readonly onClose: () => void;
  readonly onDone: (done: UndoReach) => void;
}) {
  return (
    <Modal opened={selection !== null} onClose={onClose} title="Undo Create & allocate" centered>
      {selection && <Body selection={selection} slug={slug} wording={wording} onClose={onClose} onDone={onDone} />}
    </Modal>
  );
}

function Body({
  selection,
  slug,
  wording,
  onClose,
  onDone,
}: {
  readonly selection: IncomingSelection;
  readonly slug: string;
  readonly wording: Wording;
  readonly onClose: () => void;
  readonly onDone: (done: UndoReach) => void;
}) {
  const [reach, setReach] = useState<UndoReach | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [undoing, startUndoing] = useTransition();
  useEffect(() => {
    let left = false;
    void lookAtUndo({ clientId: slug, selection }).then((answer) => {
      if (left) return;
      if (answer.ok) setReach(answer.data);
      else setFailed(answer.error.message);
    });
    return () => {
      left = true;
    };
  }, [slug, selection]);
  const undo = () =>
    startUndoing(async () => {
      const answer = await undoPayments({ clientId: slug, selection });
      if (answer.ok) onDone(answer.data);
      else setFailed(answer.error.message);
    });
  const { locale } = wording;
  return (
    <Stack gap="sm">
      {failed && <Notice kind="bad">{failed}</Notice>}
      {reach === null && failed === null && <Loader size="sm" aria-label="Checking what will change" />}
      {reach !== null && (
        <>
          {reach.payments > 0 ? (
            <>
              <Text size="sm">
                Undoes <strong>{countWords(reach.payments, "payment", locale)}</strong> ({sumsInWords(reach.amounts, locale)}) and
                re-opens <strong>{countWords(reach.documents, "document", locale)}</strong>.
              </Text>
              <Text size="sm">
                Nothing changes in {wording.packageName}. The payments stay there, and you can create them here again.
              </Text>
            </>
          ) : (
            <Text size="sm">None of these payments can be undone.</Text>
          )}
          {reach.refused > 0 && (
            <Notice kind="warning">
              {countWords(reach.refused, "payment", locale)} {reach.refused === 1 ? "stays" : "stay"}, because of later changes:{" "}
              <ul className={classes.refusals}>
                {reach.refusals.map((refusal) => (
                  <li key={refusal.id}>
                    {refusal.company}
                    {refusal.reference ? `, ${refusal.reference}` : ""}: {refusal.sentence}
                  </li>
                ))}
                {reach.refused > reach.refusals.length && (
                  <li>and {formatCount(reach.refused - reach.refusals.length, locale)} more</li>
                )}
              </ul>
            </Notice>
          )}
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button onClick={undo} loading={undoing} disabled={reach === null || reach.payments === 0}>
          Undo{reach !== null && reach.payments > 0 ? ` ${countWords(reach.payments, "payment", locale)}` : ""}
        </Button>
      </Group>
    </Stack>
  );
}
