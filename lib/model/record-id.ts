/** What the reference of a staged line begins with where its file names the record's own id: no reference of anybody's does. */
export const RECORD_ID = "\u27e6";

/** The reference under which lines of one record are gathered. */
export function byRecordId(id: string): string {
  return `${RECORD_ID}${id}`;
}
