"use client";

import { Button } from "@mantine/core";
import Link from "next/link";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import type { Wording } from "./words.ts";

/** What the grid says while it has no rows, and what would fill it. */
export function Nothing({
  overview,
  filtered,
  slug,
  wording,
}: {
  readonly overview: ImportOverview;
  readonly filtered: boolean;
  readonly slug: string;
  readonly wording: Wording;
}) {
  if (overview.connection === null) {
    return (
      <EmptyState
        title="No accounting package is connected"
        body="Payments made there on documents that were exported from here come in on this screen."
        action={
          <Button component={Link} href={`/clients/${slug}/setup`} variant="default">
            Open Setup
          </Button>
        }
      />
    );
  }
  if (filtered) {
    return <EmptyState title="No payment matches" body="Another tab, side or other words may show some." />;
  }
  return (
    <EmptyState
      title="No payments yet"
      body={`Pay an exported invoice in ${wording.packageName}, then press Read payments now: the payment stands here, ready to be created and allocated.`}
    />
  );
}
