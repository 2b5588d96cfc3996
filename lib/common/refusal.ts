/** An expected no, in words for the reader: thrown by a use case, it rolls the transaction back and becomes the answer's error. */
export class Refusal extends Error {
  /** The input field that it is about, if one. */
  readonly field: string | undefined;
  /** For a caller that must tell refusals apart; the reader never sees it. */
  readonly code: string;
  constructor(message: string, options: { field?: string; code?: string } = {}) {
    super(message);
    this.name = "Refusal";
    this.field = options.field;
    this.code = options.code ?? "refused";
  }
}
