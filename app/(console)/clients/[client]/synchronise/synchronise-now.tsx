"use client";

import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { formatCount } from "#components/grid/words.ts";
import { useWorkerDown } from "#components/shell/worker-down.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import { personWords } from "#lib/common/person-words.ts";
import type { RunningRun, SynchronisePreview } from "#lib/posting/synchronise.ts";
import { causeHeadline, type Wording } from "../export/words.ts";
import { RUN_WORDS } from "../runs/words.ts";
import { previewSynchronise, synchroniseNow } from "./actions.ts";
import classes from "./synchronise.module.css";
import { changeRows } from "./words.ts";

/** One command: shows what would be sent, and on Yes sends exactly that and reads payments. */
export function SynchroniseNow({ clientId, wording }: { readonly clientId: string; readonly wording: Wording }) {
  const { locale } = wording;
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const [preview, setPreview] = useState<SynchronisePreview | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const look = async () => {
    setOpened(true);
    setPreview(null);
    const answer = await previewSynchronise({ clientId });
    if (answer.ok) setPreview(answer.data);
    else setFailed(answer.error.message);
  };
  const start = async () => {
    if (preview === null) return;
    setBusy(true);
    setFailed(null);
    const answer = await synchroniseNow({ clientId, hash: preview.hash }).finally(() => setBusy(false));
    if (!answer.ok) {
      setFailed(answer.error.message);
      if (answer.error.code === "changed") await look();
      return;
    }
    const { run, started } = answer.data;
    setOpened(false);
    notifications.show({
      message: started
        ? `Run ${run.number} started.`
        : `Run ${run.number} is already in progress, started by ${personWords(run.startedBy)}.`,
      autoClose: 6_000,
    });
    router.push(`/clients/${clientId}/runs/${run.id}`);
  };
  const down = useWorkerDown();
  const nothingReady = preview !== null && preview.changes.length === 0;
  return (
    <>
      <Button
        leftSection={<IconRefresh size={15} stroke={2} aria-hidden />}
        disabled={down !== undefined}
        title={down}
        onClick={() => {
          setFailed(null);
          void look();
        }}
      >
        Synchronise now
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Synchronise now" size="lg" centered>
        <Stack gap="sm">
          {failed !== null && <Notice kind="bad">{failed}</Notice>}
          {preview === null && failed === null && (
            <>
              <Skeleton height={14} width="60%" />
              <Skeleton height={80} />
            </>
          )}
          {preview !== null && preview.running !== null && <Running run={preview.running} clientId={clientId} />}
          {preview !== null && preview.running === null && (
            <>
              {preview.blockers.map((blocker) => (
                <Notice key={blocker} kind="warning">
                  {blocker}
                </Notice>
              ))}
              {preview.open.length > 0 && (
                <Notice kind="warning">
                  {preview.open.map(({ name, what }) => (
                    <div key={`${name} ${what}`}>
                      {name} has {what} open: changes made there now are not in this run.
                    </div>
                  ))}
                </Notice>
              )}
              {nothingReady ? (
                <Text size="sm">Nothing is ready to be sent.</Text>
              ) : (
                <PlainTable label="What would be sent">
                  <thead>
                    <tr>
                      <th scope="col">Type</th>
                      <th scope="col" data-align="end">
                        To create
                      </th>
                      <th scope="col" data-align="end">
                        To update
                      </th>
                      <th scope="col" data-align="end">
                        Gross
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {changeRows(preview.changes, locale).map((row) => (
                      <tr key={row.label}>
                        <th scope="row">{row.label}</th>
                        <td data-align="end">{formatCount(row.create, locale)}</td>
                        <td data-align="end">{formatCount(row.update, locale)}</td>
                        <td data-align="end" className={classes.money}>
                          {row.amount}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </PlainTable>
              )}
              {preview.blocked.count > 0 && (
                <div className={classes.blocked}>
                  <strong>
                    {formatCount(preview.blocked.count, locale)} {preview.blocked.count === 1 ? "row stays" : "rows stay"} in
                    Pending Export, blocked:
                  </strong>
                  <ul>
                    {preview.blocked.causes.map((cause) => (
                      <li key={`${cause.code} ${cause.value}`}>{causeHeadline(cause, wording)}</li>
                    ))}
                  </ul>
                </div>
              )}
              <Text size="sm">
                {preview.readsPayments
                  ? "Payments are read as well. Nothing has been sent yet."
                  : "The connection is one-way, so payments are not read. Nothing has been sent yet."}
              </Text>
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={() => setOpened(false)} data-autofocus>
                  No
                </Button>
                <Button loading={busy} disabled={preview.blockers.length > 0} onClick={() => void start()}>
                  Yes, synchronise
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </Modal>
    </>
  );
}

function Running({ run, clientId }: { readonly run: RunningRun; readonly clientId: string }) {
  return (
    <Notice kind="info">
      Run {run.number} ({RUN_WORDS[run.kind]}), started by {personWords(run.startedBy)}, is in progress. Start another when it has
      ended.{" "}
      <Link href={`/clients/${clientId}/runs/${run.id}`} className={classes.link}>
        See run {run.number}
      </Link>
    </Notice>
  );
}
