"use client";

import { Button, Group } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useTransition } from "react";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { endUserSessions, setUserDisabled } from "../actions.ts";

export function UserActions({
  userId,
  email,
  disabled,
  sessions,
  isSelf,
}: {
  userId: string;
  email: string;
  disabled: boolean;
  sessions: number;
  isSelf: boolean;
}) {
  const [busy, start] = useTransition();

  function report(answer: ActionAnswer<unknown>, done: string) {
    notifications.show(
      answer.ok ? { message: done, color: "ink" } : { message: answer.error.message, color: "red", role: "alert" },
    );
  }
  const switchTo = (next: boolean) =>
    start(async () =>
      report(await setUserDisabled({ userId, disabled: next }), next ? `${email} is disabled.` : `${email} can sign in again.`),
    );

  function askDisable() {
    modals.openConfirmModal({
      title: `Disable ${email}?`,
      children: "Every session ends at once. Their work is kept, and you can enable the user again.",
      labels: { confirm: "Disable", cancel: "Keep" },
      onConfirm: () => switchTo(true),
    });
  }

  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {sessions > (isSelf ? 1 : 0) && (
        <Button
          variant="default"
          size="compact-xs"
          loading={busy}
          aria-label={isSelf ? undefined : `End sessions of ${email}`}
          onClick={() => start(async () => report(await endUserSessions({ userId }), `The sessions of ${email} are ended.`))}
        >
          {isSelf ? "End my other sessions" : "End sessions"}
        </Button>
      )}
      {disabled ? (
        <Button variant="default" size="compact-xs" loading={busy} aria-label={`Enable ${email}`} onClick={() => switchTo(false)}>
          Enable
        </Button>
      ) : (
        !isSelf && (
          <Button variant="default" size="compact-xs" loading={busy} aria-label={`Disable ${email}`} onClick={askDisable}>
            Disable
          </Button>
        )
      )}
    </Group>
  );
}
