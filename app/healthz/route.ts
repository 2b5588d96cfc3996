export const dynamic = "force-dynamic";

/** Whether the process is alive: nothing it depends on is asked. */
export function GET(): Response {
  return Response.json({ alive: true }, { headers: { "Cache-Control": "no-store" } });
}
