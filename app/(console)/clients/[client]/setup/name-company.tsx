"use client";

import { Button, Group, Modal, TextInput } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { CollectorLogin } from "#lib/connections/kinds/collector.ts";
import { connectNamedPackage } from "./actions.ts";
import { LoginOnce } from "./collector-login.tsx";

/** Connects a package that has no consent page: the company is named, and a program's login is shown once. */
export function NameCompany({
  clientId,
  packageId,
  packageName,
  label,
  company,
}: {
  readonly clientId: string;
  readonly packageId: string;
  readonly packageName: string;
  readonly label: string;
  /** The company that was connected before. */
  readonly company: string;
}) {
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState(company);
  const [login, setLogin] = useState<CollectorLogin | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const done = () => {
    setOpened(false);
    setLogin(null);
    router.replace(`/clients/${clientId}/setup?connected=1`);
    router.refresh();
  };
  const connect = () =>
    start(async () => {
      setError(null);
      const answer = await connectNamedPackage({ clientId, packageId, company: name });
      if (!answer.ok) setError(answer.error.message);
      else if (answer.data.login === null) done();
      else setLogin(answer.data.login);
    });
  return (
    <>
      <Button leftSection={<IconPlugConnected size={15} aria-hidden />} onClick={() => setOpened(true)}>
        {label}
      </Button>
      <Modal opened={opened} onClose={login === null ? () => setOpened(false) : done} title={`Connect ${packageName}`} centered>
        {error !== null && <Notice kind="bad">{error}</Notice>}
        {login !== null ? (
          <LoginOnce login={login} packageName={packageName} onClose={done} />
        ) : (
          <>
            <TextInput
              label={`Company in ${packageName}`}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={120}
              data-autofocus
            />
            <Group justify="flex-end" mt="lg">
              <Button variant="default" onClick={() => setOpened(false)}>
                Cancel
              </Button>
              <Button loading={busy} disabled={name.trim() === ""} onClick={connect}>
                Connect
              </Button>
            </Group>
          </>
        )}
      </Modal>
    </>
  );
}
