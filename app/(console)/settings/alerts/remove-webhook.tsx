"use client";

import { Button, VisuallyHidden } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { removeAlertWebhook } from "./actions.ts";

export function RemoveWebhook({ webhookId, name }: { readonly webhookId: string; readonly name: string }) {
  const ask = () =>
    modals.openConfirmModal({
      title: `Remove ${name}?`,
      children: "Nothing more is posted to it, and what still waits for it is not sent. Its secret is of no more use.",
      labels: { confirm: "Remove", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: async () => {
        const answer = await removeAlertWebhook({ webhookId });
        notifications.show(
          answer.ok ? { message: `${name} is removed.`, color: "ink" } : { message: answer.error.message, color: "red" },
        );
      },
    });
  return (
    <Button variant="default" size="xs" onClick={ask}>
      Remove<VisuallyHidden> {name}</VisuallyHidden>
    </Button>
  );
}
