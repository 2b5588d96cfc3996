"use client";

import { Button, Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { Role } from "#db/schema/people.ts";
import type { ActionError } from "#lib/common/answer.ts";
import { saveUser } from "../../actions.ts";
import { isRole, ROLE_OPTIONS } from "../role-options.ts";
import classes from "./user.module.css";

export function UserForm({
  userId,
  email,
  name,
  role,
  isSelf,
}: {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly isSelf: boolean;
}) {
  const [error, setError] = useState<ActionError | null>(null);
  const [chosen, setChosen] = useState<string>(role);
  const [busy, start] = useTransition();
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get("name") ?? "");
    if (!isRole(chosen)) return;
    start(async () => {
      const answer = await saveUser({ userId, name: given, role: chosen });
      setError(answer.ok ? null : answer.error);
      if (answer.ok) notifications.show({ message: `${email} saved. It applies from their next click.`, color: "ink" });
    });
  }

  return (
    <>
      {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
      <form onSubmit={submit} method="post" className={classes.form}>
        <TextInput label="Name" name="name" defaultValue={name} required withAsterisk={false} error={faultOf("name")} />
        <TextInput label="E-mail" value={email} readOnly />
        <Select
          label="Role"
          value={chosen}
          onChange={(value) => setChosen(value ?? role)}
          allowDeselect={false}
          data={ROLE_OPTIONS}
          disabled={isSelf}
          error={faultOf("role")}
        />
        <Button type="submit" loading={busy} className={classes.submit}>
          Save
        </Button>
      </form>
    </>
  );
}
