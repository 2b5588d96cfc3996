"use client";

import { Button, Checkbox, CopyButton, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionError } from "#lib/common/answer.ts";
import { addAlertWebhook } from "./actions.ts";

/** Adds a webhook and shows its secret, this once. */
export function AddWebhook() {
  const [opened, { open, close }] = useDisclosure(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, start] = useTransition();
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    start(async () => {
      const answer = await addAlertWebhook({
        name: text("name"),
        url: text("url"),
        digest: given.has("digest"),
        immediate: given.has("immediate"),
      });
      setError(answer.ok ? null : answer.error);
      if (answer.ok) setSecret(answer.data.secret);
    });
  }

  const done = () => {
    close();
    setSecret(null);
    setError(null);
  };

  return (
    <>
      <Button size="xs" leftSection={<IconPlus size={16} stroke={1.8} aria-hidden />} onClick={open}>
        Add webhook
      </Button>
      <Modal opened={opened} onClose={done} title="Add a webhook">
        {secret === null ? (
          <form onSubmit={submit} method="post">
            <Stack gap="sm">
              {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
              <TextInput label="Name" name="name" data-autofocus required withAsterisk={false} error={faultOf("name")} />
              <TextInput
                label="Address"
                name="url"
                description="An https:// address that can be reached from the internet"
                required
                withAsterisk={false}
                error={faultOf("url")}
              />
              <Checkbox label="Digests" name="digest" defaultChecked />
              <Checkbox label="Lost connections, immediately" name="immediate" defaultChecked />
              <Button type="submit" loading={busy}>
                Add
              </Button>
            </Stack>
          </form>
        ) : (
          <Stack gap="sm">
            <Notice kind="info">
              Give this secret to the receiver, to check each message's HMAC-SHA256 signature. It is not shown again.
            </Notice>
            <TextInput
              label="Secret"
              value={secret}
              readOnly
              data-autofocus
              onFocus={(event) => event.currentTarget.select()}
              styles={{ input: { fontFamily: "ui-monospace, monospace", fontSize: 12 } }}
            />
            <CopyButton value={secret}>
              {({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy secret"}</Button>}
            </CopyButton>
            <Button variant="default" onClick={done}>
              Done
            </Button>
          </Stack>
        )}
      </Modal>
    </>
  );
}
