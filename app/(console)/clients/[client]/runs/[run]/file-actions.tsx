"use client";

import { Button, FileButton, Group } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { answerFile, bringBooks, takeFileBack } from "./actions.ts";

/** A file as an action takes it. */
async function inBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function useTold() {
  const router = useRouter();
  return async (asked: Promise<ActionAnswer<{ readonly said: string }>>) => {
    const answer = await asked;
    notifications.show(answer.ok ? { message: answer.data.said, color: "ink" } : { message: answer.error.message, color: "red" });
    if (answer.ok) router.refresh();
  };
}

/** What may be done with one file. */
export function FileActions({
  clientId,
  fileId,
  number,
  state,
}: {
  readonly clientId: string;
  readonly fileId: string;
  readonly number: number;
  readonly state: string;
}) {
  const told = useTold();
  const isOut = state === "ready" || state === "handed";
  const askWord = () =>
    modals.openConfirmModal({
      title: `Was all of file ${number} imported?`,
      children: "Its records then count as exported. They have their tick once an export of the books shows them.",
      labels: { confirm: "All of it was imported", cancel: "Cancel" },
      onConfirm: () => told(answerFile({ clientId, fileId, result: null })),
    });
  const askBack = () =>
    modals.openConfirmModal({
      title: `Take file ${number} back?`,
      children:
        state === "ready"
          ? "Nobody has it. Its records go back to Pending Export."
          : "Say so only if nothing of it is in the books and nobody will import it. Its open records go back to Pending Export.",
      labels: { confirm: state === "ready" ? "Take it back" : "Nothing of it was imported", cancel: "Cancel" },
      onConfirm: () => told(takeFileBack({ clientId, fileId, nothingImported: state !== "ready" })),
    });
  return (
    <Group gap="xs">
      {isOut && (
        <form method="post" action={`/api/clients/${clientId}/files/${fileId}`}>
          <Button type="submit" variant="default" size="xs">
            Download
          </Button>
        </form>
      )}
      {state === "handed" && (
        <>
          <FileButton onChange={async (file) => file && told(answerFile({ clientId, fileId, result: await inBase64(file) }))}>
            {(props) => (
              <Button {...props} variant="default" size="xs">
                It was imported: upload what came back
              </Button>
            )}
          </FileButton>
          <Button variant="default" size="xs" onClick={askWord}>
            It was imported
          </Button>
        </>
      )}
      <Button variant="default" size="xs" onClick={askBack}>
        Take it back
      </Button>
    </Group>
  );
}

/** Uploads an export of the books, which gives the tick. */
export function BringExport({ clientId }: { readonly clientId: string }) {
  const told = useTold();
  return (
    <FileButton onChange={async (file) => file && told(bringBooks({ clientId, name: file.name, content: await inBase64(file) }))}>
      {(props) => (
        <Button {...props} variant="default" size="xs">
          Upload an export of the books
        </Button>
      )}
    </FileButton>
  );
}
