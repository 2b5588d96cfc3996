/** What stands for a package's name where none is connected: texts then stay as they are written. */
export const NO_NAME = "the package";

/** Texts of the catalogue and of help speak of "the package"; on screen it has its name. */
export function named(text: string, { packageName }: { readonly packageName: string }): string {
  if (packageName === NO_NAME) return text;
  return text
    .replace(/\b[Tt]he package's\b/g, `${packageName}'s`)
    .replace(/\b(?:of|in|to|by) this package\b/g, (found) => found.replace("this package", packageName))
    .replace(/\b[Tt]he package\b/g, packageName);
}
