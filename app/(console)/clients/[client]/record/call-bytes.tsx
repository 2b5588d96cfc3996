"use client";

import { useState } from "react";
import { fetchJson } from "#components/grid/use-rows.ts";
import type { findCallBytes } from "#db/queries/timeline.ts";
import classes from "./timeline.module.css";

type Bytes = NonNullable<Awaited<ReturnType<typeof findCallBytes>>>;

/** The call's own bytes, read only when somebody opens them. */
export function CallBytes({ clientId, callId }: { readonly clientId: string; readonly callId: string }) {
  const [bytes, setBytes] = useState<Bytes | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const load = () => {
    if (bytes !== null) return;
    setFailed(null);
    fetchJson<Bytes>(`/api/clients/${clientId}/calls/${callId}`, new AbortController().signal)
      .then(setBytes)
      .catch((error: unknown) => setFailed(error instanceof Error ? error.message : "The call could not be read."));
  };
  return (
    <details
      className={classes.fold}
      onToggle={(event) => {
        if (event.currentTarget.open) load();
      }}
    >
      <summary>Raw request</summary>
      {failed && <p className={classes.words}>{failed}</p>}
      {bytes === null && !failed && <p className={classes.words}>Reading…</p>}
      {bytes && (
        <>
          <Raw
            label="Request"
            head={[
              `${bytes.method} ${bytes.path}${queryOf(bytes.query)}`,
              ...(bytes.key === null ? [] : [`Idempotency-Key: ${bytes.key}`]),
              `SHA-256 of the body: ${bytes.sha256}`,
            ]}
            body={bytes.body}
            length={bytes.sentLength}
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
