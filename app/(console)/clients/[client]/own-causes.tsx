import Link from "next/link";
import { sumsInWords } from "#components/grid/words.ts";
import type { Cause } from "#db/queries/export/causes.ts";
import { isOwnKind, recordPath } from "#lib/common/record-paths.ts";
import { WhatThisMeans } from "./export/what-this-means.tsx";
import { causeHeadline, countWords, type Wording } from "./export/words.ts";
import classes from "./overview.module.css";
import { ownFixerWords, ownNextWords } from "./own-words.ts";

/** What keeps records from the package, each with its records and who puts it right. */
export function OwnCauses({ causes, wording }: { readonly causes: readonly Cause[]; readonly wording: Wording }) {
  return (
    <ul className={classes.list}>
      {causes.map((cause) => (
        <li key={`${cause.code}/${cause.value}`} className={classes.item}>
          <span className={classes.what}>
            <strong>{causeHeadline(cause, wording)}</strong>
            <span className={classes.dim}>
              {countWords(cause)}
              {cause.sums.length > 0 && `, ${sumsInWords(cause.sums, wording.locale, true)}`}
            </span>
            <span className={classes.dim}>
              {ownNextWords(cause.code)} <WhatThisMeans code={cause.code} wording={wording} />
            </span>
            <span className={classes.links}>
              {cause.rows
                .filter(({ kind }) => isOwnKind(kind))
                .map((row) => (
                  <Link key={row.id} href={`${wording.base}${recordPath(row.kind, row.recordId)}`} prefetch={false}>
                    {row.reference}
                  </Link>
                ))}
            </span>
          </span>
          <span className={classes.badge}>{ownFixerWords(cause.code)}</span>
        </li>
      ))}
    </ul>
  );
}
