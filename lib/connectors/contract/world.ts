import type { OutgoingDocument } from "#lib/common/records.ts";
import type { Connection, Connector, Message, RawAnswer, SendResult } from "../types.ts";

/** What can befall the next call that writes. */
export type Mishap =
  /** It is done, and the answer never comes. */
  | "answer-lost"
  /** The package answers that it failed, though it has done it. */
  | "server-error"
  /** Too many calls: nothing is written. */
  | "slow-down"
  /** The token has expired: nothing is written. */
  | "token-expired"
  /** The answer speaks of the records in another order. */
  | "reordered"
  /** The answer leaves one record out that was saved. */
  | "element-missing"
  /** Nobody answers at the package's address, or nobody comes by for what waits. */
  | "not-now"
  /** It is done, or told to us, only after we have stopped waiting. */
  | "late-answer";

/** How a message went: as our own client says, or laid down for a program that comes by for it. */
export type Carried = SendResult | { readonly sent: "laid-down" };

/** A package that the suite can use and trouble, and into whose books it can look. */
export interface ContractWorld {
  readonly connection: Connection;
  /**
   * Carries one message there, and its answer back where one comes, as this package's client does.
   *
   * @param key of a message that writes; null for a question
   */
  carry(message: Message, key: string | null): Promise<Carried>;
  /** Arranges what befalls the next message that writes. */
  arrange(mishap: Mishap): Promise<void>;
  /** What the last mishap left on its way arrives; answers what still comes back of it. */
  arrive(): Promise<RawAnswer | null>;
  /** How many documents the package's books hold under a number. */
  countInBooks(number: string): Promise<number>;
  /** The same document, refused by this package for a reason that nobody can know beforehand. */
  spoiled(document: OutgoingDocument): OutgoingDocument;
  close(): Promise<void>;
}

/** A package under contract. */
export interface Subject {
  readonly name: string;
  readonly connector: Connector;
  /** Those that can befall this package's calls at all. */
  readonly mishaps: readonly Mishap[];
  readonly makeWorld: () => Promise<ContractWorld>;
}
