"use client";

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { signIn } from "next-auth/react";
import { type FormEvent, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionError } from "#lib/common/answer.ts";
import classes from "../sign-in.module.css";
import { setUpPractice } from "./actions.ts";

export function FirstRunForm() {
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, setBusy] = useState(false);
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    setBusy(true);
    const input = { practice: text("practice"), name: text("name"), email: text("email"), password: text("password") };
    const answer = await setUpPractice(input);
    if (answer.ok) {
      await signIn("credentials", { redirect: false, email: input.email, password: input.password });
      window.location.assign("/");
      return;
    }
    setBusy(false);
    setError(answer.error);
  }

  return (
    <form className={classes.form} onSubmit={submit} method="post">
      {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
      <TextInput label="Practice" name="practice" required autoFocus withAsterisk={false} error={faultOf("practice")} />
      <TextInput label="Your name" name="name" autoComplete="name" required withAsterisk={false} error={faultOf("name")} />
      <TextInput
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        required
        withAsterisk={false}
        error={faultOf("email")}
      />
      <PasswordInput
        label="Password"
        name="password"
        description="At least 12 characters"
        autoComplete="new-password"
        required
        withAsterisk={false}
        error={faultOf("password")}
      />
      <Button type="submit" size="sm" loading={busy} fullWidth>
        Set up
      </Button>
    </form>
  );
}
