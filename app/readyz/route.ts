import { readiness } from "#lib/health/health.ts";
import { database } from "#lib/web.ts";

export const dynamic = "force-dynamic";

/** Whether requests may be sent here: 503 while the database, its tables or the key for tokens is missing. */
export async function GET(): Promise<Response> {
  const state = await readiness(database());
  return Response.json(state, { status: state.ready ? 200 : 503, headers: { "Cache-Control": "no-store" } });
}
