"use client";

import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";

const MAX_REASON = 500;

/** Mark as exported asks why, and says what retyping by hand means. */
export function MarkModal({
  count,
  packageName,
  locale,
  onClose,
  onMark,
}: {
  /** Null while closed. */
  readonly count: number | null;
  readonly packageName: string;
  readonly locale: string;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onMark: (reason: string) => Promise<string | null>;
}) {
  const [reason, setReason] = useState("");
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const close = () => {
    setReason("");
    setFailed(null);
    onClose();
  };
  return (
    <Modal opened={count !== null} onClose={close} title={`Mark ${formatCount(count ?? 0, locale)} as exported`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void onMark(reason)
            .then((error) => (error === null ? close() : setFailed(error)))
            .finally(() => setBusy(false));
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            They move to Exported Successfully without a tick, and are never sent to {packageName} until the mark is undone.
          </Text>
          <Textarea
            label="Reason"
            placeholder={`Already entered in ${packageName} by hand`}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={MAX_REASON}
            minRows={2}
            autosize
            required
            data-autofocus
            error={failed}
          />
          <Notice kind="warning">
            Re-typing a record by hand breaks the digital link that VAT rules require. Mark only records that need not be sent.
          </Notice>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={reason.trim() === ""}>
              Mark as exported
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
