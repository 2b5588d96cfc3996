"use client";

import { Button, TextInput } from "@mantine/core";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import { addBank } from "./actions.ts";
import classes from "./mapping.module.css";

/** A bank nominal for a client whose files never named one. */
export function AddBankNominal({ clientId, none }: { readonly clientId: string; readonly none: boolean }) {
  const router = useRouter();
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    start(async () => {
      const answer = await addBank({ clientId, code: String(given.get("code") ?? ""), name: String(given.get("name") ?? "") });
      setError(answer.ok ? null : answer.error.message);
      if (!answer.ok) return;
      form.reset();
      router.refresh();
    });
  }

  return (
    <div className={classes.shared}>
      <Panel title={none ? "Add your first bank nominal" : "Add a bank nominal"} padded>
        {error !== null && <Notice kind="bad">{error}</Notice>}
        <form className={classes.add} onSubmit={submit}>
          <TextInput label="Code" name="code" size="xs" required withAsterisk={false} maxLength={50} />
          <TextInput label="Name" name="name" size="xs" required withAsterisk={false} maxLength={200} />
          <Button type="submit" variant="default" loading={busy}>
            Add
          </Button>
        </form>
      </Panel>
    </div>
  );
}
