"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useEffect, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { checkInvariantsNow } from "../actions.ts";

const LOOK_AGAIN_MS = 2_000;

/** Asks the worker for a check, and looks again until it has ended. */
export function CheckNow({ waiting }: { readonly waiting: boolean }) {
  const [answer, setAnswer] = useState<ActionAnswer<unknown> | null>(null);
  const [busy, start] = useTransition();
  const router = useRouter();

  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => router.refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [waiting, router]);

  return (
    <>
      {answer?.ok === false && <Notice kind="bad">{answer.error.message}</Notice>}
      <Button loading={busy || waiting} onClick={() => start(async () => setAnswer(await checkInvariantsNow({})))}>
        Check now
      </Button>
    </>
  );
}
