"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { type ReactNode, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { AmendedSince } from "#db/queries/reissue.ts";
import { creditAndReissue } from "../corrections/actions.ts";
import type { Wording } from "../export/words.ts";
import { supplementaryWords } from "./supplementary.ts";
import classes from "./timeline.module.css";

/** The proposal where a change may not be made in place: a credit note and a reissue, made on a yes alone. */
export function Reissue({
  postingId,
  clientId,
  wording,
  amended,
  plan,
  voided,
}: {
  readonly postingId: string;
  readonly clientId: string;
  readonly wording: Wording;
  /** What the package was sent, and what the document is now; null for one that was voided. */
  readonly amended: AmendedSince | null;
  /** What it will do, as debits and credits. */
  readonly plan: ReactNode;
  /** It was voided at the source: it is only credited. */
  readonly voided: boolean;
}) {
  const router = useRouter();
  const [asked, setAsked] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const make = () =>
    start(async () => {
      const answer = await creditAndReissue({ clientId, postingId });
      if (!answer.ok) return setFailed(answer.error.message);
      const { creditNote, reissue } = answer.data;
      notifications.show({ message: `${[creditNote, reissue].filter(Boolean).join(" and ")} being sent.`, autoClose: 8_000 });
      router.refresh();
    });
  return (
    <div className={classes.standing}>
      {amended !== null && <p className={classes.words}>{supplementaryWords(amended, wording)}</p>}
      {asked && plan}
      <div className={classes.buttons}>
        {asked ? (
          <>
            <Button variant="default" disabled={busy} onClick={() => setAsked(false)}>
              No
            </Button>
            <Button loading={busy} onClick={make}>
              {voided ? "Yes, make it" : "Yes, make them"}
            </Button>
          </>
        ) : (
          <Button variant="default" onClick={() => setAsked(true)}>
            {voided ? "Credit note" : "Credit note and reissue"}
          </Button>
        )}
      </div>
      {failed && <Notice kind="bad">{failed}</Notice>}
    </div>
  );
}
