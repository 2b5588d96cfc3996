import { SIGNATURE_HEADER } from "#lib/connectors/xero/webhooks.ts";
import { env } from "#lib/env.ts";
import { MOST_BYTES, receiveXeroEvents } from "#lib/night/webhooks.ts";
import { database } from "#lib/web.ts";

/** Xero's events. It wants an empty answer without cookies within five seconds; the signature over the raw bytes is the permission. */
export async function POST(request: Request): Promise<Response> {
  const length = Number(request.headers.get("content-length") ?? "0");
  const body = length > MOST_BYTES ? new Uint8Array(MOST_BYTES + 1) : new Uint8Array(await request.arrayBuffer());
  const status = await receiveXeroEvents(database(), body, request.headers.get(SIGNATURE_HEADER), env().XERO_WEBHOOK_KEY);
  return new Response(null, { status, headers: { "Cache-Control": "no-store" } });
}
