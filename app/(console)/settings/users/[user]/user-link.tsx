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
      if (answer.ok) notifications.show({ message: "The link is taken back.", color: "ink" });
      else refused(answer.error.message);
    });

  function words(): ReactNode {
    if (disabled) return "Disabled, so no link can be used.";
    if (open) return <>A link is open until {ends}. A new one takes its place.</>;
    if (ends !== null) return <>The last link was not used by {ends}, when it ended.</>;
    if (hasPassword) return "Forgotten? A link sets a new password once, and ends every session.";
    return "There is no open link. Make one to let this user set a password.";
  }

  return (
    <div className={classes.link}>
      <p>{words()}</p>
      {!disabled && (
        <Button variant="default" onClick={renew} loading={busy}>
          {hasPassword ? "Make a password link" : "Make a new link"}
        </Button>
      )}
      {open && !disabled && (
        <Button variant="default" onClick={withdraw} loading={busy}>
          Take the link back
        </Button>
      )}
      <Modal opened={made !== null} onClose={() => setMade(null)} title="The link is ready" closeOnClickOutside={false}>
        {made !== null && <LinkBox made={made} onDone={() => setMade(null)} />}
      </Modal>
    </div>
  );
}
