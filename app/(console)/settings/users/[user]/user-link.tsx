"use client";

import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type ReactNode, useState, useTransition } from "react";
import { renewLink, withdrawLink } from "../../actions.ts";
import { LinkBox, type MadeLink } from "../link-box.tsx";
import classes from "./user.module.css";

export function UserLink({
  userId,
  hasPassword,
  disabled,
  open,
  ends,
}: {
  readonly userId: string;
  readonly hasPassword: boolean;
  readonly disabled: boolean;
  readonly open: boolean;
  readonly ends: ReactNode;
}) {
  const [made, setMade] = useState<MadeLink | null>(null);
  const [busy, start] = useTransition();
  const refused = (message: string) => notifications.show({ message, color: "red", role: "alert" });

  const renew = () =>
    start(async () => {
      const answer = await renewLink({ userId });
      if (answer.ok) setMade(answer.data);
      else refused(answer.error.message);
    });
  const withdraw = () =>
    start(async () => {
      const answer = await withdrawLink({ userId });
      if (answer.ok) notifications.show({ message: "The link is cancelled.", color: "ink" });
      else refused(answer.error.message);
    });

  function words(): ReactNode {
    if (disabled) return "This user is disabled, so no link works.";
    if (open) return <>A link is open until {ends}. A new link replaces it.</>;
    if (ends !== null) return <>The last link was not used by {ends}, when it ended.</>;
    if (hasPassword) return "Password forgotten? A link sets a new password once and ends every session.";
    return "No open link. Create one so that this user can set a password.";
  }

  return (
    <div className={classes.link}>
      <p>{words()}</p>
      {!disabled && (
        <Button variant="default" onClick={renew} loading={busy}>
          {hasPassword ? "Create a password link" : "Create a new link"}
        </Button>
      )}
      {open && !disabled && (
        <Button variant="default" onClick={withdraw} loading={busy}>
          Cancel the link
        </Button>
      )}
      <Modal opened={made !== null} onClose={() => setMade(null)} title="The link is ready" closeOnClickOutside={false}>
        {made !== null && <LinkBox made={made} onDone={() => setMade(null)} />}
      </Modal>
    </div>
  );
}
