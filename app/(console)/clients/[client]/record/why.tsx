import Link from "next/link";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { named } from "#lib/errors/named.ts";
import { CHECKLIST } from "#lib/help/checklist.ts";
import type { DiagnosedStep, Diagnosis } from "#lib/posting/diagnose.ts";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { fixerWords, fixLink, reasonWords, type Wording } from "../export/words.ts";
import classes from "./timeline.module.css";
import { WhyFold } from "./why-fold.tsx";
import { answerOf } from "./why-words.ts";
import { withheldWords } from "./words.ts";

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

/** "Why isn\u2019t this syncing?" (M72): the checks in their fixed order, with the way to mend the first that fails. */
export function WhyNot({ diagnosis, wording }: { readonly diagnosis: Diagnosis; readonly wording: Wording }) {
  const { code, detail, aside, steps, what } = diagnosis;
  const failed = steps.find((one) => one.outcome === "failed");
  const fix = code === null ? null : fixLink(code, detail, wording);
  const toSetup = failed?.step === "module" || failed?.step === "entity" || what === "not-connected";
  return (
    <WhyFold title={STANDS.has(what) ? "Status" : "Why isn\u2019t this syncing?"}>
      <p className={classes.words}>{answerOf(diagnosis, wording)}</p>
      {steps.length > 0 && (
        <ol className={classes.whySteps}>
          {steps.map(({ step, outcome }) => (
            <li key={step} data-outcome={outcome}>
              <span role="img" aria-label={SPOKEN[outcome]}>
                {OUTCOME_WORDS[outcome]}
              </span>{" "}
              {CHECKLIST[step].title}
            </li>
          ))}
        </ol>
      )}
      {failed?.step === "module" && <p className={classes.words}>Integration with {wording.packageName} is switched off.</p>}
      {aside !== null && <p className={classes.words}>Set aside: {withheldWords(aside, code)}.</p>}
      {code !== null && what === "fails" && (
        <p className={classes.words}>
          <strong>{reasonWords(code, detail, diagnosis.kind, wording)}.</strong> {named(errorEntry(code).why, wording)}{" "}
          {fixerWords(code, wording)} <WhatThisMeans code={code} wording={wording} />
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
          Open Not in Pending Export
        </Link>
      )}
    </WhyFold>
  );
}

/** What is there already, as far as is known: nothing is asked why. */
const STANDS: ReadonlySet<Diagnosis["what"]> = new Set(["synced", "differs", "marked"]);
