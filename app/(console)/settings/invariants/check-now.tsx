"use client";

import { Button } from "@mantine/core";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { useLookAgain } from "#components/ui/use-look-again.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { checkInvariantsNow } from "../actions.ts";

const LOOK_AGAIN_MS = 2_000;

/** Asks the worker for a check, and looks again until it has ended. */
export function CheckNow({ waiting }: { readonly waiting: boolean }) {
  const [answer, setAnswer] = useState<ActionAnswer<unknown> | null>(null);
  const [busy, start] = useTransition();
  useLookAgain(waiting, LOOK_AGAIN_MS);

  return (
    <>
      {answer?.ok === false && <Notice kind="bad">{answer.error.message}</Notice>}
      <Button loading={busy || waiting} onClick={() => start(async () => setAnswer(await checkInvariantsNow({})))}>
        Check now
      </Button>
    </>
  );
}
