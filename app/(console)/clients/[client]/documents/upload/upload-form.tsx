"use client";

import { Button, FileInput, Progress, Select } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { type DragEvent, useRef, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import classes from "./upload.module.css";

export interface ProfileOption {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

type Stage =
  | { readonly at: "choosing" }
  | { readonly at: "sending"; readonly percent: number }
  | { readonly at: "reading"; readonly lines: number }
  | { readonly at: "failed"; readonly message: string };

const MAX_BYTES = 200 * 1024 * 1024;

/** What the last whole line of the answer says; lines come as the file is read. */
function lastLine(text: string): { lines?: number; importId?: string; sheets?: string[]; error?: { message?: string } } {
  const whole = text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1) ?? "";
  if (whole === "") return {};
  const value: unknown = JSON.parse(whole);
  return typeof value === "object" && value !== null ? value : {};
}

/** Chooses a file and its profile, sends it and follows the reading of it. Everything works by keyboard; dropping a file is an extra. */
export function UploadForm({
  clientSlug,
  profiles,
  initial,
}: {
  clientSlug: string;
  profiles: readonly ProfileOption[];
  initial: string;
}) {
  const router = useRouter();
  const [file, setFile] = useState<File | null>(null);
  const [profile, setProfile] = useState(initial);
  const [stage, setStage] = useState<Stage>({ at: "choosing" });
  const [sheets, setSheets] = useState<readonly string[]>([]);
  const [sheet, setSheet] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const request = useRef<XMLHttpRequest | null>(null);
  const busy = stage.at === "sending" || stage.at === "reading";
  const chosen = profiles.find((one) => one.name === profile);

  const send = () => {
    if (!file || busy) return;
    if (file.size > MAX_BYTES) {
      setStage({ at: "failed", message: "The file is larger than 200 MiB. Split it and upload the parts." });
      return;
    }
    const sending = new XMLHttpRequest();
    request.current = sending;
    sending.open(
      "POST",
      `/api/clients/${clientSlug}/uploads?${new URLSearchParams({ name: file.name, profile, ...(sheet === null ? {} : { sheet }) })}`,
    );
    sending.upload.onprogress = (event) =>
      setStage({ at: "sending", percent: event.total === 0 ? 0 : Math.round((event.loaded / event.total) * 100) });
    sending.upload.onload = () => setStage({ at: "reading", lines: 0 });
    sending.onprogress = () => {
      const { lines } = lastLine(sending.responseText);
      if (lines !== undefined) setStage({ at: "reading", lines });
    };
    sending.onload = () => {
      const answer = lastLine(`${sending.responseText}\n`.replace(/\n+$/, "\n"));
      if (answer.importId !== undefined) router.push(`/clients/${clientSlug}/documents/upload?import=${answer.importId}`);
      else if (answer.sheets !== undefined) {
        setSheets(answer.sheets);
        setStage({ at: "failed", message: `The workbook has ${answer.sheets.length} sheets: choose the one to read.` });
      } else
        setStage({
          at: "failed",
          message: answer.error?.message ?? "The upload ended without an answer. Upload the file again.",
        });
    };
    sending.onerror = () =>
      setStage({ at: "failed", message: "The line dropped while the file was sent. Nothing of it was taken; upload it again." });
    sending.onabort = () => setStage({ at: "choosing" });
    setStage({ at: "sending", percent: 0 });
    sending.send(file);
  };

  const choose = (next: File | null) => {
    setFile(next);
    setSheets([]);
    setSheet(null);
    setStage({ at: "choosing" });
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped && !busy) choose(dropped);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is an extra beside the field, which keyboards use
    <div
      className={over ? `${classes.drop} ${classes.over}` : classes.drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <FileInput
          label="File"
          description="A CSV file or an Excel workbook, up to 200 MiB and a million lines. You can also drop it here."
          placeholder="Choose a file"
          accept=".csv,.txt,.tsv,.xlsx,text/csv,text/plain"
          leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
          value={file}
          onChange={choose}
          disabled={busy}
          clearable
          clearButtonProps={{ "aria-label": "Take the file away" }}
        />
        {sheets.length > 0 && (
          <Select
            label="Sheet"
            placeholder="Choose the sheet to read"
            data={[...sheets]}
            value={sheet}
            onChange={(next) => {
              setSheet(next);
              setStage({ at: "choosing" });
            }}
            disabled={busy}
          />
        )}
        <Select
          label="Profile"
          description={chosen?.description}
          data={profiles.map(({ name, title }) => ({ value: name, label: title }))}
          value={profile}
          onChange={(next) => setProfile(next ?? profile)}
          allowDeselect={false}
          disabled={busy}
        />
        <div className={classes.buttons}>
          <Button type="submit" disabled={file === null || busy || (sheets.length > 0 && sheet === null)} loading={busy}>
            Upload and preview
          </Button>
          {busy && (
            <Button variant="default" onClick={() => request.current?.abort()}>
              Stop
            </Button>
          )}
        </div>
      </form>
      <div aria-live="polite" className={classes.progress}>
        {stage.at === "sending" && (
          <>
            <Progress value={stage.percent} aria-label="Upload" />
            <p>Uploading: {stage.percent} %</p>
          </>
        )}
        {stage.at === "reading" && (
          <>
            <Progress value={100} animated aria-label="Reading" />
            <p>Reading: {stage.lines.toLocaleString("en-GB")} lines so far. Nothing changes before you commit.</p>
          </>
        )}
      </div>
      {stage.at === "failed" && <Notice kind="bad">{stage.message}</Notice>}
    </div>
  );
}
