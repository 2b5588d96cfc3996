"use client";

import { Button, PasswordInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionError } from "#lib/common/answer.ts";
import { changePassword } from "../actions.ts";
import classes from "./profile.module.css";

const FIELDS = [
  { name: "old", label: "Current password", autoComplete: "current-password" },
  { name: "password", label: "New password", autoComplete: "new-password", description: "At least 12 characters" },
  { name: "again", label: "New password again", autoComplete: "new-password" },
] as const;

export function PasswordForm({ email }: { readonly email: string }) {
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, start] = useTransition();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    if (text("password") !== text("again")) {
      setError({ code: "input", field: "again", message: "The passwords don't match." });
      return;
    }
    start(async () => {
      const answer = await changePassword({ old: text("old"), password: text("password") });
      setError(answer.ok ? null : answer.error);
      if (!answer.ok) return;
      form.reset();
      const ended = answer.data.endedSessions;
      notifications.show({
        message: `Your password is changed.${ended === 0 ? "" : ` ${ended === 1 ? "Your other session is" : `Your ${ended} other sessions are`} ended.`}`,
        color: "ink",
      });
    });
  }

  return (
    <form onSubmit={submit} method="post" className={classes.form}>
      {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
      <input type="hidden" name="email" value={email} autoComplete="username" />
      {FIELDS.map((field) => (
        <PasswordInput
          key={field.name}
          {...field}
          required
          withAsterisk={false}
          error={error?.field === field.name ? error.message : undefined}
          visibilityToggleButtonProps={{ "aria-label": `Show password: ${field.label}`, tabIndex: 0 }}
        />
      ))}
      <Button type="submit" loading={busy} className={classes.submit}>
        Change password
      </Button>
    </form>
  );
}
