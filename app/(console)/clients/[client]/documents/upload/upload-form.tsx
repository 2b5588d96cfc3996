"use client";

import { Button, FileInput, Progress, Select } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { countWords } from "#lib/common/count-words.ts";
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
  /** `instead` is the profile that fits, where another one was chosen. */
  | { readonly at: "failed"; readonly message: string; readonly instead?: { readonly name: string; readonly title: string } };

const MAX_BYTES = 200 * 1024 * 1024;
/** As much of a text file as its headings can need. */
const HEAD_BYTES = 64 * 1024;
/** A workbook cannot be cut; in a larger one the headings are not looked at before it is uploaded. */
const MAX_WORKBOOK_BYTES = 8_000_000;

/** The profile whose headings the file has, where it is another than the chosen one; null where that one may stay, or nobody can tell. */
async function fittingProfile(clientSlug: string, file: File, sheet: string | null, chosen: string, signal: AbortSignal) {
  const isBook = file.name.toLowerCase().endsWith(".xlsx");
  if (isBook && file.size > MAX_WORKBOOK_BYTES) return null;
  const data = new FormData();
  data.set("profile", chosen);
  if (sheet !== null) data.set("sheet", sheet);
  const isCut = !isBook && file.size > HEAD_BYTES;
  if (isCut) data.set("cut", "1");
  data.set("sample", isCut ? file.slice(0, HEAD_BYTES) : file, file.name);
  const response = await fetch(`/api/clients/${clientSlug}/fitting-profile`, { method: "POST", body: data, signal });
  if (!response.ok) return null;
  const { profile } = (await response.json()) as { profile: string | null };
  return profile;
}

/** What the last whole line of the answer says; lines come as the file is read. */
function lastLine(text: string): {
  lines?: number;
  importId?: string;
  sheets?: string[];
  error?: { message?: string };
  profile?: { name: string; title: string };
} {
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
  /** Who chose the profile for this file: a person's choice stands. */
  const [chosenBy, setChosenBy] = useState<"nobody" | "headings" | "person">("nobody");
  const [stage, setStage] = useState<Stage>({ at: "choosing" });
  const [sheets, setSheets] = useState<readonly string[]>([]);
  const [sheet, setSheet] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const request = useRef<XMLHttpRequest | null>(null);
  const busy = stage.at === "sending" || stage.at === "reading";
  const chosen = profiles.find((one) => one.name === profile);

  // Looked for once for a file, or for its sheet: what a person chooses meanwhile is left alone.
  const profileNow = useRef(profile);
  const byPerson = useRef(false);
  const finding = useRef<AbortController | null>(null);
  useEffect(() => {
    if (file === null || byPerson.current) return;
    const away = new AbortController();
    finding.current = away;
    fittingProfile(clientSlug, file, sheet, profileNow.current, away.signal)
      .then((found) => {
        if (found === null || byPerson.current || away.signal.aborted) return;
        profileNow.current = found;
        setProfile(found);
        setChosenBy("headings");
      })
      // The upload itself says what is wrong, with the file or with the line.
      .catch(() => {});
    return () => away.abort();
  }, [file, sheet, clientSlug]);
  const take = (next: string) => {
    profileNow.current = next;
    byPerson.current = true;
    setProfile(next);
    setChosenBy("person");
  };

  const send = (as = profile) => {
    if (!file || busy) return;
    finding.current?.abort();
    if (file.size > MAX_BYTES) {
      setStage({ at: "failed", message: "The file is larger than 200 MiB. Split it and upload the parts." });
      return;
    }
    const sending = new XMLHttpRequest();
    request.current = sending;
    sending.open(
      "POST",
      `/api/clients/${clientSlug}/uploads?${new URLSearchParams({ name: file.name, profile: as, ...(sheet === null ? {} : { sheet }) })}`,
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
          message: answer.error?.message ?? "The upload was interrupted. Upload the file again.",
          ...(answer.profile === undefined ? {} : { instead: answer.profile }),
        });
    };
    sending.onerror = () =>
      setStage({
        at: "failed",
        message: "The connection was lost during the upload. Nothing was imported; upload the file again.",
      });
    sending.onabort = () => setStage({ at: "choosing" });
    setStage({ at: "sending", percent: 0 });
    sending.send(file);
  };

  const choose = (next: File | null) => {
    byPerson.current = false;
    setChosenBy("nobody");
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
          clearButtonProps={{ "aria-label": "Remove the file" }}
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
          onChange={(next) => {
            take(next ?? profile);
            setStage({ at: "choosing" });
          }}
          allowDeselect={false}
          disabled={busy}
        />
        {chosenBy === "headings" && (
          <output className={classes.found}>Chosen from the file's headings. You can choose another.</output>
        )}
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
            <p>Reading: {countWords(stage.lines, "line")} so far. Nothing changes before you commit.</p>
          </>
        )}
      </div>
      {stage.at === "failed" && (
        <Notice kind="bad">
          {stage.message}
          {stage.instead !== undefined && (
            <span className={classes.instead}>
              <Button
                size="compact-sm"
                onClick={() => {
                  const { name } = stage.instead ?? { name: profile };
                  take(name);
                  send(name);
                }}
              >
                Use “{stage.instead.title}”
              </Button>
            </span>
          )}
        </Notice>
      )}
    </div>
  );
}
