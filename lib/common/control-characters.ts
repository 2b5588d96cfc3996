/** Beside tab and line breaks, which a text of several lines holds. Postgres stores no U+0000 at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** What a person is told; never the character itself. */
export const CONTROL_REFUSED = "This contains a control character, which cannot be stored. Type it again without it.";

/**
 * Finds the first text in an input that holds a control character, in names and values, at any depth.
 *
 * The one place that decides: actions, handlers, addresses and sign-in all ask here before anything of an input is used.
 *
 * @returns the path to it, `lines.0.description`; blank for the input itself; null where there is none
 */
export function controlIn(input: unknown): string | null {
  // By a list of its own, not by calls: an input may be as deep as its bytes allow.
  const left: { readonly value: unknown; readonly path: string }[] = [{ value: input, path: "" }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    if (typeof value === "string") {
      if (CONTROL.test(value)) return path;
      continue;
    }
    if (typeof value !== "object" || value === null) continue;
    for (const [name, one] of entriesOf(value).toReversed()) {
      if (CONTROL.test(name)) return path;
      left.push({ value: one, path: path === "" ? name : `${path}.${name}` });
    }
  }
  return null;
}

function entriesOf(value: object): [string, unknown][] {
  if (value instanceof FormData || value instanceof URLSearchParams) return [...value.entries()];
  if (value instanceof Map)
    return [...value.entries()].flatMap(([name, one], at) => [
      [`${at}`, name],
      [`${at}`, one],
    ]);
  if (value instanceof Set) return [...value].map((one, at) => [`${at}`, one]);
  // A file's bytes are its own reader's affair.
  if (value instanceof Blob || ArrayBuffer.isView(value)) return [];
  return Object.entries(value);
}

/** Whether an address, as it came, can be decoded and holds no control character. */
export function isPlainAddress({ pathname, searchParams }: Pick<URL, "pathname" | "searchParams">): boolean {
  try {
    return !CONTROL.test(decodeURIComponent(pathname)) && controlIn(searchParams) === null;
  } catch {
    // An escape that is no UTF-8 names nothing.
    return false;
  }
}
