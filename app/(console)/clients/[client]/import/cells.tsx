"use client";

import {
  IconAlertTriangle,
  IconBuildingBank,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconUnlink,
} from "@tabler/icons-react";
import Link from "next/link";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import classes from "./import.module.css";
import { fixOf, statusWords, type Wording, whoFixes } from "./words.ts";

const LOOK = {
  waiting: { icon: IconCircleDashed, look: "dim" },
  queued: { icon: IconClock, look: "dim" },
  created: { icon: IconCircleCheck, look: "done" },
  failed: { icon: IconCircleX, look: "bad" },
  "kept-in-package": { icon: IconBuildingBank, look: "dim" },
  "deleted-in-package": { icon: IconAlertTriangle, look: "warning" },
  "not-ours": { icon: IconUnlink, look: "dim" },
} as const;

/** The row's status: a shape and words of its own for each, with the way to the fix and whose it is. */
export function StatusCell({ row, wording }: { readonly row: IncomingRow; readonly wording: Wording }) {
  const { icon: Icon, look } = LOOK[row.status];
  const words = statusWords(row, wording);
  const fix = fixOf(row, wording);
  const who = whoFixes(row, wording);
  return (
    <>
      <span className={classes.state} data-look={look} data-status={row.status} title={who ? `${words}. ${who}` : words}>
        <Icon size={16} stroke={1.8} aria-hidden />
        <span>{words}</span>
      </span>
      {fix ? (
        <Link className={classes.fix} href={fix.href} prefetch={false}>
          {fix.label}
        </Link>
      ) : (
        who && row.status === "failed" && <span className={classes.who}>{who}</span>
      )}
    </>
  );
}

/** The documents that a movement pays: links where they are ours. */
export function AllocatedTo({ row, base }: { readonly row: IncomingRow; readonly base: string }) {
  if (row.partCount === 0) return <span className={classes.dim}>On account</span>;
  const more = row.partCount - row.parts.length;
  return (
    <span className={classes.documents} title={row.parts.map((part) => part.number).join(", ")}>
      {row.parts.map((part, index) => (
        <span key={part.id}>
          {part.documentId ? (
            <Link className={classes.document} href={`${base}/documents/${part.documentId}`} prefetch={false}>
              {part.number}
            </Link>
          ) : (
            <span className={classes.dim}>{part.number ?? "Unknown document"}</span>
          )}
          {index < row.parts.length - 1 ? ", " : ""}
        </span>
      ))}
      {more > 0 && <span className={classes.dim}> and {more} more</span>}
    </span>
  );
}
