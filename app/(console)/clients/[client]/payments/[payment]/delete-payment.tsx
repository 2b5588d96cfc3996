"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { deletePayment } from "../actions.ts";

/** Takes back a payment that never left, after a second click. */
export function DeletePayment({
  clientId,
  paymentId,
  name,
  base,
}: {
  readonly clientId: string;
  readonly paymentId: string;
  readonly name: string;
  readonly base: string;
}) {
  const router = useRouter();
  const [asked, setAsked] = useState(false);
  const [busy, start] = useTransition();
  const remove = () =>
    start(async () => {
      const answer = await deletePayment({ clientId, paymentId });
      if (!answer.ok) {
        notifications.show({ message: answer.error.message, color: "red", autoClose: 10_000 });
        return;
      }
      notifications.show({ message: `${name} deleted: its document is open again.`, autoClose: 6_000 });
      router.push(`${base}/payments`);
    });
  return (
    <Button
      variant="default"
      color="red"
      leftSection={<IconTrash size={15} aria-hidden />}
      loading={busy}
      onClick={() => (asked ? remove() : setAsked(true))}
      onBlur={() => setAsked(false)}
    >
      {asked ? `Delete ${name}?` : "Delete"}
    </Button>
  );
}
