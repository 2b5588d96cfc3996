import { OwnTab } from "#components/ui/help-link.tsx";
import { packageOfName } from "#lib/connectors/cards.ts";
import { errorHelpHref } from "#lib/help/routes.ts";
import classes from "./export.module.css";
import { slugOf, type Wording } from "./words.ts";

/** The way from an error to its own page of help; the card stays open behind it. */
export function WhatThisMeans({
  code,
  wording,
}: {
  readonly code: string;
  readonly wording: Pick<Wording, "packageName" | "base">;
}) {
  return (
    <OwnTab href={errorHelpHref(code, packageOfName(wording.packageName), slugOf(wording))} className={classes.cardLink}>
      What this means
    </OwnTab>
  );
}
