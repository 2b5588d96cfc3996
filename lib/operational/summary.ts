import type { HeldChange } from "#db/queries/imports/import-numbers.ts";
import type { CodeBefore } from "#db/queries/imports/import-records.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { FileKind } from "./fields.ts";
import type { HeadRow } from "./headings.ts";
import type { TaxTaken } from "./line-tax.ts";
import type { FileQuestion, SettledQuestion } from "./questions.ts";
import type { TaxSummary } from "./tax-summary.ts";
import type { UnknownCode } from "./unknown-codes.ts";

/** Documents of one kind and currency. Amounts are decimal integers in minor units, as text. */
export interface KindTotal {
  readonly kind: DocumentKind;
  readonly currency: string;
  readonly count: number;
  readonly lines: number;
  readonly netMinor: string;
  readonly taxMinor: string;
  readonly grossMinor: string;
  /** Net as the file writes it: below zero for credit notes that it writes so. */
  readonly inFileMinor: string;
  readonly new: number;
  readonly amended: number;
  readonly unchanged: number;
}

export interface SetAsideTotal {
  readonly reason: string;
  readonly currency: string;
  readonly lines: number;
  /** Documents that the lines belong to. */
  readonly documents: number;
  /** Net. */
  readonly worthMinor: string;
  /** As far as it could be told; not there in what was kept earlier. */
  readonly taxMinor?: string;
}

/** That nothing of the file is lost: net of the file = net of the documents + what was set aside. */
export interface Proof {
  readonly currency: string;
  /** Added up line by line while the file was read, before anything was grouped. */
  readonly fileMinor: string;
  readonly documentsMinor: string;
  readonly setAsideMinor: string;
  readonly differenceMinor: string;
}

interface FirstDocument {
  readonly kind: DocumentKind;
  readonly number: string;
  readonly issuedOn: string;
  readonly contactReference: string;
  readonly contactName: string | null;
  readonly currency: string;
  readonly netMinor: string;
  readonly taxMinor: string;
  readonly lines: number;
  readonly action: "new" | "amended" | "unchanged";
}

export interface SetAsideLine {
  readonly line: number;
  readonly number: string;
  readonly currency: string;
  readonly worthMinor: string;
  readonly description: string;
  readonly reason: string;
}

/** Records of a file whose lines are no documents. */
export interface RecordTotals {
  readonly new: number;
  readonly amended: number;
  readonly unchanged: number;
}

export interface RecordInFile {
  readonly reference: string;
  readonly name: string;
  readonly action: "new" | "amended" | "unchanged";
}

/** What an upload's preview shows, and after its commit what came of it. */
export interface ImportSummary {
  readonly kind: FileKind;
  readonly profileTitle: string;
  readonly profileVersion: number;
  /** The sheet of a workbook that was read; null for text. */
  readonly sheet: string | null;
  readonly encoding: string;
  readonly separator: string;
  readonly decimalMark: string;
  readonly headers: readonly string[];
  /** Columns that the profile does not know. */
  readonly ignored: readonly string[];
  /** Columns that the profile does not know and whose amounts are known figures, with which. */
  readonly checked?: readonly { readonly heading: string; readonly is: string }[];
  /** Lines that leave the head of their document blank and belong to the one above. */
  readonly belongAbove?: number;
  /** Columns that are hidden in the workbook, and were read like the others. */
  readonly hiddenColumns?: readonly string[];
  /** Lines read, the headers not counted. */
  readonly lines: number;
  readonly documents: readonly KindTotal[];
  /** Null for a file of documents. */
  readonly records: RecordTotals | null;
  readonly firstRecords: readonly RecordInFile[];
  readonly first: readonly FirstDocument[];
  /** Amended documents that the package holds: how many, and the first of them. */
  readonly changesHeld?: { readonly count: number; readonly first: readonly HeldChange[] };
  readonly contacts: { readonly new: number; readonly amended: number };
  readonly products: { readonly new: number };
  /** Tax against its codes; not there for a file of other records. */
  readonly tax?: TaxSummary;
  /** Tax codes that lines took which brought none, and the level that had them. */
  readonly taxTaken?: readonly TaxTaken[];
  /** Codes that the documents' lines name. */
  readonly uses: { readonly nominal: readonly string[]; readonly tax: readonly string[] };
  /** Codes that the commit makes. */
  readonly newNominalCodes: readonly string[];
  readonly newTaxCodes: readonly string[];
  readonly setAside: readonly SetAsideTotal[];
  readonly setAsideFirst: readonly SetAsideLine[];
  readonly proof: readonly Proof[];
  readonly faults: number;
  /** Codes that the client does not have, each once, with what waits for it; not there in what was kept earlier. */
  readonly unknownCodes?: readonly UnknownCode[];
  /** Reading stopped before the end of the file. */
  readonly stopped: boolean;
  /** Whether what is wrong with it is wrong with single lines, which somebody may leave out. */
  readonly mayLeaveOut: boolean;
  /** Who left the faulty lines out, and how many lines went with them. */
  readonly leftOut: { readonly by: string; readonly lines: number } | null;
  /** The very same file, committed before, whatever it was called. */
  readonly repeatOf: {
    readonly id: string;
    readonly fileName: string;
    readonly committedAt: string;
    readonly by: string;
    /** It was read with the same profile and no line was left out: nothing of it is taken again. */
    readonly changesNothing: boolean;
  } | null;
  /** What only a person can answer: while there is one, nothing is committed. Uploads of before 0030 have none of these four. */
  readonly questions?: readonly FileQuestion[];
  readonly settled?: readonly SettledQuestion[];
  /** Remembered answers that this file speaks against: forgotten on commit. */
  readonly forgotten?: readonly string[];
  /** The fingerprint of its headings, under which answers are remembered. */
  readonly headingsPrint?: string;
  /**
   * The line of the headings, and how many rows of sums were held against the lines; the first rows of the file, where the headings
   * may stand in another of them.
   */
  readonly frame?: { readonly headerLine: number; readonly totals: number; readonly head?: readonly HeadRow[] };
  readonly result: ImportResult | null;
  /** What codes and groups were before the commit: they keep no revisions, and an undo must know. */
  readonly codesBefore?: readonly CodeBefore[];
}

export interface ImportResult {
  /** Null for a file of documents. */
  readonly records: RecordTotals | null;
  readonly documents: { readonly new: number; readonly amended: number; readonly unchanged: number };
  readonly contacts: { readonly new: number; readonly amended: number };
  readonly products: { readonly new: number };
  readonly setAside: number;
  /** Rows that came into Pending Export. */
  readonly postings: number;
  /** Whether it left every record as it was. */
  readonly nothingChanged: boolean;
}
