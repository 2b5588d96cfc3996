import { IconEyeOff } from "@tabler/icons-react";
import Link from "next/link";
import type { AsideGroup } from "#db/queries/export/aside.ts";
import { asideParts } from "#lib/setup/aside-words.ts";
import classes from "./aside.module.css";

/** What stands in no panel, in one quiet line: each reason leads to its list. */
export function AsideLine({
  groups,
  base,
  locale,
}: {
  readonly groups: readonly AsideGroup[];
  readonly base: string;
  readonly locale: string;
}) {
  const parts = asideParts(groups, locale);
  if (parts.length === 0) return null;
  return (
    <nav className={classes.line} aria-label="Not in Pending Export">
      <IconEyeOff size={15} stroke={1.8} aria-hidden />
      {parts.map(({ reason, words }) => (
        <Link key={reason} href={`${base}/export/aside#${reason}`} prefetch={false} className={classes.part}>
          {words}
        </Link>
      ))}
    </nav>
  );
}
