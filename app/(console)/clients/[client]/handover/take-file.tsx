"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFileDownload } from "@tabler/icons-react";
import { useTransition } from "react";
import { takeHandover } from "./actions.ts";

/** Takes the file that waits, or makes the next one, and downloads it. */
export function TakeFile({
  clientId,
  open,
  blocked,
}: {
  readonly clientId: string;
  /** The number of the file that waits to be acknowledged. */
  readonly open: number | null;
  readonly blocked: string | null;
}) {
  const [busy, start] = useTransition();
  const take = () =>
    start(async () => {
      const answer = await takeHandover({ clientId });
      if (!answer.ok) {
        notifications.show({ message: answer.error.message, color: "red" });
        return;
      }
      window.location.assign(`/api/clients/${clientId}/handover/${answer.data.id}`);
    });
  return (
    <Button
      loading={busy}
      disabled={blocked !== null}
      title={blocked ?? undefined}
      onClick={take}
      leftSection={<IconFileDownload size={16} stroke={1.8} aria-hidden />}
    >
      {open === null ? "Download the next file" : `Download file ${open} again`}
    </Button>
  );
}
