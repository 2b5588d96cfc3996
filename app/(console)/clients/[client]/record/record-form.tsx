"use client";

import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { saveRecord } from "./actions.ts";
import { FORMS, type FormOptions, type FormValues, type FormWhat } from "./form-fields.ts";
import { FormInput } from "./form-input.tsx";
import classes from "./timeline.module.css";

/** "New …" and "Edit": a dialog with the record's fields. What is wrong is said at its field. */
export function RecordForm({
  what,
  clientId,
  base,
  values,
  id,
  options,
  newLabel,
}: {
  readonly what: FormWhat;
  readonly clientId: string;
  /** `/clients/slug`. */
  readonly base: string;
  /** As the record stands; of a new one, what it begins with. */
  readonly values: FormValues;
  /** Null for a new record. */
  readonly id: string | null;
  readonly options: FormOptions;
  /** "New supplier", where the kind has more than one name. */
  readonly newLabel?: string;
}) {
  const form = FORMS[what];
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [given, setGiven] = useState<FormValues>(values);
  const [fault, setFault] = useState<{ field: string | null; words: string; queued: boolean } | null>(null);
  const [busy, start] = useTransition();
  const open = () => {
    setGiven(values);
    setFault(null);
    setOpened(true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put(false);
  };
  const put = (withdraw: boolean) =>
    start(async () => {
      setFault(null);
      const answer = await saveRecord({ clientId, record: form.record(id, given), withdraw });
      if (!answer.ok) {
        setFault({
          field: answer.error.field?.replace(/^record\./, "") ?? null,
          words: answer.error.message,
          queued: answer.error.code === "queued",
        });
        return;
      }
      const { reference, outcome } = answer.data;
      notifications.show({
        message: outcome === "unchanged" ? `${reference} was not changed.` : `${reference} saved.`,
        autoClose: 6_000,
      });
      setOpened(false);
      if (outcome === "made") router.push(`${base}/${form.path(given)}/${answer.data.id}`);
      else router.refresh();
    });
  const set = (name: string, value: string | boolean) => setGiven((before) => ({ ...before, [name]: value }));
  const named = form.fields.some((field) => field.name === fault?.field);
  return (
    <>
      <Button variant="default" onClick={open}>
        {id === null ? (newLabel ?? form.newLabel) : "Edit"}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={id === null ? (newLabel ?? form.newLabel) : `Edit ${form.label}`}
        size="md"
      >
        <form onSubmit={submit} className={classes.form} noValidate>
          {fault && !named && <Notice kind="bad">{fault.words}</Notice>}
          {form.fields.map((field, index) => (
            <FormInput
              key={field.name}
              field={field}
              value={given[field.name]}
              error={fault?.field === field.name ? fault.words : undefined}
              options={options}
              isNew={id === null}
              focus={index === 0}
              onChange={(value) => set(field.name, value)}
            />
          ))}
          <div className={classes.buttons}>
            <Button variant="default" onClick={() => setOpened(false)}>
              Cancel
            </Button>
            {fault?.queued ? (
              <Button loading={busy} onClick={() => put(true)}>
                Withdraw and save
              </Button>
            ) : (
              <Button type="submit" loading={busy}>
                Save
              </Button>
            )}
          </div>
        </form>
      </Modal>
    </>
  );
}
