"use client";

import { Button, Loader, PasswordInput } from "@mantine/core";
import { signIn } from "next-auth/react";
import { type FormEvent, useEffect, useState } from "react";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { Invitation } from "#lib/auth/invitations.ts";
import type { ActionAnswer, ActionError } from "#lib/common/answer.ts";
import classes from "../sign-in.module.css";
import { openInvitation, setFirstPassword } from "./actions.ts";

/** The token stands behind the `#`, so that only this script sees it. */
const tokenHere = () => window.location.hash.slice(1);

export function InvitationForm() {
  const [found, setFound] = useState<ActionAnswer<Invitation> | null>(null);
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let left = false;
    const look = () =>
      openInvitation({ token: tokenHere() }).then((answer) => {
        if (!left) setFound(answer);
      });
    void look();
    // Another link pasted into the same tab changes the part behind the `#` alone.
    window.addEventListener("hashchange", look);
    return () => {
      left = true;
      window.removeEventListener("hashchange", look);
    };
  }, []);

  if (found === null) {
    return (
      <>
        <h1 className={classes.title}>Your invitation</h1>
        <p className={classes.lead}>Looking it up …</p>
        <Loader size="sm" aria-hidden />
      </>
    );
  }
  if (!found.ok) {
    return (
      <div className={classes.form}>
        <h1 className={classes.title}>This invitation cannot be used</h1>
        <Notice kind="bad">{found.error.message}</Notice>
        <LinkButton href="/sign-in" variant="default" size="sm" fullWidth>
          Go to sign-in
        </LinkButton>
      </div>
    );
  }
  const { name, email, practice } = found.data;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const password = String(given.get("password") ?? "");
    if (password !== String(given.get("again") ?? "")) {
      setError({ code: "input", field: "again", message: "The passwords don't match." });
      return;
    }
    setBusy(true);
    const answer = await setFirstPassword({ token: tokenHere(), password });
    if (answer.ok) {
      await signIn("credentials", { redirect: false, email, password });
      window.location.assign("/");
      return;
    }
    setBusy(false);
    if (answer.error.code.startsWith("link-")) setFound(answer);
    else setError(answer.error);
  }
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  return (
    <>
      <h1 className={classes.title}>Welcome, {name}</h1>
      <p className={classes.lead}>Set a password to sign in to the console of {practice} with.</p>
      <form className={classes.form} onSubmit={submit} method="post">
        {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
        <p className={classes.account}>
          You sign in as <strong>{email}</strong>
        </p>
        <input type="hidden" name="email" value={email} autoComplete="username" />
        <PasswordInput
          label="Password"
          name="password"
          description="At least 12 characters"
          autoComplete="new-password"
          required
          autoFocus
          withAsterisk={false}
          error={faultOf("password")}
          visibilityToggleButtonProps={{ "aria-label": "Show password", tabIndex: 0 }}
        />
        <PasswordInput
          label="Password again"
          name="again"
          autoComplete="new-password"
          required
          withAsterisk={false}
          error={faultOf("again")}
          visibilityToggleButtonProps={{ "aria-label": "Show password again", tabIndex: 0 }}
        />
        <Button type="submit" size="sm" loading={busy} fullWidth>
          Set password and sign in
        </Button>
      </form>
    </>
  );
}
