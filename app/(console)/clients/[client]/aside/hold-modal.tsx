"use client";

import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

const MAX_REASON = 500;

/** Asks why something is held back; everybody sees the answer. */
export function HoldModal({
  what,
  onClose,
  onHold,
}: {
  /** "INV-58104", "3 rows"; null while closed. */
  readonly what: string | null;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onHold: (reason: string) => Promise<string | null>;
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
    <Modal opened={what !== null} onClose={close} title={`Hold ${what ?? ""}`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void onHold(reason)
            .then((error) => (error === null ? close() : setFailed(error)))
            .finally(() => setBusy(false));
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            It leaves Pending Export and is not sent until somebody releases it. Everybody sees who held it and why.
          </Text>
          <Textarea
            label="Reason"
            placeholder="The price is disputed"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={MAX_REASON}
            minRows={2}
            autosize
            required
            data-autofocus
            error={failed}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={reason.trim() === ""}>
              Hold
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
