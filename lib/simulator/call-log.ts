/** One call that reached a simulated package, refused ones too. Times are ISO 8601 UTC by the simulator's clock. */
export type LoggedCall = {
  n: number;
  at: string;
  method: string;
  /** With its query. */
  path: string;
  /** The package's own user behind the token; null without a valid one. */
  user: string | null;
  /** When its answer was out or the line cut; null before. */
  ended: string | null;
  /** Elements sent, or 0 for a read. */
  records: number;
  /** The Idempotency-Key, or null. */
  key: string | null;
  /** 0 while unanswered, and for ever when the connection was cut instead. */
  status: number;
  bytesIn: number;
  bytesOut: number;
  /** Elements whose change is in the ledger because of this call. */
  committed: number;
  /** The fault that struck it, or null. */
  fault: string | null;
};

const KEPT = 300_000;

/** The calls of one tenant in order. Kept in memory, oldest dropped beyond 300,000. */
export class CallLog {
  #calls: LoggedCall[] = [];
  #next = 1;

  add(call: Omit<LoggedCall, "n">): LoggedCall {
    const logged = { n: this.#next, ...call };
    this.#next += 1;
    this.#calls.push(logged);
    if (this.#calls.length > KEPT * 1.1) this.#calls = this.#calls.slice(-KEPT);
    return logged;
  }

  /** Calls with n greater than `since`. */
  since(since: number): LoggedCall[] {
    const first = this.#calls[0]?.n ?? 1;
    return this.#calls.slice(Math.max(0, since - first + 1));
  }
}
