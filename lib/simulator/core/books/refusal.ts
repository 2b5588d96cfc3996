/** Why the books refuse a change, in nobody's words: the wire has the package's own for each. */
export type ReasonCode =
  /** The date lies in a locked period; `text` is the lock date. */
  | "locked"
  /** It has payments or allocations, and what was asked would change what they rest on. */
  | "settled"
  /** More than is due, left or unexplained. */
  | "too-much"
  /** It is banked in a deposit. */
  | "deposited"
  | "unknown-account"
  | "inactive-account"
  /** An account that may not stand there: a control account on a line, income as a bank. */
  | "wrong-account"
  | "unknown-party"
  | "inactive-party"
  | "other-party"
  | "unknown-item"
  | "unknown-tax"
  | "unknown-document"
  | "number-taken"
  | "name-taken"
  | "currency"
  | "no-lines"
  | "negative"
  | "unbalanced"
  | "bad-status"
  /** Changed by someone else since it was read; `text` is the version that it has. */
  | "stale"
  /** There is no such record. */
  | "missing"
  /** Something still rests on it. */
  | "in-use"
  | "required"
  | "bad-value";

export type Reason = {
  code: ReasonCode;
  /** Whose value was refused, by the record's own name for the field. */
  field?: string;
  /** The position of the line, from 0. */
  line?: number;
  /** The record in the way: the document that has the number, the party that has the name. */
  id?: string;
  /** The value. */
  text?: string;
};

/** The books refuse. Nothing was changed. */
export class Refused extends Error {
  readonly reasons: readonly Reason[];
  constructor(reasons: readonly Reason[]) {
    super(reasons.map(({ code, field, text }) => [code, field, text].filter(Boolean).join(" ")).join("; "));
    this.name = "Refused";
    this.reasons = reasons;
  }
}

/** @throws {Refused} with one reason */
export function refuse(code: ReasonCode, more: Omit<Reason, "code"> = {}): never {
  throw new Refused([{ code, ...more }]);
}
