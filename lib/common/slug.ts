/** What an address under `/clients/` may look like: small letters, digits and single dashes between them. */
export const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const SLUG_MAX = 60;

/** An address made from a name: "Café Zoë & Sons Ltd" becomes `cafe-zoe-sons-ltd`; empty when the name has no Latin letter or digit. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{M}|['’]/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_MAX)
    .replaceAll(/^-+|-+$/g, "");
}
