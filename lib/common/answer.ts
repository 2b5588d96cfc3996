/** Why an action was not done, in words for the reader. */
export interface ActionError {
  readonly message: string;
  /** Dotted path of the input field that it is about. */
  readonly field?: string;
  /** `signed-out`, `origin`, `not-found`, `forbidden`, `limited`, `input`, `internal`, or the code of a `Refusal` (default `refused`). */
  readonly code: string;
}

/** What every server action answers. */
export type ActionAnswer<Data> = { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: ActionError };
