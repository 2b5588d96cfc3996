"use client";

import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

const MAX_REASON = 500;

const WORDS = {
  hold: {
    verb: "Hold",
    what: "It leaves Pending Export and is not sent until someone releases it. Everyone can see who held it and why.",
    example: "Price disputed",
  },
  ignore: {
    verb: "Ignore",
    what: "It leaves Error Feedback and its count, and is not sent until someone stops ignoring it under Not in Pending Export. Everyone can see who ignored it, why, and the error.",
    example: "A test invoice from last year",
  },
  dismiss: {
    verb: "Dismiss",
    what: "It leaves the list for good. Nothing changes in the package. Everyone can see who dismissed it and why.",
    example: "Refunded by cheque",
  },
} as const;

/** Asks why something is held back; everybody sees the answer. */
export function HoldModal({
  what,
  how = "hold",
  onClose,
  onHold,
}: {
  /** "INV-58104", "3 rows"; null while closed. */
  readonly what: string | null;
  /** `ignore`: rows of Error Feedback; `dismiss`: work that a correction leaves. */
  readonly how?: keyof typeof WORDS;
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
    <Modal opened={what !== null} onClose={close} title={`${WORDS[how].verb} ${what ?? ""}`} centered>
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
          <Text size="sm">{WORDS[how].what}</Text>
          <Textarea
            label="Reason"
            placeholder={WORDS[how].example}
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
              {WORDS[how].verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
