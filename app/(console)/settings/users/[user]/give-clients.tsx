"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, useTransition } from "react";
import { giveClientsToUser } from "../../actions.ts";
import { ClientPicker } from "../client-picker.tsx";

export function GiveClients({ userId }: { readonly userId: string }) {
  const [clientIds, setClientIds] = useState<string[]>([]);
  const [error, setError] = useState<string>();
  const [busy, start] = useTransition();

  const give = () =>
    start(async () => {
      const answer = await giveClientsToUser({ userId, clientIds });
      setError(answer.ok ? undefined : answer.error.message);
      if (!answer.ok) return;
      setClientIds([]);
      notifications.show({ message: `${answer.data.email} now sees ${answer.data.clients.join(", ")}.`, color: "ink" });
    });

  return (
    <>
      <ClientPicker label="Add clients" value={clientIds} onChange={setClientIds} error={error} />
      <Button onClick={give} loading={busy} disabled={clientIds.length === 0}>
        Add
      </Button>
    </>
  );
}
