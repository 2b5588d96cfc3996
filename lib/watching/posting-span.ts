import type { Attributes, Span } from "@opentelemetry/api";
import { listTraceParents } from "#db/queries/practice/watching.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { alsoIn, inTrace, isTracing } from "./trace.ts";

/**
 * Runs one step of some postings as a span of the trace that began with the click that queued them. Postings of several clicks travel
 * together: the others' traces get the step as well, with a link. Where nothing is traced the tables are not asked.
 */
export async function inPostingSpan<T>(
  world: PostingWorld,
  name: string,
  postingIds: readonly string[],
  attributes: Attributes,
  work: (span: Span | null) => Promise<T>,
): Promise<T> {
  if (!isTracing()) return work(null);
  const [first = null, ...others] = await world.inScope((db) => listTraceParents(db, postingIds));
  const all = {
    ...attributes,
    "greentick.provider": world.connector.id,
    "greentick.client_id": world.clientId,
    "greentick.connection_id": world.connection.id,
    "greentick.postings": postingIds.length,
  };
  return inTrace(first, name, all, async (span) => {
    const done = await work(span);
    if (span) alsoIn(others, name, all, span);
    return done;
  });
}
