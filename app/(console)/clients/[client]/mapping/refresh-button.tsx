"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { refreshAccounts } from "./refresh.ts";

/** Reads accounts, tax rates and lock dates again, while the person waits. */
export function RefreshButton({ clientId, lost }: { readonly clientId: string; readonly lost: boolean }) {
  const router = useRouter();
  const [busy, start] = useTransition();
  const refresh = () =>
    start(async () => {
      const answer = await refreshAccounts({ clientId });
      notifications.show(
        answer.ok
          ? { message: answer.data.message, color: "ink" }
          : { message: answer.error.message, color: "red", autoClose: 10_000 },
      );
      router.refresh();
    });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={15} aria-hidden />}
      onClick={refresh}
      loading={busy}
      disabled={lost}
      title={lost ? "The connection is lost: an administrator must reconnect first." : undefined}
    >
      Refresh accounts
    </Button>
  );
}
