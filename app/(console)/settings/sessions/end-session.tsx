"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTransition } from "react";
import { endMySession } from "../actions.ts";

export function EndSession({ sessionId }: { sessionId: string }) {
  const [busy, start] = useTransition();
  return (
    <Button
      variant="default"
      size="compact-xs"
      loading={busy}
      onClick={() =>
        start(async () => {
          const answer = await endMySession({ sessionId });
          notifications.show(answer.ok ? { message: "Session ended." } : { message: answer.error.message, color: "red" });
        })
      }
    >
      End
    </Button>
  );
}
