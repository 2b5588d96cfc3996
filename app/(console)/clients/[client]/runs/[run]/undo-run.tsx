"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { countWords } from "#lib/common/count-words.ts";
import { UndoDialog } from "../../import/undo-dialog.tsx";
import type { Wording } from "../../import/words.ts";

/** Takes back all payments that a run created; the dialogue says first what it touches, and what stays. */
export function UndoRun({ runId, slug, wording }: { readonly runId: string; readonly slug: string; readonly wording: Wording }) {
  const [open, setOpen] = useState(false);
  const router = useRouter();
  const selection = useMemo(() => ({ run: runId }), [runId]);
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Undo this run
      </Button>
      <UndoDialog
        selection={open ? selection : null}
        slug={slug}
        wording={wording}
        onClose={() => setOpen(false)}
        onDone={({ payments, refused }) => {
          setOpen(false);
          router.refresh();
          const { locale } = wording;
          notifications.show({
            title: "Undone",
            message: `${countWords(payments, "payment", locale)} undone; staff can create ${payments === 1 ? "it" : "them"} again on Import.${refused > 0 ? ` ${countWords(refused, "payment", locale)} not undone.` : ""}`,
            color: "gray",
          });
        }}
      />
    </>
  );
}
