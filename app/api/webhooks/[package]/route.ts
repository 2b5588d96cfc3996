import { packageSettings } from "#lib/env.ts";
import { mostBytesOf, receiveEvents } from "#lib/night/webhooks.ts";
import { database } from "#lib/web.ts";

/**
 * A package's events. Xero wants an empty answer without cookies within five seconds; the signature over the raw bytes is the
 * permission.
 */
export async function POST(request: Request, { params }: { params: Promise<{ package: string }> }): Promise<Response> {
  const { package: packageId } = await params;
  const most = mostBytesOf(packageId);
  if (most === 0) return new Response(null, { status: 404 });
  const length = Number(request.headers.get("content-length") ?? "0");
  const body = length > most ? new Uint8Array(most + 1) : new Uint8Array(await request.arrayBuffer());
  const status = await receiveEvents(database(), packageId, body, request.headers, (id) => packageSettings(id).webhookKey);
  return new Response(null, { status, headers: { "Cache-Control": "no-store" } });
}
