"use client";

import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import type { PostingSelection } from "#lib/pending/selection.ts";
import type { ExclusionPreview } from "#lib/pending/withheld.ts";
import { previewParties } from "./actions.ts";

const NAMED = 6;

/** Shows whom the chosen rows are of and what leaves with them, before they are excluded. */
export function ExcludeModal({
  clientId,
  selection,
  locale,
  onClose,
  onExclude,
}: {
  readonly clientId: string;
  /** Null while closed. */
  readonly selection: PostingSelection | null;
  readonly locale: string;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onExclude: (selection: PostingSelection) => Promise<string | null>;
}) {
  const [preview, setPreview] = useState<ExclusionPreview | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setPreview(null);
    setFailed(null);
    if (selection === null) return;
    let left = false;
    void previewParties({ clientId, selection }).then((answer) => {
      if (left) return;
      if (answer.ok) setPreview(answer.data);
      else setFailed(answer.error.message);
    });
    return () => {
      left = true;
    };
  }, [clientId, selection]);
  const names = preview?.names ?? [];
  const exclude = async () => {
    if (selection === null) return;
    setBusy(true);
    const error = await onExclude(selection).finally(() => setBusy(false));
    if (error === null) onClose();
    else setFailed(error);
  };
  return (
    <Modal opened={selection !== null} onClose={onClose} title="Exclude from Accounting Integration" centered>
      <Stack gap="sm">
        {failed !== null && <Notice kind="bad">{failed}</Notice>}
        {preview === null && failed === null && <Skeleton height={40} />}
        {preview !== null && (
          <Text size="sm">
            <strong>
              {names.slice(0, NAMED).join(", ")}
              {names.length > NAMED && ` and ${formatCount(names.length - NAMED, locale)} more`}
            </strong>
            : {formatCount(preview.count, locale)} {preview.count === 1 ? "row leaves" : "rows leave"} Pending Export
            {preview.amounts.length > 0 && ` (${sumsInWords(preview.amounts, locale, true)})`}, and later records are left out too
            until you include it again. Exported records stay exported.
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button disabled={preview === null} loading={busy} onClick={() => void exclude()}>
            Exclude
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
