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
        body="Once it is connected, payments made there on documents exported from here appear on this screen."
        action={
          <Button component={Link} href={`/clients/${slug}/setup`} variant="default">
            Open Setup
          </Button>
        }
      />
    );
  }
  if (filtered) {
    return <EmptyState title="No payment matches" body="Try another tab, side or search." />;
  }
  return (
    <EmptyState
      title="No payments yet"
      body={`Pay an exported invoice in ${wording.packageName}, then press Read payments now. The payment will appear here, ready to create and allocate.`}
    />
  );
}
