import { randomUUID } from "node:crypto";
import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authCookies } from "#lib/auth/cookie.ts";
import { authOptions } from "#lib/auth/options.ts";
import { isOwnOrigin } from "#lib/auth/origin.ts";
import { isPlainAddress } from "#lib/common/control-characters.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

/** next-auth's own routes. It checks a token in the form; we ask for our Origin besides, as everywhere. */
async function handle(request: NextRequest, context: Context): Promise<Response> {
  if (request.method !== "GET" && !isOwnOrigin(request.headers.get("origin")))
    return refuse(403, "origin", "This request did not come from this console.");
  if (!isPlainAddress(request.nextUrl) || !isAddress(request.nextUrl.searchParams.get("callbackUrl")))
    return refuse(400, "input", "The address contains something we cannot use.");
  const { callbackUrl } = authCookies();
  if (!isAddress(request.cookies.get(callbackUrl.name)?.value ?? null)) {
    // next-auth would answer 500 for as long as the browser keeps it.
    const response = refuse(400, "input", "Your browser kept an address that we cannot use; it is forgotten. Try again.");
    response.headers.append(
      "Set-Cookie",
      `${callbackUrl.name}=; Path=/; Max-Age=0${callbackUrl.options.secure ? "; Secure" : ""}`,
    );
    return response;
  }
  try {
    const response: Response = await NextAuth(request, context, authOptions(request));
    response.headers.set("Cache-Control", "no-store");
    return response;
  } catch (error) {
    const id = randomUUID().slice(0, 8);
    log.error({ id, error }, "sign-in failed");
    return refuse(500, "internal", `Something went wrong on our side. Give this number when you ask: ${id}.`);
  }
}

/** Whether next-auth can take it for an address: it answers 500 to any other. */
function isAddress(callbackUrl: string | null): boolean {
  if (callbackUrl === null || callbackUrl === "") return true;
  const base = callbackUrl.startsWith("/") ? env().APP_URL : undefined;
  return URL.canParse(callbackUrl, base) && /^https?:$/.test(new URL(callbackUrl, base).protocol);
}

function refuse(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status, headers: { "Cache-Control": "no-store" } });
}

export { handle as GET, handle as POST };
