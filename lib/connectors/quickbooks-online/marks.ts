/*
 * They keep no reference of an app's own, so ours stands in the note that only the company's people see: on a contact in a line of its
 * own, on a document our page's address alone, on a journal that address behind the narration.
 */

const CONTACT_MARK = /^\[ref ([^\]\r\n]+)\]$/m;
const ADDRESS = /^https?:\/\/\S+$/;

/** The note of a contact that we make. */
export const contactMark = (reference: string): string => `[ref ${reference}]`;

/** Our reference in a contact's note; null where somebody took it out, or it was never ours. */
export const referenceIn = (notes: string | null): string | null => CONTACT_MARK.exec(notes ?? "")?.[1] ?? null;

/** The note of a journal. */
export const journalNote = (narration: string, url: string): string => (ADDRESS.test(url) ? `${narration}\n${url}` : narration);

/** A journal's narration and our mark, of its note. */
export function journalNoteParts(note: string | null): { readonly narration: string | null; readonly url: string | null } {
  if (note === null) return { narration: null, url: null };
  const at = note.lastIndexOf("\n");
  const last = note.slice(at + 1).trim();
  return at >= 0 && ADDRESS.test(last) ? { narration: note.slice(0, at).trim(), url: last } : { narration: note, url: null };
}

/** The address of our page in a document's note; null where there is none. */
export const pageIn = (note: string | null): string | null => /https?:\/\/\S+/.exec(note ?? "")?.[0] ?? null;

/** What they write into the note of a record that was voided. */
export const saysVoided = (note: string | null): boolean => /\bvoided\b/i.test((note ?? "").replace(/https?:\/\/\S+/g, ""));

/** An item's name: a colon would part it from a parent. */
export const itemName = (reference: string): string => reference.replace(/\s*:\s*/g, " - ").trim();

/** A contact's name as it is kept: no double blanks, none at its ends. */
export const contactName = (name: string): string => name.normalize("NFC").replace(/\s+/g, " ").trim();
