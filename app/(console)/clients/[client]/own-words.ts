import { errorEntry } from "#lib/errors/catalogue.ts";

/** Whether the company itself puts it right, in its own system: the rest is its accountant's, or goes by itself. */
export const isOwnToDo = (code: string): boolean => errorEntry(code).fixer === "operations";

/** Who puts it right, as a client's own person is told. */
export function ownFixerWords(code: string): string {
  if (isOwnToDo(code)) return "You, in your own system";
  return errorEntry(code).fixer === "nobody" ? "Nobody: it resumes automatically" : "Your accountant";
}

/** What they do next, in one sentence. */
export function ownNextWords(code: string): string {
  if (isOwnToDo(code)) return "Correct it in your own system, and give your accountant the file again.";
  return errorEntry(code).fixer === "nobody"
    ? "There is nothing to do."
    : "Your accountant sees this too. There is nothing for you to do here.";
}
