import type { DocumentKind } from "#lib/common/records.ts";

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
  readonly worthMinor: string;
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

export interface FirstDocument {
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

/** What an upload's preview shows, and after its commit what came of it. */
export interface ImportSummary {
  readonly profileTitle: string;
  readonly profileVersion: number;
  readonly encoding: string;
  readonly separator: string;
  readonly decimalMark: string;
  readonly headers: readonly string[];
  /** Columns that the profile does not know. */
  readonly ignored: readonly string[];
  /** Lines read, the headers not counted. */
  readonly lines: number;
  readonly documents: readonly KindTotal[];
  readonly first: readonly FirstDocument[];
  readonly contacts: { readonly new: number; readonly amended: number };
  readonly products: { readonly new: number };
  /** Codes that the commit makes. */
  readonly newNominalCodes: readonly string[];
  readonly newTaxCodes: readonly string[];
  readonly setAside: readonly SetAsideTotal[];
  readonly setAsideFirst: readonly SetAsideLine[];
  readonly proof: readonly Proof[];
  readonly faults: number;
  /** Reading stopped before the end of the file. */
  readonly stopped: boolean;
  /** The very same file, committed before: nothing of it is taken again. */
  readonly repeatOf: { readonly id: string; readonly fileName: string; readonly committedAt: string; readonly by: string } | null;
  readonly result: ImportResult | null;
}

export interface ImportResult {
  readonly documents: { readonly new: number; readonly amended: number; readonly unchanged: number };
  readonly contacts: { readonly new: number; readonly amended: number };
  readonly products: { readonly new: number };
  readonly setAside: number;
  /** Rows that came into Pending Export. */
  readonly postings: number;
  /** Whether it left every record as it was. */
  readonly nothingChanged: boolean;
}
