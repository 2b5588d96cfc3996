"use client";

import { Button, Modal, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { Role } from "#db/schema/people.ts";
import { ROLE_LABELS } from "#lib/auth/permissions.ts";
import type { ActionError } from "#lib/common/answer.ts";
import { createUser } from "../actions.ts";

const isRole = (value: string): value is Role => Object.hasOwn(ROLE_LABELS, value);

export function AddUser() {
  const [opened, { open, close }] = useDisclosure(false);
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, start] = useTransition();
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    const role = text("role");
    if (!isRole(role)) return setError({ code: "input", field: "role", message: "Choose a role." });
    start(async () => {
      const answer = await createUser({ email: text("email"), name: text("name"), role, password: text("password") });
      setError(answer.ok ? null : answer.error);
      if (!answer.ok) return;
      close();
      notifications.show({ message: `${answer.data.email} may sign in.`, color: "ink" });
    });
  }

  return (
    <>
      <Button onClick={open}>Add a user</Button>
      <Modal opened={opened} onClose={close} title="Add a user">
        <form onSubmit={submit} method="post">
          <Stack gap="sm">
            {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
            <TextInput
              label="E-mail"
              name="email"
              type="email"
              required
              withAsterisk={false}
              error={faultOf("email")}
              data-autofocus
            />
            <TextInput label="Name" name="name" required withAsterisk={false} error={faultOf("name")} />
            <Select
              label="Role"
              name="role"
              defaultValue="staff"
              allowDeselect={false}
              data={Object.entries(ROLE_LABELS).map(([value, label]) => ({ value, label }))}
              error={faultOf("role")}
            />
            <PasswordInput
              label="First password"
              name="password"
              description="At least 12 characters"
              autoComplete="new-password"
              required
              withAsterisk={false}
              error={faultOf("password")}
            />
            <Button type="submit" loading={busy}>
              Add
            </Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
