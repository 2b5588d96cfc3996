"use client";

import { Button, Code, Group, Modal, Text } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { CollectorLogin } from "#lib/connections/kinds/collector.ts";
import { renewCollectorPassword } from "./actions.ts";

/** What a collecting program signs in with, shown this once: the password is kept nowhere. */
export function LoginOnce({
  login,
  packageName,
  onClose,
}: {
  readonly login: CollectorLogin;
  readonly packageName: string;
  readonly onClose: () => void;
}) {
  return (
    <>
      <Text size="sm">
        Enter these in the program that collects for {packageName}. The password is shown only now: if it is lost, make a new one.
      </Text>
      <Text size="sm" mt="xs">
        User name: <Code>{login.userName}</Code>
      </Text>
      <Text size="sm" mt="xs">
        Password: <Code>{login.password}</Code>
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </>
  );
}

/** Asks before it makes a new password, since the one before stops working. */
export function RenewPassword({ clientId, packageName }: { readonly clientId: string; readonly packageName: string }) {
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [login, setLogin] = useState<CollectorLogin | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const close = () => {
    setOpened(false);
    setLogin(null);
    setError(null);
    router.refresh();
  };
  const renew = () =>
    start(async () => {
      const answer = await renewCollectorPassword({ clientId });
      if (answer.ok) setLogin(answer.data);
      else setError(answer.error.message);
    });
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        New password
      </Button>
      <Modal opened={opened} onClose={close} title={`Make a new password for ${packageName}?`} centered>
        {error !== null && <Notice kind="bad">{error}</Notice>}
        {login !== null ? (
          <LoginOnce login={login} packageName={packageName} onClose={close} />
        ) : (
          <>
            <Text size="sm">The present password stops working at once: enter the new one where the program runs.</Text>
            <Group justify="flex-end" mt="lg">
              <Button variant="default" onClick={close} data-autofocus>
                Keep the present one
              </Button>
              <Button loading={busy} onClick={renew}>
                Make a new password
              </Button>
            </Group>
          </>
        )}
      </Modal>
    </>
  );
}
