import { personWords } from "#lib/common/person-words.ts";
import type { Diagnosis } from "#lib/posting/diagnose.ts";
import { differenceWords, type Wording } from "../export/words.ts";

/** How the record stands, in one sentence, the same on its page, in its drawer and from the search. */
export function answerOf(diagnosis: Diagnosis, wording: Wording): string {
  const { packageName, locale } = wording;
  switch (diagnosis.what) {
    case "not-connected":
      return "Not connected yet: no accounting package is connected, so nothing is sent.";
    case "not-made":
      return `It is not sent to ${packageName}.`;
    case "synced":
      return `It is in ${packageName} and agrees.`;
    case "differs":
      return differsWords(diagnosis.differs, packageName, locale);
    case "marked":
      return markedWords(diagnosis.marked, packageName);
    case "on-its-way":
      return `Nothing stops it: it is being sent to ${packageName}.`;
    case "checking":
      return `Nothing stops it: it was sent, and we are checking whether it reached ${packageName}. It is not sent again.`;
    case "chosen":
      return "Nothing stops it: it is queued for upload.";
    case "ready":
      return "Nothing stops it: select it in Pending Export and press Upload data.";
    case "mapped":
      return `Nothing stops it: it is sent to ${packageName} with the records that use it.`;
    case "not-posted":
      return `It is never posted: its values are not sent to ${packageName}.`;
    case "fails":
      return "Checks up to the first that fails:";
  }
}

function differsWords(differs: Diagnosis["differs"], packageName: string, locale: string): string {
  if (differs === null) return `It is in ${packageName}, and differs from what was sent.`;
  if (differs.differences.some((one) => one.field === "Record"))
    return `It was sent, and is no longer in ${packageName}: it is not sent again by itself.`;
  const how = differenceWords(differs.differences, differs.currency, locale);
  const fields = [...new Set(differs.differences.map((one) => one.field.toLowerCase()))];
  const named = fields.length > 1 ? ` (${new Intl.ListFormat("en-GB").format(fields)})` : "";
  const what = `It was sent and is in ${packageName}. It ${how.charAt(0).toLowerCase()}${how.slice(1)}${named}`;
  return differs.acceptedBy === null
    ? `${what}: keep ${packageName}\u2019s version or resend ours.`
    : `${what}, which ${personWords(differs.acceptedBy)} has accepted.`;
}

function markedWords(marked: Diagnosis["marked"], packageName: string): string {
  const by = marked?.by ? ` by ${personWords(marked.by)}` : "";
  const why = marked?.why ? ` (\u201c${marked.why}\u201d)` : "";
  const since = marked?.changedSince ? " It has been changed here since." : "";
  return `Marked as exported${by}${why}: it is never sent from here, and was not checked in ${packageName}.${since}`;
}
