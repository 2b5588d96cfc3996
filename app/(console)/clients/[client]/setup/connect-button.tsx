"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import { connectPackage } from "./actions.ts";

/** Sends the browser to the package's own consent page. */
export function ConnectButton({
  clientId,
  packageId,
  label,
  primary = false,
}: {
  readonly clientId: string;
  readonly packageId: string;
  readonly label: string;
  readonly primary?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const connect = async () => {
    setBusy(true);
    const answer = await connectPackage({ clientId, packageId });
    if (answer.ok) {
      window.location.assign(answer.data.url);
      return;
    }
    setBusy(false);
    notifications.show({ message: answer.error.message, color: "red", autoClose: 10_000 });
  };
  return (
    <Button
      variant={primary ? "filled" : "default"}
      leftSection={<IconPlugConnected size={15} aria-hidden />}
      loading={busy}
      onClick={connect}
    >
      {label}
    </Button>
  );
}
