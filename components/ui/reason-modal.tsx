"use client";

import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";

const MAX_REASON = 500;

/** A dialogue that does something only once a reason is given, which everybody sees. */
export function ReasonModal({
  opened,
  title,
  about,
  placeholder,
  warning,
  verb,
  onClose,
  onReason,
}: {
  readonly opened: boolean;
  readonly title: string;
  /** What doing it means. */
  readonly about: string;
  /** A reason as somebody might give it. */
  readonly placeholder: string;
  /** Stands above the buttons. */
  readonly warning?: ReactNode;
  /** On the button that does it. */
  readonly verb: string;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onReason: (reason: string) => Promise<string | null>;
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
    <Modal opened={opened} onClose={close} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void onReason(reason)
            .then((error) => (error === null ? close() : setFailed(error)))
            .finally(() => setBusy(false));
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{about}</Text>
          <Textarea
            label="Reason"
            placeholder={placeholder}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={MAX_REASON}
            minRows={2}
            autosize
            required
            data-autofocus
            error={failed}
          />
          {warning}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={reason.trim() === ""}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
