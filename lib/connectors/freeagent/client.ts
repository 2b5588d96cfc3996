import { sendByHttp } from "../shared/http.ts";
import type { Message, RawAnswer, SendContext, SendResult } from "../types.ts";
import { reading } from "./read.ts";
import { subdomainOf } from "./tenant.ts";

/** FreeAgent refuses calls without it. */
const USER_AGENT = "Greentick";
/** Without a date FreeAgent serves what it did before it dated its changes: a constant one keeps its answers as they are known here. */
const API_VERSION = "2025-11-30";
/** Real milliseconds for a call about a consent. */
const CONSENT_MS = 15_000;

const headersOf = (accessToken: string) => ({
  authorization: `Bearer ${accessToken}`,
  accept: "application/json",
  "user-agent": USER_AGENT,
  "x-api-version": API_VERSION,
});

/** Sends one message to FreeAgent, and answers what came, unparsed. A client of a practice is named by its subdomain. */
export function send(message: Message, context: SendContext): Promise<SendResult> {
  const { connection, accessToken, timeoutMs, signal } = context;
  const subdomain = subdomainOf(connection.tenantId);
  return sendByHttp(message, {
    apiUrl: connection.apiUrl,
    timeoutMs,
    ...(signal ? { signal } : {}),
    headers: {
      ...headersOf(accessToken),
      ...(message.body === null ? {} : { "content-type": "application/json" }),
      ...(subdomain === null ? {} : { "x-subdomain": subdomain }),
    },
  });
}

/**
 * Reads what a consent reaches, before there is a connection: 15 s in all, no redirects.
 * @throws {Error} when no answer comes
 */
export async function readForConsent(
  apiUrl: string,
  accessToken: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const result = await sendByHttp(reading("readForConsent", path, query), {
    apiUrl,
    headers: headersOf(accessToken),
    timeoutMs: CONSENT_MS,
  });
  if (result.sent !== true) throw new Error(`FreeAgent gave no answer: ${result.why}`);
  return result.answer;
}
