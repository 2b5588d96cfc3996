import type { ListField } from "#components/grid/field.ts";
import type { CorrectionRow as Row } from "#db/queries/export/corrections.ts";
import type { CorrectionKind } from "#db/schema/work.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";

export type CorrectionRow = Wire<Row>;

/** What happened, in the reader's words. */
export const correctionWords = (packageName: string): Readonly<Record<CorrectionKind, string>> => ({
  edited: "Updated from Greentick",
  voided: "Voided from Greentick",
  "drift-edited": `Changed in ${packageName}`,
  "drift-voided": `Voided or deleted in ${packageName}`,
  "drift-gone": `No longer in ${packageName}`,
  "drift-over": "Agrees again",
  accepted: `${packageName}’s version kept`,
  "sent-again": "Resent",
  proposed: "Credit note and reissue proposed",
  reissued: "Credited and reissued",
  linked: "Linked to existing document",
  "not-same": "Answered: a different document",
  unlinked: "Link cleared",
  "merged-there": `Merged in ${packageName}`,
  "renamed-there": `Renamed in ${packageName}`,
  "archived-there": `Archived in ${packageName}`,
  "restored-there": `Restored in ${packageName}`,
});

/** Both versions in one line: `Gross £12.00 here, £12.01 there`. */
function versionWords(row: Pick<CorrectionRow, "differences" | "note">): string {
  const versions = row.differences.map((one) => `${one.field}: ${one.ours} here, ${one.theirs} there`).join("; ");
  return [versions, row.note].filter((part) => part !== "").join(". ");
}

/** The corrections log as the screen, a file and paper list it. */
export const correctionFields = (packageName: string): readonly ListField<CorrectionRow>[] => [
  {
    id: "at",
    label: "When",
    type: "moment",
    value: (row) => row.at,
    look: { width: "150px", sort: "at", firstDirection: "desc", narrow: "d" },
  },
  {
    id: "reference",
    label: "Number",
    type: "text",
    value: (row) => row.reference,
    look: { width: "minmax(110px, 0.6fr)", narrow: "a" },
  },
  { id: "kind", label: "Kind", type: "text", value: (row) => KIND_LABELS[row.kind], look: { width: "minmax(110px, 0.6fr)" } },
  {
    id: "party",
    label: "Customer or supplier",
    type: "text",
    value: (row) => row.party,
    look: { width: "minmax(140px, 0.9fr)" },
  },
  {
    id: "what",
    label: "What",
    type: "text",
    value: (row) => correctionWords(packageName)[row.what],
    look: { width: "minmax(170px, 0.9fr)", narrow: "b" },
  },
  {
    id: "versions",
    label: "Both versions",
    type: "text",
    value: versionWords,
    look: { width: "minmax(240px, 2fr)", narrow: "r" },
  },
  { id: "by", label: "By", type: "text", value: (row) => row.actor, look: { width: "minmax(120px, 0.7fr)", narrow: "c" } },
];
