"use client";

import { IconExternalLink } from "@tabler/icons-react";
import type { RecordKind } from "#lib/common/records.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { Wording } from "../export/words.ts";
import classes from "./timeline.module.css";

/** The package's ids that a row is about: of its own record, or of those that stand in its way. */
export function packageIdsOf(row: {
  readonly state: string;
  readonly externalId: string | null;
  readonly errorCode: string | null;
  readonly errorDetail: SyncErrorDetail | null;
}): readonly string[] {
  if (row.externalId !== null) return [row.externalId];
  return row.state === "conflict" ? (row.errorDetail?.candidates ?? []) : [];
}

/** A record's id in the package, as the link that opens it there. */
export function OpenInPackage({
  id,
  kind,
  site,
  wording,
}: {
  readonly id: string;
  readonly kind: RecordKind;
  readonly site: PackageSite | null;
  readonly wording: Wording;
}) {
  const href = site && packageLink(site, kind, id);
  return (
    <span className={classes.open}>
      <span className={classes.id}>{id}</span>
      {href && (
        <a href={href} target="_blank" rel="noreferrer">
          Open in {wording.packageName}
          <IconExternalLink size={14} stroke={1.8} aria-hidden />
        </a>
      )}
    </span>
  );
}
