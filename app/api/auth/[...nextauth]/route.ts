import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "#lib/auth/options.ts";
import { isOwnOrigin } from "#lib/auth/origin.ts";

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

/** next-auth's own routes. It checks a token in the form; we ask for our Origin besides, as everywhere. */
async function handle(request: NextRequest, context: Context): Promise<Response> {
  if (request.method !== "GET" && !isOwnOrigin(request.headers.get("origin"))) {
    return Response.json({ error: { code: "origin", message: "This request did not come from this console." } }, { status: 403 });
  }
  const response: Response = await NextAuth(request, context, authOptions(request));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

export { handle as GET, handle as POST };
