"use client";

import { Button, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState, useTransition } from "react";
import { saveProfile } from "../actions.ts";
import classes from "./profile.module.css";

export function NameForm({ name }: { readonly name: string }) {
  const [error, setError] = useState<string>();
  const [busy, start] = useTransition();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get("name") ?? "");
    start(async () => {
      const answer = await saveProfile({ name: given });
      setError(answer.ok ? undefined : answer.error.message);
      if (answer.ok) notifications.show({ message: "Your name is saved.", color: "ink" });
    });
  }

  return (
    <form onSubmit={submit} method="post" className={classes.form}>
      <TextInput
        label="Name"
        name="name"
        description="Shown to colleagues beside your actions"
        defaultValue={name}
        autoComplete="name"
        required
        withAsterisk={false}
        error={error}
      />
      <Button type="submit" loading={busy} className={classes.submit}>
        Save name
      </Button>
    </form>
  );
}
