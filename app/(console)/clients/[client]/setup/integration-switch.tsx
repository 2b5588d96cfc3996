"use client";

import { ActionIcon, Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { switchIntegration } from "./actions.ts";

/** The card's switch: a cross turns the integration off, after saying what that means, and a plus turns it on. */
export function IntegrationSwitch({
  clientId,
  packageName,
  on,
  waiting,
}: {
  readonly clientId: string;
  readonly packageName: string;
  readonly on: boolean;
  /** Asked for and not sent yet, in words; empty when there are none. */
  readonly waiting: string;
}) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const turn = () =>
    start(async () => {
      const answer = await switchIntegration({ clientId, on: !on });
      if (!answer.ok) {
        setFailed(answer.error.message);
        if (!asking) notifications.show({ message: answer.error.message, color: "red", autoClose: 10_000 });
      } else {
        setAsking(false);
        notifications.show({
          message: on
            ? `Integration with ${packageName} is off. Nothing is sent or read.`
            : `Integration with ${packageName} is on.`,
          autoClose: 6_000,
        });
      }
      router.refresh();
    });
  return (
    <>
      <ActionIcon
        variant="default"
        radius="xl"
        size="md"
        aria-label={on ? `Switch ${packageName} off` : `Switch ${packageName} on`}
        loading={busy && !asking}
        onClick={() => (on ? setAsking(true) : turn())}
      >
        {on ? <IconX size={16} stroke={2} aria-hidden /> : <IconPlus size={16} stroke={2} aria-hidden />}
      </ActionIcon>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Switch ${packageName} off?`} centered>
        {failed !== null && <Notice kind="bad">{failed}</Notice>}
        <Text size="sm">
          Nothing is sent to {packageName} or read from it until it is switched on again. {waiting}
        </Text>
        <Text size="sm" mt="xs">
          The connection, mapping and history stay. A call that is under way ends in its own time.
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it on
          </Button>
          <Button color="red" loading={busy} onClick={turn}>
            Switch off
          </Button>
        </Group>
      </Modal>
    </>
  );
}
