"use client";

import { Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlugOff } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { disconnectPackage } from "./actions.ts";

/** Asks before it ends the connection, with what stops and what stays. */
export function DisconnectButton({
  clientId,
  packageName,
  tenantName,
  queued,
  removedThere,
}: {
  readonly clientId: string;
  readonly packageName: string;
  readonly tenantName: string;
  /** Items asked for and not sent yet. */
  readonly queued: number;
  /** The package knows of the connection, and it ends there too. */
  readonly removedThere: boolean;
}) {
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const disconnect = () =>
    start(async () => {
      const answer = await disconnectPackage({ clientId });
      if (!answer.ok) {
        setError(answer.error.message);
        return;
      }
      setOpened(false);
      notifications.show({ message: `${packageName} is disconnected. Mapping and history are kept.`, color: "ink" });
      router.replace(`/clients/${clientId}/setup`);
      router.refresh();
    });
  return (
    <>
      <Button variant="default" leftSection={<IconPlugOff size={15} aria-hidden />} onClick={() => setOpened(true)}>
        Disconnect
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`Disconnect ${tenantName} from ${packageName}?`} centered>
        {error !== null && <Notice kind="bad">{error}</Notice>}
        <Text size="sm">
          {queued === 0
            ? "Nothing is queued."
            : queued === 1
              ? "1 queued record stops. It resumes when the same organisation is connected again."
              : `${new Intl.NumberFormat("en-GB").format(queued)} queued records stop. They resume when the same organisation is connected again.`}
        </Text>
        <Text size="sm" mt="xs">
          {removedThere && `The connection is removed in ${packageName} too. `}Mapping and history are kept: connect the same
          organisation again to resume.
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setOpened(false)} data-autofocus>
            Keep it connected
          </Button>
          <Button color="red" loading={busy} onClick={disconnect}>
            Disconnect
          </Button>
        </Group>
      </Modal>
    </>
  );
}
