"use client";

import { Radio, Stack } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { savePostingSettings } from "./actions.ts";

type PostAs = "authorised" | "draft";

/** Whether documents land approved or as drafts. */
export function PostingSettings({
  clientId,
  postAs,
  packageName,
  mayDraft,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly postAs: PostAs;
  readonly packageName: string;
  readonly mayDraft: boolean;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const router = useRouter();
  const [value, setValue] = useState<PostAs>(postAs);
  const [said, setSaid] = useState<{ good: boolean; message: string } | null>(null);
  const [busy, start] = useTransition();
  const choose = (wanted: string) => {
    const next: PostAs = wanted === "draft" ? "draft" : "authorised";
    setValue(next);
    start(async () => {
      const answer = await savePostingSettings({ clientId, postAs: next });
      if (!answer.ok) setValue(postAs);
      setSaid(
        answer.ok
          ? { good: true, message: "Saved. It applies from the next document sent." }
          : { good: false, message: answer.error.message },
      );
      router.refresh();
    });
  };
  return (
    <Stack gap="sm">
      <Radio.Group
        value={value}
        onChange={choose}
        label={`Sales invoices, bills and credit notes land in ${packageName}`}
        description={mayEdit ? undefined : `Only ${editedBy} may change this.`}
      >
        <Stack gap={8} mt={8}>
          <Radio value="authorised" disabled={!mayEdit || busy} label="Authorised: they count in the books at once" />
          <Radio
            value="draft"
            disabled={!mayEdit || busy || !mayDraft}
            label="As drafts: somebody approves them there"
            description={
              mayDraft ? "They are shown here as held as draft, never with a green tick." : `${packageName} takes no drafts.`
            }
          />
        </Stack>
      </Radio.Group>
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </Stack>
  );
}
