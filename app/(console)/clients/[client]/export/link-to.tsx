"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { linkAtOffer } from "../matches/actions.ts";
import { slugOf } from "./words.ts";

/** "Link to Delta Ltd": the offer of Matches, answered from the card of what waits for it. */
export function LinkTo({
  offerId,
  externalId,
  name,
  base,
}: {
  readonly offerId: string;
  readonly externalId: string;
  readonly name: string;
  /** `/clients/slug`. */
  readonly base: string;
}) {
  const router = useRouter();
  const [busy, start] = useTransition();
  return (
    <Button
      size="compact-sm"
      disabled={busy}
      onClick={() =>
        start(async () => {
          const answer = await linkAtOffer({ clientId: slugOf({ base }), offerId, externalId });
          notifications.show({
            message: answer.ok ? `Linked to ${name}. Records that were waiting for it are now sent.` : answer.error.message,
            autoClose: 8_000,
          });
          router.refresh();
        })
      }
    >
      Link to {name}
    </Button>
  );
}
