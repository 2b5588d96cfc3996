"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { commitUpload, discardUpload, leaveOutLines } from "../actions.ts";
import classes from "./upload.module.css";

/** Commit or discard. The page shows what came of it. */
export function Decide({
  clientSlug,
  importId,
  mayCommit,
  commitLabel,
  mayLeaveOut,
}: {
  clientSlug: string;
  importId: string;
  mayCommit: boolean;
  commitLabel: string;
  mayLeaveOut: boolean;
}) {
  const router = useRouter();
  const [doing, setDoing] = useState<"commit" | "discard" | "leave-out" | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();

  const commit = () =>
    start(async () => {
      setDoing("commit");
      setError(null);
      const answer = await commitUpload({ clientId: clientSlug, importId });
      if (answer.ok) router.refresh();
      else setError(answer.error.message);
    });
  const discard = () =>
    start(async () => {
      setDoing("discard");
      setError(null);
      const answer = await discardUpload({ clientId: clientSlug, importId });
      if (answer.ok) router.push(`/clients/${clientSlug}/documents/upload`);
      else setError(answer.error.message);
    });

  const leaveOut = () =>
    start(async () => {
      setDoing("leave-out");
      setError(null);
      const answer = await leaveOutLines({ clientId: clientSlug, importId });
      if (answer.ok) router.refresh();
      else setError(answer.error.message);
    });

  return (
    <>
      <div className={classes.buttons}>
        {mayLeaveOut && (
          <Button onClick={leaveOut} loading={busy && doing === "leave-out"} disabled={busy}>
            Skip faulty documents and continue
          </Button>
        )}
        {mayCommit && (
          <Button onClick={commit} loading={busy && doing === "commit"} disabled={busy}>
            {commitLabel}
          </Button>
        )}
        <Button variant="default" onClick={discard} loading={busy && doing === "discard"} disabled={busy}>
          Discard
        </Button>
      </div>
      {error !== null && <Notice kind="bad">{error}</Notice>}
    </>
  );
}
