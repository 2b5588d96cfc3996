"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { excludeRecords } from "./actions.ts";
import { movedWords } from "./words.ts";

/** Ends the exclusion of one customer, supplier or product. */
export function IncludeButton({
  clientId,
  family,
  id,
  name,
}: {
  readonly clientId: string;
  readonly family: "contact" | "product";
  readonly id: string;
  readonly name: string;
}) {
  const router = useRouter();
  const [busy, start] = useTransition();
  const include = () =>
    start(async () => {
      const answer = await excludeRecords({ clientId, family, ids: [id], excluded: false });
      notifications.show(
        answer.ok
          ? { message: movedWords(false, answer.data), autoClose: 6_000 }
          : { message: answer.error.message, color: "red", autoClose: 10_000 },
      );
      router.refresh();
    });
  return (
    <Button variant="default" size="compact-xs" loading={busy} onClick={include} aria-label={`Include again: ${name}`}>
      Include again
    </Button>
  );
}
