"use client";

import { Button, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionError } from "#lib/common/answer.ts";
import { invite } from "../actions.ts";
import { ClientPicker } from "./client-picker.tsx";
import { LinkBox, type MadeLink } from "./link-box.tsx";
import { isRole, ROLE_OPTIONS } from "./role-options.ts";

export function InviteUser() {
  const [opened, { open, close }] = useDisclosure(false);
  const [error, setError] = useState<ActionError | null>(null);
  const [role, setRole] = useState<string>("staff");
  const [clientIds, setClientIds] = useState<string[]>([]);
  const [made, setMade] = useState<MadeLink | null>(null);
  const [busy, start] = useTransition();
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  function begin() {
    setError(null);
    setRole("staff");
    setClientIds([]);
    setMade(null);
    open();
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    if (!isRole(role)) return setError({ code: "input", field: "role", message: "Choose a role." });
    start(async () => {
      const answer = await invite({
        email: text("email"),
        name: text("name"),
        role,
        clientIds: role === "administrator" ? [] : clientIds,
      });
      setError(answer.ok ? null : answer.error);
      if (answer.ok) setMade(answer.data);
    });
  }

  return (
    <>
      <Button onClick={begin}>Invite a user</Button>
      <Modal
        opened={opened}
        onClose={close}
        title={made === null ? "Invite a user" : "The invitation is ready"}
        // A click beside it must not lose a link that is shown once.
        closeOnClickOutside={made === null}
      >
        {made !== null ? (
          <LinkBox made={made} onDone={close} />
        ) : (
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
                value={role}
                onChange={(value) => setRole(value ?? "staff")}
                allowDeselect={false}
                data={ROLE_OPTIONS}
                error={faultOf("role")}
              />
              {role === "administrator" ? (
                <Notice kind="info">An administrator sees every client.</Notice>
              ) : (
                <ClientPicker
                  label="Clients"
                  description="You can change this later"
                  value={clientIds}
                  onChange={setClientIds}
                  error={error?.field?.startsWith("clientIds") ? error.message : undefined}
                />
              )}
              <Button type="submit" loading={busy}>
                Create invitation
              </Button>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}
