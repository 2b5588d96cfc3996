/** A reason to end that is written for the reader: shown without a trace. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** What to print of an error that ends a command: the words alone when they were meant for the reader. */
export function lastWords(error: unknown): unknown {
  return error instanceof Error && (error.name === "Refusal" || error.name === "EnvError") ? error.message : error;
}
