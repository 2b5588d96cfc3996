"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import type { ActionAnswer } from "#lib/common/answer.ts";

/** Saves one setting at once, says how it went, and draws the page anew. */
export function useSave() {
  const router = useRouter();
  const [said, setSaid] = useState<{ readonly good: boolean; readonly message: string } | null>(null);
  const [busy, start] = useTransition();
  const save = <Data>(work: () => Promise<ActionAnswer<Data>>, say: (data: Data) => string, onRefused?: () => void) =>
    start(async () => {
      const answer = await work();
      if (answer.ok) setSaid({ good: true, message: say(answer.data) });
      else {
        onRefused?.();
        setSaid({ good: false, message: answer.error.message });
      }
      router.refresh();
    });
  return { busy, said, save };
}
