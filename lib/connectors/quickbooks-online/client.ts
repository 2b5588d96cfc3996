import { sendByHttp } from "../shared/http.ts";
import type { Message, SendContext, SendResult } from "../types.ts";

/** Sends one message, its body byte for byte. The key is in it already, as their `requestid`. */
export function send(message: Message, context: SendContext): Promise<SendResult> {
  const { connection, accessToken, timeoutMs, signal } = context;
  return sendByHttp(message, {
    apiUrl: connection.apiUrl,
    headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" },
    timeoutMs,
    ...(signal ? { signal } : {}),
  });
}

/** Real milliseconds for the one call that connecting makes. */
const IDENTITY_MS = 15_000;

/**
 * Reads a company before there is a connection to it. No redirects are followed.
 * @throws {Error} when no answer comes
 */
export async function readCompany(
  apiUrl: string,
  realmId: string,
  accessToken: string,
): Promise<{ status: number; body: string }> {
  const company = encodeURIComponent(realmId);
  const answer = await fetch(`${apiUrl}/v3/company/${company}/companyinfo/${company}?minorversion=75`, {
    headers: { Authorization: `Bearer ${accessToken}`, Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(IDENTITY_MS),
  });
  return { status: answer.status, body: await answer.text() };
}
