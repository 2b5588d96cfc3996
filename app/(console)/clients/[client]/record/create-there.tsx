"use client";

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "#components/grid/words.ts";
import type { CreateQuestion } from "#lib/posting/unlink.ts";

/** "Create in the package": names what it would make before it does. */
export function CreateModal({
  question,
  packageName,
  locale,
  onCreate,
  onClose,
}: {
  /** Null while closed. */
  readonly question: CreateQuestion | null;
  readonly packageName: string;
  readonly locale: string;
  readonly onCreate: (hash: string) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const more = (question?.count ?? 0) - (question?.names.length ?? 0);
  const one = question?.count === 1;
  return (
    <Modal opened={question !== null} onClose={onClose} title={`Create in ${packageName}?`} centered>
      <Stack gap="sm">
        <Text size="sm">
          {one ? "This is" : "These are"} created in {packageName}. If {packageName} already has {one ? "it" : "one of them"} ,
          link {one ? "it" : "that one"} by its id instead. Requested records that need {one ? "it" : "them"} are sent afterwards.
        </Text>
        <ul>
          {(question?.names ?? []).map((name) => (
            <li key={name}>{name}</li>
          ))}
          {more > 0 && <li>and {formatCount(more, locale)} more</li>}
        </ul>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            loading={busy}
            onClick={() => {
              if (!question) return;
              setBusy(true);
              void onCreate(question.hash)
                .then(onClose)
                .finally(() => setBusy(false));
            }}
          >
            Create
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
