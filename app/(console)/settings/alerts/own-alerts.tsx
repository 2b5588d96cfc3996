"use client";

import { Button, Radio, Stack, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { AlertSettings } from "#lib/alerts/settings.ts";
import type { ActionError } from "#lib/common/answer.ts";
import { ClientPicker } from "../users/client-picker.tsx";
import { saveAlerts } from "./actions.ts";
import classes from "./alerts.module.css";

/** A person's own choice: which events, of which clients. */
export function OwnAlerts({
  settings,
  known,
  all,
}: {
  readonly settings: AlertSettings;
  /** Names of the clients chosen now. */
  readonly known: Readonly<Record<string, string>>;
  /** What "all" means for this person. */
  readonly all: string;
}) {
  const [digest, setDigest] = useState(settings.digest);
  const [immediate, setImmediate] = useState(settings.immediate);
  const [some, setSome] = useState(settings.clients !== "all");
  const [chosen, setChosen] = useState<string[]>(settings.clients === "all" ? [] : settings.clients);
  const [error, setError] = useState<ActionError | null>(null);
  const [busy, start] = useTransition();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    start(async () => {
      const answer = await saveAlerts({ digest, immediate, clients: some ? chosen : "all" });
      setError(answer.ok ? null : answer.error);
      if (answer.ok) notifications.show({ message: "Your alerts are saved.", color: "ink" });
    });
  }

  return (
    <form onSubmit={submit} method="post" className={classes.form}>
      {error !== null && error.field !== "clients" && <Notice kind="bad">{error.message}</Notice>}
      <Switch
        label="A digest after each nightly run"
        description="What the run did, open errors by cause, and what was fixed since: one e-mail a run"
        checked={digest}
        onChange={(change) => setDigest(change.currentTarget.checked)}
      />
      <Switch
        label="Immediately when a connection is lost"
        description="Nothing is sent or read for the client until an administrator reconnects it"
        checked={immediate}
        onChange={(change) => setImmediate(change.currentTarget.checked)}
      />
      <Radio.Group label="Which clients" value={some ? "some" : "all"} onChange={(value) => setSome(value === "some")}>
        <Stack gap={8} mt={6}>
          <Radio value="all" label={all} />
          <Radio value="some" label="Only these" />
        </Stack>
      </Radio.Group>
      {some && (
        <ClientPicker
          label="Clients"
          source="/api/practice/own-clients"
          known={known}
          value={chosen}
          onChange={setChosen}
          error={error?.field === "clients" ? error.message : undefined}
        />
      )}
      <Button type="submit" loading={busy} className={classes.submit}>
        Save alerts
      </Button>
    </form>
  );
}
