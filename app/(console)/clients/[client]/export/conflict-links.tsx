"use client";

import { IconExternalLink } from "@tabler/icons-react";
import Link from "next/link";
import type { Conflict } from "#db/queries/conflicts.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import classes from "./export.module.css";
import { LinkTo } from "./link-to.tsx";
import type { Wording } from "./words.ts";

/** The records that stand in a record's way (N26): one click opens each, here and in the package. Nothing where none is known. */
export function ConflictLinks({
  conflicts,
  site,
  wording,
}: {
  readonly conflicts: readonly Conflict[];
  readonly site: PackageSite | null;
  readonly wording: Wording;
}) {
  if (conflicts.length === 0) return null;
  return (
    <ul className={classes.conflicts} aria-label="Conflicting record">
      {conflicts.map((one) => {
        const name = `${KIND_LABELS[one.kind]} ${one.name ?? one.externalId ?? ""}`.trim();
        const href = site && one.externalId !== null ? packageLink(site, one.kind, one.externalId) : null;
        return (
          <li key={`${one.recordId} ${one.externalId}`}>
            {name}
            {one.offerId !== undefined && one.externalId !== null && (
              <LinkTo offerId={one.offerId} externalId={one.externalId} name={one.name ?? name} base={wording.base} />
            )}
            {one.recordId !== null && (
              <Link
                href={`${wording.base}${recordPath(one.kind, one.recordId)}`}
                className={classes.cardLink}
                prefetch={false}
                aria-label={`Open here: ${name}`}
              >
                Open here
              </Link>
            )}
            {href !== null && (
              <a
                href={href}
                target="_blank"
                rel="noreferrer"
                className={classes.cardLink}
                aria-label={`Open in ${wording.packageName}: ${name}`}
              >
                Open in {wording.packageName}
                <IconExternalLink size={14} stroke={1.8} aria-hidden />
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
