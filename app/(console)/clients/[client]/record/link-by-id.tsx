"use client";

import { Button, Modal, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { LinkAnswer } from "#lib/posting/link-by-id.ts";
import { Differences } from "../export/cells.tsx";
import type { Wording } from "../export/words.ts";
import { linkRecord } from "./actions.ts";
import classes from "./timeline.module.css";

/** "Link by pasted id": one read of the package, compared to the penny; what differs is shown with both values and accepted only by name. */
export function LinkByIdModal({
  opened,
  onClose,
  onLinked,
  postingId,
  reference,
  clientId,
  wording,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onLinked: () => void;
  readonly postingId: string;
  readonly reference: string;
  readonly clientId: string;
  readonly wording: Wording;
}) {
  const [pasted, setPasted] = useState("");
  const [failed, setFailed] = useState<string | null>(null);
  const [differs, setDiffers] = useState<LinkAnswer | null>(null);
  const [busy, start] = useTransition();
  const close = () => {
    setPasted("");
    setFailed(null);
    setDiffers(null);
    onClose();
  };
  const link = (accept: boolean) =>
    start(async () => {
      setFailed(null);
      const answer = await linkRecord({ clientId, postingId, pasted, accept });
      if (!answer.ok) {
        setDiffers(null);
        setFailed(answer.error.message);
      } else if (answer.data.outcome === "differs") setDiffers(answer.data);
      else {
        notifications.show({ message: answer.data.message, autoClose: 8_000 });
        close();
        onLinked();
      }
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    link(false);
  };
  return (
    <Modal opened={opened} onClose={close} title={`Link ${reference} by pasted id`} size="lg">
      <form onSubmit={submit} className={classes.form}>
        <p className={classes.words}>
          For a record already in {wording.packageName}. It is read and compared with ours; nothing is sent.
        </p>
        <TextInput
          label={`Id or address of the record in ${wording.packageName}`}
          placeholder="Paste it here"
          value={pasted}
          onChange={(event) => {
            setPasted(event.currentTarget.value);
            setDiffers(null);
          }}
          error={failed}
          required
          withAsterisk={false}
          data-autofocus
          autoComplete="off"
        />
        {differs && (
          <>
            <Notice kind="warning">{wording.packageName} has a different record. Nothing was linked.</Notice>
            <Differences row={{ differences: differs.differences, reference }} wording={wording} />
          </>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          {differs ? (
            <Button color="red" loading={busy} onClick={() => link(true)}>
              Accept as different
            </Button>
          ) : (
            <Button type="submit" loading={busy} disabled={pasted.trim() === ""}>
              Look it up and link
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}

/** The button that opens it, on a record's page. */
export function LinkById(
  props: Omit<Parameters<typeof LinkByIdModal>[0], "opened" | "onClose" | "onLinked"> & { readonly onLinked?: () => void },
) {
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Link by pasted id
      </Button>
      <LinkByIdModal
        {...props}
        opened={opened}
        onClose={() => setOpened(false)}
        onLinked={() => {
          props.onLinked?.();
          router.refresh();
        }}
      />
    </>
  );
}
