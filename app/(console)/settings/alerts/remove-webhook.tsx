"use client";

import { Button, VisuallyHidden } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { removeAlertWebhook } from "./actions.ts";

export function RemoveWebhook({ webhookId, name }: { readonly webhookId: string; readonly name: string }) {
  const ask = () =>
    modals.openConfirmModal({
      title: `Remove ${name}?`,
      children: "No more messages are sent to it, including any still waiting. Its secret stops working.",
      labels: { confirm: "Remove", cancel: "Keep webhook" },
      confirmProps: { color: "red" },
      onConfirm: async () => {
        const answer = await removeAlertWebhook({ webhookId });
        notifications.show(
          answer.ok ? { message: `${name} removed.`, color: "ink" } : { message: answer.error.message, color: "red" },
        );
      },
    });
  return (
    <Button variant="default" size="xs" onClick={ask}>
      Remove<VisuallyHidden> {name}</VisuallyHidden>
    </Button>
  );
}
