import Link from "next/link";
import type { CheckStep } from "#db/queries/checks.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import type { DiagnosedStep, Diagnosis } from "#lib/posting/diagnose.ts";
import { fixerWords, fixLink, named, reasonWords, type Wording } from "../export/words.ts";
import classes from "./timeline.module.css";
import { ASIDE_WORDS } from "./words.ts";

const STEP_WORDS: Readonly<Record<CheckStep, string>> = {
  module: "Integration is on",
  entity: "This kind of record syncs",
  customer: "Customer is linked",
  product: "Products are linked",
  supplier: "Supplier is linked",
  tax: "Tax is set",
  account: "Account codes are set",
  ours: "Nothing else keeps it: locks, totals, duplicates, currency, exclusions",
};

const OUTCOME_WORDS: Readonly<Record<DiagnosedStep["outcome"], string>> = {
  passed: "\u2713",
  failed: "\u2717",
  "not-asked": "\u2013",
};

const SPOKEN: Readonly<Record<DiagnosedStep["outcome"], string>> = {
  passed: "in order",
  failed: "fails",
  "not-asked": "not asked",
};

function answerOf({ what }: Diagnosis, packageName: string): string {
  switch (what) {
    case "not-connected":
      return "Not connected yet: no accounting package is connected, so nothing is sent.";
    case "not-made":
      return `Nothing of it goes to ${packageName}.`;
    case "synced":
      return `It is in ${packageName}, was seen there, and agrees.`;
    case "on-its-way":
      return "Nothing keeps it: it is on its way, or is being checked.";
    case "ready":
      return "Nothing keeps it: it waits in Pending Export for Upload data.";
    case "fails":
      return "Down to the first that fails:";
  }
}

/** "Why isn\u2019t this syncing?" (M72): the checks in their fixed order, with the way to mend the first that fails. */
export function WhyNot({ diagnosis, wording }: { readonly diagnosis: Diagnosis; readonly wording: Wording }) {
  const { code, detail, aside, steps } = diagnosis;
  const failed = steps.find((one) => one.outcome === "failed");
  const fix = code === null ? null : fixLink(code, detail, wording);
  const toSetup = failed?.step === "module" || failed?.step === "entity" || diagnosis.what === "not-connected";
  return (
    <details className={classes.why}>
      <summary>{diagnosis.what === "synced" ? "How it stands" : "Why isn\u2019t this syncing?"}</summary>
      <p className={classes.words} id="why">
        {answerOf(diagnosis, wording.packageName)}
      </p>
      {steps.length > 0 && (
        <ol className={classes.whySteps}>
          {steps.map(({ step, outcome }) => (
            <li key={step} data-outcome={outcome}>
              <span role="img" aria-label={SPOKEN[outcome]}>
                {OUTCOME_WORDS[outcome]}
              </span>{" "}
              {STEP_WORDS[step]}
            </li>
          ))}
        </ol>
      )}
      {failed?.step === "module" && <p className={classes.words}>Integration with {wording.packageName} is switched off.</p>}
      {aside !== null && <p className={classes.words}>Set aside: {ASIDE_WORDS[aside]}.</p>}
      {code !== null && (
        <p className={classes.words}>
          <strong>{reasonWords(code, detail, null, wording)}.</strong> {named(errorEntry(code).why, wording)}{" "}
          {fixerWords(code, wording)}
        </p>
      )}
      {fix !== null && (
        <Link href={fix.href} prefetch={false}>
          {fix.label}
        </Link>
      )}
      {fix === null && toSetup && (
        <Link href={`${wording.base}/setup`} prefetch={false}>
          Open setup
        </Link>
      )}
      {fix === null && aside !== null && (
        <Link href={`${wording.base}/export/aside`} prefetch={false}>
          See what stands aside
        </Link>
      )}
    </details>
  );
}
