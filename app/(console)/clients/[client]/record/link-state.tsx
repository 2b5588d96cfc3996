"use client";

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import type { CreateQuestion } from "#lib/posting/unlink.ts";
import { createParties } from "../export/actions.ts";
import type { Wording } from "../export/words.ts";
import { clearRecordLink } from "./actions.ts";
import { CreateModal } from "./create-there.tsx";
import { createdWords } from "./create-words.ts";

interface Props {
  readonly postingId: string;
  readonly reference: string;
  readonly clientId: string;
  readonly wording: Wording;
}

const refused = (message: string) => notifications.show({ message, color: "red", autoClose: 10_000 });

/** The button that clears the link of a customer, supplier or product, with what it does said before. */
export function ClearLink({
  postingId,
  reference,
  clientId,
  wording,
}: Omit<Props, "wording"> & { readonly wording: Pick<Wording, "packageName"> }) {
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [busy, start] = useTransition();
  const clear = () =>
    start(async () => {
      const answer = await clearRecordLink({ clientId, postingId });
      if (!answer.ok) refused(answer.error.message);
      else notifications.show({ message: `${reference} is no longer linked to ${wording.packageName}.`, autoClose: 6_000 });
      setOpened(false);
      router.refresh();
    });
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Clear the link
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`Clear the link of ${reference}?`} centered>
        <Stack gap="sm">
          <Text size="sm">
            Nothing changes in {wording.packageName}. Records that use {reference} are not sent until you link it again by its id
            or create it there.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setOpened(false)} data-autofocus>
              Cancel
            </Button>
            <Button color="red" loading={busy} onClick={clear}>
              Clear the link
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

/** The button that has a customer, supplier or product created whose link was cleared, or is in another organisation. */
export function CreateThere({ postingId, clientId, wording }: Props) {
  const router = useRouter();
  const [question, setQuestion] = useState<CreateQuestion | null>(null);
  const [busy, start] = useTransition();
  const put = async (hash: string | null) => {
    const answer = await createParties({ clientId, selection: { ids: [postingId] }, hash });
    if (!answer.ok) refused(answer.error.message);
    else if ("asks" in answer.data) setQuestion(answer.data.asks);
    else {
      notifications.show({ message: createdWords(answer.data, wording.packageName, wording.locale), autoClose: 6_000 });
      router.refresh();
    }
  };
  return (
    <>
      <Button variant="default" loading={busy} onClick={() => start(() => put(null))}>
        Create in {wording.packageName}
      </Button>
      <CreateModal
        question={question}
        packageName={wording.packageName}
        locale={wording.locale}
        onCreate={put}
        onClose={() => setQuestion(null)}
      />
    </>
  );
}
