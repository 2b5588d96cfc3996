"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTransition } from "react";
import { takeClientFromUser } from "../../actions.ts";

export function TakeClient({
  userId,
  clientId,
  name,
}: {
  readonly userId: string;
  readonly clientId: string;
  readonly name: string;
}) {
  const [busy, start] = useTransition();
  return (
    <Button
      variant="default"
      size="compact-xs"
      loading={busy}
      aria-label={`Remove ${name}`}
      onClick={() =>
        start(async () => {
          const answer = await takeClientFromUser({ userId, clientId });
          notifications.show(
            answer.ok
              ? { message: `${answer.data.email} no longer sees ${name}.`, color: "ink" }
              : { message: answer.error.message, color: "red", role: "alert" },
          );
        })
      }
    >
      Remove
    </Button>
  );
}
