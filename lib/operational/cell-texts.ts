// Cells as programs write them to keep a spreadsheet from changing them, and as they arrive when a program has changed them all the same.

/** A text that its writer kept from a spreadsheet's hands: `="00417"` is 00417. */
const GUARDED = /^="((?:[^"]|"")*)"$/;

/** Signs that nobody sees: of no width, of the direction of writing, a hyphen for a line's end. */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
const HAS_INVISIBLE = new RegExp(INVISIBLE.source);

/** A cell's text without what stands around it for a spreadsheet's sake, and without signs that nobody sees. */
export function bare(cell: string): string {
  const text = HAS_INVISIBLE.test(cell) ? cell.replace(INVISIBLE, "") : cell;
  if (!text.includes('="')) return text;
  const guarded = GUARDED.exec(text.trim());
  return guarded ? (guarded[1] ?? "").replaceAll('""', '"') : text;
}

/** Blanks that no line may break at look like any other: in a number or a name they are one. */
export function plainBlanks(text: string): string {
  return text.replace(/[\u00a0\u2007\u202f]/g, " ");
}

/** What Windows-1252 shows for the second and third byte of a character of UTF-8. */
const TRAILING =
  "\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178";
const TWICE = new RegExp(`[\u00c2\u00c3][${TRAILING}]|\u00e2\u20ac[${TRAILING}]`, "u");
/** What files of DOS, the Mac and Central Europe show for letters when they are taken for Windows-1252: no name has these inside a word. */
const OTHER_PAGE =
  /\p{Ll}(?:[\u201a\u201e\u2020\u2021\u02c6\u2030\u2039\u00a4\u00ac\u00a6\u00a8\u00af\u00b3\u00b6\u00b8\u00b9\u00bc\u00bd\u00be\u00bf\u017d\u0178\u0160]|[\u201c\u201d\u2026\u2122\u203a](?=\p{Ll}))|\p{Lu}[\u017d\u0178\u0160](?=\p{Ll})/u;

/**
 * What is wrong with the letters of a text that was taken for another encoding on its way; null where nothing shows.
 *
 * @param isName whether it is somebody's name, in which no sign stands behind a letter
 */
export function spoiltLetters(text: string, isName: boolean): string | null {
  if (text.includes("\ufffd"))
    return "has all its letters: \u201c\ufffd\u201d replaces one that was lost. Export the file again as UTF-8";
  const twice = TWICE.exec(text)?.[0] ?? (isName ? OTHER_PAGE.exec(text)?.[0] : undefined);
  return twice === undefined
    ? null
    : `is written in the file's own encoding: \u201c${twice}\u201d replaces a letter. Export the file again as UTF-8`;
}

/** Whether a reference of digits has a spreadsheet's apostrophe before it, or decimals behind it that a program gave it. */
function identifierMark(text: string): IdentifierMark | null {
  if (/^['\u2019]\d/.test(text)) return "apostrophe";
  return /^\d+\.0$/.test(text) ? "decimal" : null;
}

/** A reference with a mark, where it stands first, and how many there are. */
export interface MarkedReference {
  readonly line: number;
  readonly field: string;
  readonly value: string;
  count: number;
}

export interface ReferenceMarks {
  readonly seen: Map<IdentifierMark, MarkedReference>;
  /** Those that somebody said are none of a reference. */
  readonly off: ReadonlySet<IdentifierMark>;
}

/** Takes note of a reference's mark; answers the reference without it where that is what it is. */
export function unmarked(
  value: string,
  { seen, off }: ReferenceMarks,
  at: { readonly line: number; readonly field: string },
): string {
  const mark = identifierMark(value);
  if (mark === null) return value;
  const first = seen.get(mark);
  if (first) first.count += 1;
  else seen.set(mark, { ...at, value, count: 1 });
  return off.has(mark) ? withoutMark(value, mark) : value;
}

export type IdentifierMark = "apostrophe" | "decimal";

/** The reference without that mark. */
export function withoutMark(text: string, mark: IdentifierMark): string {
  return mark === "apostrophe" ? text.slice(1) : text.slice(0, -2);
}
