// What the status beside a document says: that it stands, that it was voided, or a word that nobody knows.

/** Further statuses than these are no statuses but another column. */
export const MAX_STATUSES = 12;

/** Words of ledgers for a document that stands, whatever became of it since. Any other is asked about. */
const STANDING = new Set(
  "open;opened;paid;unpaid;part paid;partly paid;partially paid;partial;fully paid;paid in full;not paid;outstanding;overdue;due;not due;past due;sent;not sent;issued;approved;authorised;authorized;posted;unposted;final;finalised;finalized;complete;completed;closed;invoiced;active;ok;valid;exported;printed;emailed;mailed;awaiting payment;settled;cleared;allocated;unallocated;confirmed;processed;received;booked;live;offen;bezahlt;teilbezahlt;betaald;openstaand;verzonden;pay\u00e9;pay\u00e9e;ouverte;envoy\u00e9e".split(
    ";",
  ),
);
/** A heading that asks whether a document was voided, or when: whatever stands there but a no says that it was. */
export const VOIDING = /\bvoid|cancel|annul|stornier|\breversed|\bdeleted|\bbounced/i;
const NO = /^(?:n|no|not|false|0|-|none|never|nein|nee|non)$/i;

/** Whether a value under a {@link VOIDING} heading says that the document was voided. */
export function saysVoided(value: string): boolean {
  return value !== "" && !NO.test(value);
}

/** Whether a status says that what it stands beside stands: a blank one does. */
export function saysStanding(status: string): boolean {
  return status === "" || STANDING.has(foldedStatus(status));
}

/** A status as it is compared, and named in its question. */
export function foldedStatus(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();
}
