"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { holdRows, releaseRows } from "./actions.ts";
import { HoldModal } from "./hold-modal.tsx";

/** Holds one record back with a reason, or releases it: on the record's own page. */
export function HoldDocument({
  clientId,
  postingId,
  name,
  held,
  error = false,
  compact = false,
}: {
  readonly clientId: string;
  readonly postingId: string;
  readonly name: string;
  readonly held: boolean;
  /** It stands, or stood, in Error Feedback: to hold it is to ignore what stopped it. */
  readonly error?: boolean;
  /** In a table's row. */
  readonly compact?: boolean;
}) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [busy, start] = useTransition();
  const selection = { ids: [postingId] };
  const release = () =>
    start(async () => {
      const answer = await releaseRows({ clientId, selection });
      notifications.show(
        answer.ok
          ? {
              message:
                answer.data.stillWithheld > 0
                  ? `${name} is released, but is still set aside for another reason.`
                  : `${name} is back in Pending Export.`,
              autoClose: 6_000,
            }
          : { message: answer.error.message, color: "red", autoClose: 10_000 },
      );
      router.refresh();
    });
  if (held) {
    return (
      <Button
        variant="default"
        {...(compact ? { size: "compact-xs", "aria-label": `${error ? "Stop ignoring" : "Release"}: ${name}` } : {})}
        leftSection={<IconPlayerPlay size={compact ? 13 : 15} aria-hidden />}
        loading={busy}
        onClick={release}
      >
        {error ? "Stop ignoring" : "Release"}
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" leftSection={<IconHandStop size={15} aria-hidden />} onClick={() => setAsking(true)}>
        {error ? "Ignore" : "Hold"}
      </Button>
      <HoldModal
        what={asking ? name : null}
        how={error ? "ignore" : "hold"}
        onClose={() => setAsking(false)}
        onHold={async (reason) => {
          const answer = await holdRows({ clientId, selection, reason });
          if (!answer.ok) return answer.error.message;
          notifications.show({ message: `${name} is ${error ? "ignored" : "on hold"}.`, autoClose: 6_000 });
          router.refresh();
          return null;
        }}
      />
    </>
  );
}
