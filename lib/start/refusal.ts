/** A reason to end a command, written for the reader: shown without a trace, by the name that it shares with the use cases' refusals. */
export class StartRefusal extends Error {
  override readonly name = "Refusal";
}

/** What to print of an error that ends a command: the words alone when they were meant for the reader. */
export function lastWords(error: unknown): unknown {
  return error instanceof Error && (error.name === "Refusal" || error.name === "EnvError") ? error.message : error;
}
