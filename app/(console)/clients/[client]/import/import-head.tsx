"use client";

import { Button } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useWorkerDown } from "#components/shell/worker-down.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import { ReadAsOf } from "./read-as-of.tsx";
import type { ImportWork } from "./use-import-work.ts";
import { isReading } from "./use-overview.ts";
import type { Wording } from "./words.ts";

/** The screen's title: how fresh the payments are, and the ways to read them now or hand them on. */
export function ImportHead({
  slug,
  overview,
  work,
  stopped,
  mayCreate,
  wording,
}: {
  readonly slug: string;
  readonly overview: ImportOverview;
  readonly work: ImportWork;
  /** Why payments are not read; null while they are. */
  readonly stopped: string | null;
  readonly mayCreate: boolean;
  readonly wording: Wording;
}) {
  const down = useWorkerDown();
  const reading = isReading(overview) || work.asking;
  return (
    <PageTitle
      title="Import"
      aside={<ReadAsOf overview={overview} reading={reading} wording={wording} />}
      actions={
        mayCreate && (
          <>
            <LinkButton href={`/clients/${slug}/handover`} variant="default">
              Export to operational system
            </LinkButton>
            {isReading(overview) && (
              <Button
                variant="default"
                onClick={work.stop}
                loading={work.stopping}
                disabled={overview.lastRead?.state === "stopping"}
                leftSection={<IconPlayerStop size={16} stroke={1.8} aria-hidden />}
              >
                Stop
              </Button>
            )}
            <Button
              variant="default"
              onClick={work.readNow}
              loading={reading}
              disabled={overview.connection !== "live" || stopped !== null || down !== undefined}
              title={
                stopped ?? down ?? (overview.connection === "live" ? undefined : "There is no live connection to read from.")
              }
              leftSection={<IconRefresh size={16} stroke={1.8} aria-hidden />}
            >
              Read payments now
            </Button>
          </>
        )
      }
    />
  );
}
