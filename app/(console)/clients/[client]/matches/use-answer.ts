"use client";

import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import type { ActionAnswer } from "#lib/common/answer.ts";

/** Gives an answer, says what came of it, and draws the page anew; `failed` is why the last one was not taken. */
export function useAnswer() {
  const router = useRouter();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const put = <Data>(work: () => Promise<ActionAnswer<Data>>, said: string) =>
    start(async () => {
      const answer = await work();
      setFailed(answer.ok ? null : answer.error.message);
      if (answer.ok) notifications.show({ message: said, autoClose: 8_000 });
      router.refresh();
    });
  return { put, busy, failed };
}
