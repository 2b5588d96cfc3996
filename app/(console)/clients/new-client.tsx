"use client";

import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ActionError } from "#lib/common/answer.ts";
import { slugOf } from "#lib/common/slug.ts";
import { addClient } from "./actions.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}

export function NewClient({
  currencies,
  timeZones,
  locales,
}: {
  readonly currencies: readonly Choice[];
  readonly timeZones: readonly string[];
  readonly locales: readonly Choice[];
}) {
  const router = useRouter();
  const [opened, { open, close }] = useDisclosure(false);
  const [error, setError] = useState<ActionError | null>(null);
  const [name, setName] = useState("");
  /** Null as long as it follows the name. */
  const [slug, setSlug] = useState<string | null>(null);
  const [currency, setCurrency] = useState<string | null>("GBP");
  const [timeZone, setTimeZone] = useState<string | null>("Europe/London");
  const [locale, setLocale] = useState<string | null>("en-GB");
  const [busy, start] = useTransition();
  const faultOf = (field: string) => (error?.field === field ? error.message : undefined);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    start(async () => {
      const answer = await addClient({
        name,
        slug: slug ?? slugOf(name),
        baseCurrency: currency ?? "",
        timeZone: timeZone ?? "",
        locale: locale ?? "",
      });
      setError(answer.ok ? null : answer.error);
      if (answer.ok) router.push(`/clients/${answer.data.slug}`);
    });
  }

  return (
    <>
      <Button onClick={open}>New client</Button>
      <Modal opened={opened} onClose={close} title="New client">
        <form onSubmit={submit} method="post">
          <Stack gap="sm">
            {error !== null && error.field === undefined && <Notice kind="bad">{error.message}</Notice>}
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              withAsterisk={false}
              error={faultOf("name")}
              data-autofocus
            />
            <TextInput
              label="Address"
              description={`/clients/${slug ?? slugOf(name)}`}
              value={slug ?? slugOf(name)}
              onChange={(event) => setSlug(event.currentTarget.value)}
              required
              withAsterisk={false}
              autoCapitalize="none"
              spellCheck={false}
              error={faultOf("slug")}
            />
            <Group grow align="flex-start" gap="sm">
              <Select
                label="Base currency"
                value={currency}
                onChange={setCurrency}
                data={currencies}
                searchable
                allowDeselect={false}
                error={faultOf("baseCurrency")}
              />
              <Select
                label="Time zone"
                value={timeZone}
                onChange={setTimeZone}
                data={timeZones}
                searchable
                allowDeselect={false}
                error={faultOf("timeZone")}
              />
            </Group>
            <Select
              label="Date and number format"
              value={locale}
              onChange={setLocale}
              data={locales}
              searchable
              allowDeselect={false}
              error={faultOf("locale")}
            />
            <Notice kind="info">
              A new client has no codes or records: nominal and tax codes are added from the files you upload.
            </Notice>
            <Button type="submit" loading={busy}>
              Create client
            </Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
