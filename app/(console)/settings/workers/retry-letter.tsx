"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTransition } from "react";
import { retryDeadLetter } from "../actions.ts";

export function RetryLetter({ id, client }: { readonly id: string; readonly client: string }) {
  const [busy, start] = useTransition();
  return (
    <Button
      variant="default"
      size="compact-xs"
      loading={busy}
      aria-label={`Retry ${client}`}
      onClick={() =>
        start(async () => {
          const answer = await retryDeadLetter({ id });
          notifications.show(
            answer.ok ? { message: `The job for ${client} was queued again.` } : { message: answer.error.message, color: "red" },
          );
        })
      }
    >
      Retry
    </Button>
  );
}
