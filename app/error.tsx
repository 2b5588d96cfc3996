"use client";

import { Button } from "@mantine/core";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <main>
      <EmptyState
        title="This page could not be shown"
        body={
          error.digest === undefined
            ? "Something went wrong on our side. Nothing was changed."
            : `Something went wrong on our side. Nothing was changed. Give this number when you ask: ${error.digest}.`
        }
        action={<Button onClick={retry}>Try again</Button>}
      />
    </main>
  );
}
