"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { chooseOrganisation } from "../actions.ts";

/** Ties the client to one of the organisations that the consent covers. */
export function ChooseButton({
  clientId,
  choiceId,
  tenantId,
  name,
}: {
  readonly clientId: string;
  readonly choiceId: string;
  readonly tenantId: string;
  readonly name: string;
}) {
  const router = useRouter();
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const choose = () =>
    start(async () => {
      const answer = await chooseOrganisation({ clientId, choiceId, tenantId });
      if (answer.ok) router.replace(`/clients/${clientId}/setup?connected=1`);
      else setError(answer.error.message);
    });
  return (
    <>
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <Button variant="default" loading={busy} onClick={choose} aria-label={`Choose ${name}`}>
        Choose
      </Button>
    </>
  );
}
