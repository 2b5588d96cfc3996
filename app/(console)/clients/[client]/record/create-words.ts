import { formatCount } from "#components/grid/words.ts";
import type { CreateQuestion } from "#lib/posting/unlink.ts";

/** What came of "Create in the package"; null where it asked first. */
export function createdWords(
  answer: { readonly asks: CreateQuestion } | { readonly created: number; readonly number: number },
  packageName: string,
  locale: string,
): string | null {
  if ("asks" in answer) return null;
  return `Run ${answer.number}: ${formatCount(answer.created, locale)} to be created in ${packageName}.`;
}
