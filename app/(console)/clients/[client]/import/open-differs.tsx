"use client";

import Link from "next/link";
import { sumsInWords } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import type { OpenApart, OpenDifferences } from "#db/queries/payments/open-apart.ts";
import { countWords } from "#lib/common/count-words.ts";
import { openApartWords } from "../record/open-words.ts";
import type { Wording } from "./words.ts";

/** Documents whose open amount there is another than here, and nothing that was read explains it. Nothing where there are none. */
export function OpenDiffers({
  differences,
  first,
  wording,
}: {
  readonly differences: OpenDifferences;
  readonly first: readonly OpenApart[];
  readonly wording: Wording;
}) {
  if (differences.count === 0) return null;
  const more = differences.count - first.length;
  return (
    <Notice kind="warning">
      {countWords(differences.count, "document", wording.locale)} {differences.count === 1 ? "is" : "are"} open by another amount
      in {wording.packageName}, and the payments read there do not explain it: {sumsInWords(differences.amounts, wording.locale)}.{" "}
      {first.map((one, index) => (
        <span key={one.documentId}>
          {index > 0 && " · "}
          <Link href={`${wording.base}/documents/${one.documentId}`} prefetch={false}>
            {one.number}
          </Link>{" "}
          ({openApartWords(one, wording)})
        </span>
      ))}
      {more > 0 && (
        <>
          {" · "}
          <Link href={`${wording.base}/documents?state=apart`} prefetch={false}>
            and {countWords(more, "more", wording.locale, "more")}
          </Link>
        </>
      )}
    </Notice>
  );
}
