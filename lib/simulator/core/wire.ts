import type { IncomingMessage } from "node:http";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import type { Answer } from "#lib/simulator/core/answer.ts";
import type { AccessToken } from "#lib/simulator/core/grants.ts";
import type { Limited, Limits, Subject } from "#lib/simulator/core/limits.ts";
import type { Role } from "#lib/simulator/core/oauth-policy.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";

/** One call that may be answered: its token holds, its organisation is connected. */
export type Call<Org> = {
  organisation: Org;
  token: AccessToken;
  /** The person behind the token; some lock dates bind by it. */
  role: Role;
  request: IncomingMessage;
  method: string;
  /** Its path is below the package's root. */
  url: URL;
  bytes: Buffer;
  /** The moment of the work, by the simulator's clock. */
  now: number;
  /** Where the wire says how many records were sent. */
  logged: LoggedCall;
  /** What strikes it. The wire itself plays P11, P12, P13, P14 and P18 (`by-order.ts`), and leaves the others to the core. */
  fault: FaultOrder | null;
  /** The package's root as the caller named it, without a trailing slash: for ids that are addresses. */
  root: string;
};

/** What a call's work came to: `committed` counts the records that it changed. */
export type Performed = { answer: Answer; committed: number };

/** How a package does a call once though it was sent twice. */
type KeyPolicy<Org> = {
  seconds: number;
  /** Read by the call log too. Null: this call has none. */
  keyOf(request: IncomingMessage, method: string, url: URL): string | null;
  /** A key that is refused by its form, before any work. */
  refused(key: string): Answer | null;
  /** Within what a key stands for one request: the app, the organisation, the token. */
  scope(call: Call<Org>): string;
  /** The answer to a key that stood for another request; null where the package doesn't look. */
  reused(key: string): Answer | null;
};

/** What a package says where the core refuses or fails for it. */
type Words = {
  /** `token` is the one that expired, or null for none of ours. */
  unauthorized(token: AccessToken | null, now: number): Answer;
  /** The organisation isn't there, isn't named, or isn't connected. */
  forbidden(): Answer;
  /** Null: refused without a word about why (fault P03). */
  tooMany(limited: Limited | null): Answer;
  serverError(): Answer;
  unavailable(): Answer;
};

/** What one package's calls look like. The core does the rest: token, limits, faults, keys, log. */
export interface Wire<Org> {
  /** Whether a path below the package's root is one of its calls. */
  owns(url: URL): boolean;
  /** The organisation that a call names, by header, path or token. */
  tenantOf(request: IncomingMessage, url: URL, token: AccessToken | null): string | null;
  /** The kinds of limit windows that a call counts in, beside those for every call. */
  kinds?(method: string, url: URL): readonly string[];
  /** Refuses what needs no work: a scope, a missing header. Before limits. */
  allow?(call: Call<Org>): Answer | null;
  /** Does the work at once, without a pause: nobody sees half of it. */
  perform(call: Call<Org>): Performed;
  /** Headers of every answer, refusals too. */
  headers?(
    asked: { organisation: Org | null; subject: Subject | null; now: number },
    limits: Limits,
  ): Record<string, string | number>;
  readonly words: Words;
  /** The windows that P01 (a minute's), P02 (a day's, or the longest) and P04 (the app's) block. */
  readonly faultWindows: { P01: string; P02: string; P04: string };
  readonly keys: KeyPolicy<Org> | null;
}
