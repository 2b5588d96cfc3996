"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import type { findCallBytes } from "#db/queries/export/timeline.ts";
import classes from "./timeline.module.css";

type Bytes = NonNullable<Awaited<ReturnType<typeof findCallBytes>>>;

/** The call's own bytes, read only when somebody opens them. */
export function CallBytes({ clientId, callId }: { readonly clientId: string; readonly callId: string }) {
  const [opened, setOpened] = useState(false);
  const { data: bytes, error } = useQuery({
    queryKey: clientKey(clientId, "call", callId),
    queryFn: ({ signal }) => fetchJson<Bytes>(`/api/clients/${clientId}/calls/${callId}`, signal),
    enabled: opened,
  });
  return (
    <details className={classes.fold} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>Raw request</summary>
      {error && <p className={classes.words}>{error.message}</p>}
      {bytes === undefined && !error && <p className={classes.words}>Reading…</p>}
      {bytes && (
        <>
          <Raw
            label="Request"
            head={[
              `${bytes.method} ${bytes.path}${queryOf(bytes.query)}`,
              ...(bytes.key === null ? [] : [`Idempotency-Key: ${bytes.key}`]),
              `SHA-256 of the ${bytes.file ? "file" : "body"}: ${bytes.sha256}`,
              ...(bytes.file ? [`${bytes.file.mediaType}, ${bytes.file.length.toLocaleString("en-GB")} bytes`] : []),
            ]}
            body={bytes.file ? "(the file itself)" : bytes.body}
            length={bytes.file ? 0 : bytes.sentLength}
          />
          <Raw
            label="Answer"
            head={Object.entries(bytes.headers ?? {}).map(([name, value]) => `${name}: ${value}`)}
            body={bytes.answer}
            length={bytes.answerLength}
          />
        </>
      )}
    </details>
  );
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === "" ? "" : `?${text}`;
}

function Raw({
  label,
  head,
  body,
  length,
}: {
  readonly label: string;
  readonly head: readonly string[];
  readonly body: string | null;
  readonly length: number;
}) {
  const cut = body !== null && body.length < length;
  return (
    // A keyboard must be able to scroll what does not fit.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region takes focus
    <section aria-label={label} className={classes.raw} tabIndex={0}>
      <h3>{label}</h3>
      <pre>{[...head, "", body ?? "(no body)"].join("\n")}</pre>
      {cut && <p>Cut off here: {length.toLocaleString("en-GB")} bytes in all.</p>}
    </section>
  );
}
