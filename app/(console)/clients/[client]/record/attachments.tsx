"use client";

import { Button, FileButton } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { useLookAgain } from "#components/ui/use-look-again.ts";
import type { AttachmentRow } from "#db/queries/export/timeline.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { personWords } from "#lib/common/person-words.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { reasonWords, type Wording } from "../export/words.ts";
import { removeFile, retryFile } from "./actions.ts";
import classes from "./timeline.module.css";

/** While a file is on its way the page looks again by itself, for a while: then the reader is somewhere else. */
const LOOK_MS = 2_000;
const MOST_LOOKS = 30;

/** A document's files: added here, and put to the document in the package once it is there. */
export function Attachments({
  files,
  documentId,
  clientId,
  wording,
  mayChange,
  connected,
  inPackage,
}: {
  readonly files: readonly AttachmentRow[];
  readonly documentId: string;
  readonly clientId: string;
  readonly wording: Wording;
  readonly mayChange: boolean;
  readonly connected: boolean;
  /** The package holds the document already, so that a file goes at once. */
  readonly inPackage: boolean;
}) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ kind: "good" | "bad"; words: string } | null>(null);
  const onItsWay = inPackage && files.some((file) => file.state === "waiting");
  useLookAgain(onItsWay, LOOK_MS, MOST_LOOKS);

  const add = async (file: File | null) => {
    if (!file) return;
    setBusy(true);
    setSaid(null);
    try {
      const answer = await fetch(
        `/api/clients/${clientId}/documents/${documentId}/attachments?name=${encodeURIComponent(file.name)}`,
        { method: "POST", body: file },
      );
      const body = (await answer.json().catch(() => null)) as { fileName?: string; error?: { message?: string } } | null;
      if (answer.ok && body?.fileName) setSaid({ kind: "good", words: `${body.fileName} is attached.` });
      else setSaid({ kind: "bad", words: body?.error?.message ?? "The file could not be attached." });
      router.refresh();
    } catch {
      setSaid({ kind: "bad", words: "The console cannot be reached. Check your connection." });
    } finally {
      setBusy(false);
    }
  };
  const act = async (work: () => Promise<ActionAnswer<{ fileName: string }>>, done: string) => {
    setBusy(true);
    const answer = await work();
    setBusy(false);
    setSaid(
      answer.ok ? { kind: "good", words: `${answer.data.fileName} ${done}` } : { kind: "bad", words: answer.error.message },
    );
    router.refresh();
  };

  return (
    <Panel
      title="Attachments"
      aside={files.length > 0 ? String(files.length) : undefined}
      actions={
        mayChange && (
          <FileButton onChange={add} accept="application/pdf,image/png,image/jpeg">
            {(props) => (
              <Button
                {...props}
                variant="default"
                loading={busy}
                leftSection={<IconPaperclip size={15} stroke={1.8} aria-hidden />}
              >
                Attach a file
              </Button>
            )}
          </FileButton>
        )
      }
    >
      {said && (
        <div className={classes.inset}>
          <Notice kind={said.kind}>{said.words}</Notice>
        </div>
      )}
      {files.length === 0 ? (
        <p className={classes.inset}>
          No files. A PDF, PNG or JPG of up to 10 MB is sent with the document{" "}
          {connected ? ` into ${wording.packageName}` : " into the accounting package"}.
        </p>
      ) : (
        <PlainTable label="Attached files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" data-align="end">
                Size
              </th>
              <th scope="col">Attached</th>
              <th scope="col">In {wording.packageName}</th>
              {mayChange && (
                <th scope="col">
                  <span className={classes.hidden}>Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <tr key={file.id}>
                <th scope="row" className={classes.file}>
                  <a href={`/api/clients/${clientId}/attachments/${file.id}`}>{file.fileName}</a>
                </th>
                <td data-align="end">{sizeWords(file.bytes)}</td>
                <td>
                  <Moment at={file.createdAt} timeZone={wording.timeZone} locale={wording.locale} />,{" "}
                  {personWords(file.createdBy)}
                </td>
                <td>
                  <FileState file={file} wording={wording} inPackage={inPackage} connected={connected} />
                </td>
                {mayChange && (
                  <td data-align="end">
                    {file.state === "failed" && (
                      <Button
                        size="compact-xs"
                        variant="default"
                        disabled={busy}
                        onClick={() => act(() => retryFile({ clientId, attachmentId: file.id }), "is tried again.")}
                      >
                        Retry
                      </Button>
                    )}
                    {isRemovable(file) && (
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        disabled={busy}
                        onClick={() => act(() => removeFile({ clientId, attachmentId: file.id }), "is removed.")}
                      >
                        Remove
                      </Button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Panel>
  );
}

/** Nothing of it is in the package, for certain. */
function isRemovable(file: AttachmentRow): boolean {
  if (file.state === "failed") return file.errorCode !== "unknown.timeout-after-send";
  return file.state === "waiting" && file.sentAt === null;
}

function FileState({
  file,
  wording,
  inPackage,
  connected,
}: {
  readonly file: AttachmentRow;
  readonly wording: Wording;
  readonly inPackage: boolean;
  readonly connected: boolean;
}) {
  if (file.state === "sent") return <StatusDot kind="good">There</StatusDot>;
  if (file.state === "failed") {
    const detail = file.errorDetail as SyncErrorDetail | null;
    const said = detail?.said?.[0];
    return (
      <StatusDot kind="bad">
        <span className={classes.reason}>
          {file.errorCode === "connection.scope-missing"
            ? `The connection may not send files: reconnect under Setup`
            : reasonWords(file.errorCode ?? "internal.unexpected", detail, null, wording)}
          {said && `: ${said}`} <WhatThisMeans code={file.errorCode ?? "internal.unexpected"} wording={wording} />
        </span>
      </StatusDot>
    );
  }
  if (!connected) return <StatusDot kind="idle">Kept here</StatusDot>;
  if (!inPackage) return <StatusDot kind="idle">Waiting for the document</StatusDot>;
  if (file.errorCode === "unknown.timeout-after-send") return <StatusDot kind="busy">Checking</StatusDot>;
  return <StatusDot kind="busy">Sending</StatusDot>;
}

function sizeWords(bytes: number): string {
  const format = (value: number, unit: string) => `${value.toLocaleString("en-GB", { maximumFractionDigits: 1 })} ${unit}`;
  if (bytes < 1024) return format(bytes, "bytes");
  return bytes < 1024 * 1024 ? format(bytes / 1024, "KB") : format(bytes / (1024 * 1024), "MB");
}
