import type { RecordKind } from "#lib/common/records.ts";
import { SYNC_ERRORS, type SyncErrorCode } from "./catalogue.ts";

/** What the card needs beyond the catalogue's text. All of it is safe to show and to store. */
export interface SyncErrorDetail {
  /** The field at fault, e.g. `lines[0].nominalCode`. */
  readonly field?: string;
  /** The value that was refused: a nominal code, a tax code, an item code, a contact's reference. */
  readonly value?: string;
  /** Which record the value belongs to, for a person: "line 2", "Customer 12923". */
  readonly subject?: string;
  /** Of a tax code that may stand on both: the side of the document, for which it is mapped. */
  readonly side?: "sales" | "purchase";
  /** The package's own words, verbatim; shown folded. */
  readonly said?: readonly string[];
  readonly httpStatus?: number;
  /** The package's id of the call, for its support. */
  readonly requestId?: string;
  /** The package's id of what stands there. */
  readonly externalId?: string;
  /** The package's ids of the records that may each be ours, where it is not clear which. */
  readonly candidates?: readonly string[];
  /** Our own id of the record that lacks a link: a customer, supplier or product. */
  readonly recordId?: string;
  /** What the package's record that may be the same is called. */
  readonly theirs?: string;
  /** The organisation that a record is linked to nothing in. */
  readonly organisation?: string;
  /** Another organisation that it is linked in. */
  readonly elsewhere?: string;
  /** The last locked day, read from the refusal or from the organisation. */
  readonly lockDate?: string;
  /** Of a refusal: the first day of the lock that it names, where days before it may be open. */
  readonly lockFrom?: string;
  /** Of a refusal: the kinds of record that the lock stops, where it does not stop all. */
  readonly lockKinds?: readonly RecordKind[];
  /** The new date that somebody agreed to, while another day was the first open one. */
  readonly agreedOn?: string;
}

/** An expected refusal, kept as data in rows and answers; thrown only where a caller cannot go on. */
export class SyncError extends Error {
  readonly code: SyncErrorCode;
  readonly detail: SyncErrorDetail;
  constructor(code: SyncErrorCode, detail: SyncErrorDetail = {}, options?: ErrorOptions) {
    super(SYNC_ERRORS[code].title, options);
    this.name = "SyncError";
    this.code = code;
    this.detail = detail;
  }
}
