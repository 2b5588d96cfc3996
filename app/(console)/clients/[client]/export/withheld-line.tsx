import { IconEyeOff } from "@tabler/icons-react";
import Link from "next/link";
import type { WithheldGroup } from "#db/queries/export/withheld.ts";
import { withheldParts } from "#lib/setup/withheld-words.ts";
import classes from "./withheld.module.css";

/** What stands in no panel, in one quiet line: each reason leads to its list. */
export function WithheldLine({
  groups,
  base,
  locale,
}: {
  readonly groups: readonly WithheldGroup[];
  readonly base: string;
  readonly locale: string;
}) {
  const parts = withheldParts(groups, locale);
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
