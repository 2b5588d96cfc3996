"use client";

import { notifications } from "@mantine/notifications";
import { useState, useTransition } from "react";
import type { IncomingSelection } from "#lib/allocating/selection.ts";
import { createPayments, readPaymentsNow, stopReading } from "./actions.ts";
import { resultWords } from "./words.ts";

/** What the Import screen does with payments, and which of it is under way. */
export type ImportWork = ReturnType<typeof useImportWork>;

/**
 * Reads payments, stops the reading, and creates & allocates. `onCreated` hears that rows have moved,
 * `ask` that counts and progress are others now.
 */
export function useImportWork(slug: string, ask: () => void, onCreated: () => void) {
  const [creating, startCreating] = useTransition();
  const [asking, startAsking] = useTransition();
  const [stopping, startStopping] = useTransition();
  const [failed, setFailed] = useState<string | null>(null);
  return {
    failed,
    creating,
    asking,
    stopping,
    create: (selection: IncomingSelection) => {
      setFailed(null);
      startCreating(async () => {
        const answer = await createPayments({ clientId: slug, selection });
        if (!answer.ok) {
          setFailed(answer.error.message);
          return;
        }
        onCreated();
        ask();
        const { created, failed: refused } = answer.data;
        notifications.show({
          title: created > 0 ? "Created and allocated" : refused > 0 ? "Not created" : "Nothing to do",
          message: resultWords(answer.data),
          color: refused > 0 ? "red" : "gray",
          autoClose: refused > 0 ? 12_000 : 6_000,
        });
      });
    },
    readNow: () => {
      setFailed(null);
      startAsking(async () => {
        const answer = await readPaymentsNow({ clientId: slug });
        if (!answer.ok) setFailed(answer.error.message);
        ask();
      });
    },
    stop: () => {
      setFailed(null);
      startStopping(async () => {
        const answer = await stopReading({ clientId: slug });
        if (!answer.ok) setFailed(answer.error.message);
        ask();
      });
    },
  };
}
