"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { Difference } from "#db/schema/postings.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { acceptTheirs, sendOursAgain } from "../corrections/actions.ts";
import type { Wording } from "../export/words.ts";
import classes from "./timeline.module.css";

/** The two ways out of a difference: let theirs stand, or send ours again. */
export function DriftChoices({
  postingId,
  clientId,
  differences,
  acceptedBy,
  mayExport,
  wording,
  onChanged,
}: {
  readonly postingId: string;
  readonly clientId: string;
  readonly differences: readonly Difference[];
  readonly acceptedBy: string | null;
  readonly mayExport: boolean;
  readonly wording: Wording;
  readonly onChanged?: () => void;
}) {
  const router = useRouter();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const ended = differences.some(
    (one) => one.field === "Record" || (one.field === "Status" && ["voided", "deleted"].includes(one.theirs)),
  );
  const put = <Data,>(work: () => Promise<ActionAnswer<Data>>, said: string) =>
    start(async () => {
      const answer = await work();
      if (!answer.ok) return setFailed(answer.error.message);
      setFailed(null);
      notifications.show({ message: said, autoClose: 8_000 });
      onChanged?.();
      router.refresh();
    });
  return (
    <div className={classes.standing}>
      {acceptedBy !== null && (
        <p className={classes.words}>
          {acceptedBy} chose to keep {wording.packageName}’s version.
        </p>
      )}
      {mayExport && (
        <>
          <p className={classes.words}>
            {ended
              ? `Sending ours again makes a new document in ${wording.packageName}, which no longer has the old one.`
              : `Sending ours again overwrites ${wording.packageName}\u2019s version.`}
          </p>
          <div className={classes.buttons}>
            {acceptedBy === null && (
              <Button
                variant="default"
                loading={busy}
                onClick={() =>
                  put(() => acceptTheirs({ clientId, postingIds: [postingId] }), `${wording.packageName}\u2019s version is kept.`)
                }
              >
                Keep {wording.packageName}’s version
              </Button>
            )}
            <Button
              variant="default"
              loading={busy}
              onClick={() => put(() => sendOursAgain({ clientId, postingIds: [postingId] }), "Our version is being sent again.")}
            >
              Send ours again
            </Button>
          </div>
        </>
      )}
      {failed && <Notice kind="bad">{failed}</Notice>}
    </div>
  );
}
