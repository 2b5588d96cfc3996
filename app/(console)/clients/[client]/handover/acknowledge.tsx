"use client";

import { Button } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { acknowledgeHandover } from "./actions.ts";

/** Says that the operational system has read a file. */
export function Acknowledge({
  clientId,
  fileId,
  number,
  rowCount,
}: {
  readonly clientId: string;
  readonly fileId: string;
  readonly number: number;
  readonly rowCount: number;
}) {
  const lines = `${new Intl.NumberFormat("en-GB").format(rowCount)} ${rowCount === 1 ? "line" : "lines"}`;
  const ask = () =>
    modals.openConfirmModal({
      title: `Acknowledge file ${number}?`,
      children: `The operational system has read all its ${lines}. They are not offered again.`,
      labels: { confirm: `It has read ${lines}`, cancel: "Not yet" },
      onConfirm: async () => {
        const answer = await acknowledgeHandover({ clientId, fileId, rowCount });
        notifications.show(
          answer.ok
            ? { message: `File ${number} is acknowledged.`, color: "ink" }
            : { message: answer.error.message, color: "red" },
        );
      },
    });
  return (
    <Button variant="default" size="xs" onClick={ask}>
      Acknowledge file {number}
    </Button>
  );
}
