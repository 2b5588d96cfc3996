const GUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;
const BARE = /(?<![\da-f])[\da-f]{32}(?![\da-f])/gi;

/** Xero's id in what somebody pasted: the id itself, in any case, in braces or without hyphens, or an address of Xero's screens that ends in it; null when there is none. */
export function idIn(pasted: string): string | null {
  let text = pasted.slice(0, 2_000);
  try {
    text = decodeURIComponent(text);
  } catch {
    // A lone percent sign: read as it stands.
  }
  // An address may name the organisation first: the record stands last.
  const whole = text.match(GUID)?.at(-1);
  if (whole) return whole.toLowerCase();
  const bare = text.match(BARE)?.at(-1)?.toLowerCase();
  return bare ? [bare.slice(0, 8), bare.slice(8, 12), bare.slice(12, 16), bare.slice(16, 20), bare.slice(20)].join("-") : null;
}
