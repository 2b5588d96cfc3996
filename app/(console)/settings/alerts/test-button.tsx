"use client";

import { Button, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { testAlertWebhook, testMyAlerts } from "./actions.ts";

/** Sends a test to oneself, or to a webhook; what became of it shows below. */
export function TestButton({ webhookId, name }: { readonly webhookId: string | null; readonly name?: string }) {
  const router = useRouter();
  const [busy, start] = useTransition();
  const send = () =>
    start(async () => {
      const answer = webhookId === null ? await testMyAlerts({ confirmed: true }) : await testAlertWebhook({ webhookId });
      notifications.show(
        answer.ok
          ? { message: "The test is being sent; the result appears here in a few seconds.", color: "ink" }
          : { message: answer.error.message, color: "red" },
      );
      // A worker sends it within seconds.
      for (const ms of [3_000, 8_000]) window.setTimeout(() => router.refresh(), ms);
    });
  return (
    <Button variant="default" size="xs" loading={busy} onClick={send}>
      Send a test{name !== undefined && <VisuallyHidden> to {name}</VisuallyHidden>}
    </Button>
  );
}
