"use client";

import { Checkbox } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { excludeRecords } from "./actions.ts";
import { movedWords } from "./words.ts";

/** "Exclude from Accounting Integration" of one customer, supplier or product. */
export function ExcludeSwitch({
  clientId,
  family,
  id,
  excluded,
  mayEdit,
}: {
  readonly clientId: string;
  readonly family: "contact" | "product";
  readonly id: string;
  readonly excluded: boolean;
  readonly mayEdit: boolean;
}) {
  const router = useRouter();
  const [ticked, setTicked] = useState(excluded);
  const [busy, start] = useTransition();
  const change = (next: boolean) => {
    setTicked(next);
    start(async () => {
      const answer = await excludeRecords({ clientId, family, ids: [id], excluded: next });
      if (!answer.ok) setTicked(!next);
      notifications.show(
        answer.ok
          ? { message: movedWords(next, answer.data), autoClose: 6_000 }
          : { message: answer.error.message, color: "red", autoClose: 10_000 },
      );
      router.refresh();
    });
  };
  return (
    <Checkbox
      label="Exclude from Accounting Integration"
      checked={ticked}
      disabled={!mayEdit || busy}
      onChange={(event) => change(event.currentTarget.checked)}
    />
  );
}
