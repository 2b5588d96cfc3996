import { channel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { env } from "#lib/env.ts";

/** Written by us over whatever a caller sends; see {@link markPeers}. */
const PEER_HEADER = "x-greentick-peer";

function isRequestStart(message: unknown): message is { request: IncomingMessage } {
  return typeof message === "object" && message !== null && "request" in message;
}

/**
 * Notes on each request, before Next sees it, which address it came from: Next itself hands on whatever `X-Forwarded-For` a caller
 * made up, and the limits on sign-in would count that.
 */
export function markPeers(): void {
  channel("http.server.request.start").subscribe((message) => {
    if (isRequestStart(message)) message.request.headers[PEER_HEADER] = message.request.socket.remoteAddress ?? "";
  });
}

/**
 * The address a request came from. Served over https, the console stands behind a proxy of the operator's own, whose entry is the
 * last of `X-Forwarded-For`; otherwise nobody stands between, and only the socket is believed.
 */
export function addressOf(header: (name: string) => string | null | undefined): string {
  const peer = header(PEER_HEADER) || "unknown";
  if (!env().APP_URL.startsWith("https://")) return peer;
  return header("x-forwarded-for")?.split(",").at(-1)?.trim() || peer;
}
