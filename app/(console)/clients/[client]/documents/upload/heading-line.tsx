"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { HeadRow } from "#lib/operational/headings.ts";
import { answerUpload } from "../actions.ts";
import classes from "./upload.module.css";

/** Lets a person say in which line of the file the headings stand; it is read again from there. */
export function HeadingLine({
  clientSlug,
  importId,
  head,
  line,
  isOpen,
}: {
  clientSlug: string;
  importId: string;
  /** The first rows of the file. */
  head: readonly HeadRow[];
  /** Where the headings were taken from. */
  line: number;
  /** Whether the rows are shown at once: where the headings that were taken lack what is needed. */
  isOpen: boolean;
}) {
  const router = useRouter();
  const [shown, setShown] = useState(isOpen);
  const [chosen, setChosen] = useState(line);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const send = () =>
    start(async () => {
      setError(null);
      const answer = await answerUpload({ clientId: clientSlug, importId, answers: { "header-row": String(chosen) } });
      if (!answer.ok) return setError(answer.error.message);
      router.refresh();
    });
  const width = Math.max(...head.map((row) => row.cells.length));

  return (
    <Panel
      title={`Headings are in line ${line}`}
      aside={shown ? "the first lines of the file" : undefined}
      actions={
        shown ? undefined : (
          <Button size="compact-sm" variant="default" onClick={() => setShown(true)}>
            Choose another line
          </Button>
        )
      }
    >
      {shown && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <PlainTable label="First lines of the file">
            <thead>
              <tr>
                <th scope="col">Headings</th>
                <th scope="col" data-align="end">
                  Line
                </th>
                <th scope="col" colSpan={width}>
                  Contents
                </th>
              </tr>
            </thead>
            <tbody>
              {head.map((row) => (
                <tr key={row.line}>
                  <td>
                    <input
                      type="radio"
                      name="heading-line"
                      aria-label={`Headings are in line ${row.line}`}
                      checked={chosen === row.line}
                      disabled={busy}
                      onChange={() => setChosen(row.line)}
                    />
                  </td>
                  <th scope="row" data-align="end">
                    {row.line}
                  </th>
                  {Array.from({ length: width }, (_, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the columns of a file, which never move
                    <td key={at}>{row.cells[at]}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </PlainTable>
          <div className={classes.choice}>
            <Button type="submit" size="compact-sm" loading={busy} disabled={chosen === line}>
              Use these headings
            </Button>
          </div>
        </form>
      )}
      {error !== null && <Notice kind="bad">{error}</Notice>}
    </Panel>
  );
}
