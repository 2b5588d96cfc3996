import "server-only";
import { createHash } from "node:crypto";
import { cookies } from "next/headers";
import { decode } from "next-auth/jwt";
import { SESSION_HOURS } from "#db/queries/people/people.ts";
import { env, needEnv } from "#lib/env.ts";

/** `__Host-` binds the cookie to this very host over https; a browser refuses the prefix over plain http. */
const secure = () => env().APP_URL.startsWith("https://");

const sessionCookieName = () => (secure() ? "__Host-greentick-session" : "greentick-session");

/** next-auth's three cookies, all HttpOnly and SameSite=Lax, Secure and `__Host-` when the console is served over https. */
export function authCookies() {
  const options = { httpOnly: true, sameSite: "lax" as const, path: "/", secure: secure() };
  const prefix = secure() ? "__Host-" : "";
  return {
    sessionToken: { name: sessionCookieName(), options },
    callbackUrl: { name: `${prefix}greentick-callback`, options },
    csrfToken: { name: `${prefix}greentick-csrf`, options },
    pkceCodeVerifier: { name: `${prefix}greentick-pkce`, options: { ...options, maxAge: 900 } },
    state: { name: `${prefix}greentick-state`, options: { ...options, maxAge: 900 } },
    nonce: { name: `${prefix}greentick-nonce`, options },
  };
}

export const SESSION_MAX_AGE_SECONDS = SESSION_HOURS * 3600;

/** SHA-256 of a session's random id: what the database keeps of it. */
export function tokenShaOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** SHA-256 of the random id in this request's cookie; null without a cookie, or with one that is not ours. */
export async function sessionTokenSha(): Promise<Buffer | null> {
  const cookie = (await cookies()).get(sessionCookieName())?.value;
  if (!cookie) return null;
  const jwt = await decode({ token: cookie, secret: needEnv("SESSION_SECRET").SESSION_SECRET }).catch(() => null);
  return typeof jwt?.sid === "string" ? tokenShaOf(jwt.sid) : null;
}
