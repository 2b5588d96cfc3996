"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { voidJournal } from "../actions.ts";

/** Takes back a journal that never left, after a second click. */
export function VoidJournal({
  clientId,
  journalId,
  name,
}: {
  readonly clientId: string;
  readonly journalId: string;
  readonly name: string;
}) {
  const router = useRouter();
  const [asked, setAsked] = useState(false);
  const [busy, start] = useTransition();
  const take = () =>
    start(async () => {
      const answer = await voidJournal({ clientId, journalId });
      notifications.show(
        answer.ok
          ? { message: `${name} voided.`, autoClose: 6_000 }
          : { message: answer.error.message, color: "red", autoClose: 10_000 },
      );
      router.refresh();
    });
  return (
    <Button variant="default" loading={busy} onClick={() => (asked ? take() : setAsked(true))} onBlur={() => setAsked(false)}>
      {asked ? `Void ${name}?` : "Void"}
    </Button>
  );
}
