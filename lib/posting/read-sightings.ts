import { type CallWorld, exchangeRead } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import type { ConfirmPage, ConfirmRequest, Message, RawAnswer, Sighting } from "#lib/connectors/types.ts";

/** One page of what the package holds under our references. */
export interface SightingsPage {
  readonly sightings: readonly Sighting[];
  /** When the read of this page began. */
  readonly readAt: Date;
  /** The call that showed it. */
  readonly evidence: { readonly message: Message; readonly answer: RawAnswer };
  /** Whether every reference has been looked for: only then is one without a sighting absent. */
  readonly isLast: boolean;
}

/**
 * Reads what the package holds under our references, a page at a time. A package that is asked record by record gives as many pages as
 * records: a caller whose time slice is over leaves the loop, keeps what it saw, and calls nothing absent.
 * @throws what a read of the package throws: `PackagePause`, `PackageUnavailable`, `ConnectionLost`, `SyncError`
 */
export async function* readSightings(
  world: CallWorld,
  ask: Omit<ConfirmRequest, "connection" | "cursor">,
): AsyncGenerator<SightingsPage, void, void> {
  let cursor: string | null = null;
  do {
    const readAt = now();
    const answers: SightingsPage["evidence"][] = [];
    const page: ConfirmPage = await exchangeRead(
      world,
      world.connector.confirm,
      { ...ask, connection: world.connection, cursor },
      (message, answer) => answers.push({ message, answer }),
    );
    const evidence = answers.at(-1);
    if (!evidence) throw new Error("A read without an answer");
    cursor = page.next;
    yield { sightings: page.sightings, readAt, evidence, isLast: cursor === null };
  } while (cursor !== null);
}
