"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import type { ActionAnswer } from "#lib/common/answer.ts";

/** Saves a section, says how it went, and draws the page anew. */
export function useSave() {
  const router = useRouter();
  const [said, setSaid] = useState<{ readonly good: boolean; readonly message: string } | null>(null);
  const [busy, start] = useTransition();
  const save = <Data>(work: () => Promise<ActionAnswer<Data>>, say: (data: Data) => string) =>
    start(async () => {
      const answer = await work();
      setSaid(answer.ok ? { good: true, message: say(answer.data) } : { good: false, message: answer.error.message });
      router.refresh();
    });
  return { busy, said, save };
}
