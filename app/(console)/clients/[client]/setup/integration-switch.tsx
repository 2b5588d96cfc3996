"use client";

import { ActionIcon, Button, Group, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { switchIntegration } from "./actions.ts";
import { sentWords, useAskFirst } from "./ask-first.tsx";

/** The card's switch: a cross turns the integration off, after saying what that means, and a plus turns it on. */
export function IntegrationSwitch({
  clientId,
  packageName,
  on,
  waiting,
  locale,
}: {
  readonly clientId: string;
  readonly packageName: string;
  readonly on: boolean;
  /** Asked for and not sent yet, in words; empty when there are none. */
  readonly waiting: string;
  readonly locale: string;
}) {
  const router = useRouter();
  const {
    busy: starting,
    said,
    save,
    question,
  } = useAskFirst({
    locale,
    send: "Switch on and send",
    only: "Switch on only (keep them in Pending Export)",
  });
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const turnOff = () =>
    start(async () => {
      const answer = await switchIntegration({ clientId, on: false, sending: { how: "ask" } });
      if (!answer.ok) setFailed(answer.error.message);
      else {
        setAsking(false);
        notifications.show({ message: `Integration with ${packageName} is off. Nothing is sent or read.`, autoClose: 6_000 });
      }
      router.refresh();
    });
  const turnOn = () =>
    save(
      (sending) => switchIntegration({ clientId, on: true, sending }),
      (done) => [`Integration with ${packageName} is on.`, sentWords(done, locale)].filter(Boolean).join(" "),
    );
  return (
    <>
      <ActionIcon
        variant="default"
        radius="xl"
        size="md"
        aria-label={on ? `Switch ${packageName} off` : `Switch ${packageName} on`}
        loading={starting}
        onClick={() => (on ? setAsking(true) : turnOn())}
      >
        {on ? <IconX size={16} stroke={2} aria-hidden /> : <IconPlus size={16} stroke={2} aria-hidden />}
      </ActionIcon>
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
      {question}
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Switch ${packageName} off?`} centered>
        {failed !== null && <Notice kind="bad">{failed}</Notice>}
        <Text size="sm">
          Nothing is sent to {packageName} or read from it until it is switched on again. {waiting}
        </Text>
        <Text size="sm" mt="xs">
          The connection, mapping and history stay. A call in progress will finish.
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it on
          </Button>
          <Button color="red" loading={busy} onClick={turnOff}>
            Switch off
          </Button>
        </Group>
      </Modal>
    </>
  );
}
