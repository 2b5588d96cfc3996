import type { ScopedDb } from "#db/client.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { listFilesOfRun, type WaitingFile } from "#db/queries/files/run-files.ts";
import { findLastVisit } from "#db/queries/mailbox/visits.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { PACKAGE_CARDS } from "#lib/connectors/cards.ts";

/** What a run of a package that is not called waits for. */
export interface Waits {
  readonly files: readonly WaitingFile[];
  /** The program that comes by for the work; null where the package has none. */
  readonly program: { readonly name: string; readonly seenAt: Date | null; readonly isThere: boolean } | null;
}

/** What the run waits for, by how the client's package is reached. */
export async function readWaits(db: ScopedDb, scope: ClientScope, runId: string): Promise<Waits> {
  const connection = await findConnection(db, scope);
  const card = PACKAGE_CARDS.find(({ id }) => id === connection?.package);
  const files = card?.style === "file" ? await listFilesOfRun(db, scope, runId) : [];
  if (card?.program === undefined) return { files, program: null };
  const visit = await findLastVisit(db, scope);
  return { files, program: { name: card.program, seenAt: visit?.seenAt ?? null, isThere: visit?.isThere ?? false } };
}

/** How a file stands, as a heading. */
export function fileWords({ number, state, handedBy }: Pick<WaitingFile, "number" | "state" | "handedBy">): string {
  if (state === "ready") return `File ${number} is ready to download`;
  if (state === "answered") return `File ${number} has records that nobody knows about`;
  return `File ${number} waits for its import${handedBy === null ? "" : `, downloaded by ${nameOf(handedBy)}`}`;
}

/** Without the address that tells two of the same name apart in the audit. */
const nameOf = (actor: string) => actor.replace(/ <[^<>]*>$/, "");

/** How the program stands; null while it is there. @param time its last visit in words */
export function programWords(program: NonNullable<Waits["program"]>, time: string): string | null {
  if (program.isThere) return null;
  if (program.seenAt === null) return `${program.name.charAt(0).toUpperCase()}${program.name.slice(1)} has not come by yet`;
  return `Waiting for ${program.name}, last seen ${time}`;
}
