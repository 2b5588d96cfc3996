"use client";

import { Button } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import Link from "next/link";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { Try } from "#lib/demo/try-this.ts";
import { dismissTryThis } from "./actions.ts";
import classes from "./demo.module.css";

/** The demo's list of things to try, until the person dismisses it. */
export function TryThis({ tries }: { readonly tries: readonly Try[] }) {
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const dismiss = () =>
    start(async () => {
      const done = await dismissTryThis({ list: "try-this" });
      setFailed(done.ok ? null : done.error.message);
    });
  return (
    <Panel
      title="Try this"
      aside="In the demo"
      actions={
        <Button variant="default" size="xs" loading={busy} onClick={dismiss} aria-label="Dismiss: do not show Try this again">
          Dismiss
        </Button>
      }
    >
      {failed !== null && <Notice kind="bad">{failed}</Notice>}
      <ul className={classes.tries} aria-label="Things to try">
        {tries.map(({ text, href, there }) => (
          <li key={href + text}>
            {there ? (
              <a href={href} target="_blank" rel="noopener" aria-label={`${text} (opens the simulator)`}>
                {text}
                <IconExternalLink size={14} stroke={1.8} aria-hidden />
              </a>
            ) : (
              <Link href={href} prefetch={false}>
                {text}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
