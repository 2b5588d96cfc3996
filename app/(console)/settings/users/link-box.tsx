"use client";

import { Button, CopyButton, Stack, TextInput } from "@mantine/core";
import { Notice } from "#components/ui/notice.tsx";

export interface MadeLink {
  readonly email: string;
  readonly link: string;
  readonly endsAt: Date;
}

/** A link to hand over, this once. */
export function LinkBox({ made, onDone }: { readonly made: MadeLink; readonly onDone: () => void }) {
  const ends = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "long", timeStyle: "short" }).format(made.endsAt);
  return (
    <Stack gap="sm">
      <Notice kind="info">
        Give this link to {made.email}. It sets a password once, until {ends} UTC, and is not shown again.
      </Notice>
      <TextInput
        label="Link"
        value={made.link}
        readOnly
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: "ui-monospace, monospace", fontSize: 12 } }}
      />
      <CopyButton value={made.link}>
        {({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy link"}</Button>}
      </CopyButton>
      <Button variant="default" onClick={onDone}>
        Done
      </Button>
    </Stack>
  );
}
