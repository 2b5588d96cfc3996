import type { ScopedDb } from "#db/client.ts";
import type { CallWorld } from "#lib/calling/call.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Files } from "#lib/connectors/types.ts";

/** One connection while a worker holds its lease: what sending, settling and confirming need. */
export interface PostingWorld extends CallWorld {
  readonly scope: ClientScope;
  readonly fence: bigint;
  /** Whether the package would take anything now: where it collects, only while its program is there. Left out: always. */
  readonly isThere?: () => Promise<boolean>;
  /** Where batches become files that a person carries; left out where they are sent. */
  readonly files?: Files;
  readonly postAs: "authorised" | "draft";
  /** Lines as they are, or one for each account and tax code. */
  readonly lines?: "detailed" | "summarised";
  /** Our own page of a document or journal: the marker that a read-back recognises. */
  readonly urlOf: (recordId: string, pages?: "documents" | "journals") => string;
  /** Whether at least half of the lease is left: nothing is sent otherwise. */
  readonly leaseIsFresh: () => boolean;
  inScope<T>(work: (db: ScopedDb) => Promise<T>): Promise<T>;
}

/** The same of a package that takes files. */
export interface FileWorld extends PostingWorld {
  readonly files: Files;
}
