"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { HoldModal } from "../../withheld/hold-modal.tsx";
import { dismissCorrection } from "../actions.ts";

/** Takes the work of a correction off the list, with a reason. */
export function Dismiss({
  clientId,
  correctionId,
  number,
}: {
  readonly clientId: string;
  readonly correctionId: string;
  readonly number: string;
}) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Dismiss
      </Button>
      <HoldModal
        what={asking ? `what is left of ${number}` : null}
        how="dismiss"
        onClose={() => setAsking(false)}
        onHold={async (reason) => {
          const answer = await dismissCorrection({ clientId, correctionId, reason });
          if (!answer.ok) return answer.error.message;
          notifications.show({ message: `The correction of ${number} is dismissed.`, autoClose: 6_000 });
          router.refresh();
          return null;
        }}
      />
    </>
  );
}
