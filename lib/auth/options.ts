import "server-only";
import { randomUUID } from "node:crypto";
import type { AuthOptions } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { z } from "zod";
import { controlIn } from "#lib/common/control-characters.ts";
import { PASSWORD_MAX } from "#lib/common/password.ts";
import { env, needEnv } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { addressOf } from "./address.ts";
import { authCookies, SESSION_MAX_AGE_SECONDS } from "./cookie.ts";
import { signInByProvider, signInWithPassword, signOut, type Visitor } from "./sign-in.ts";

interface OidcProfile extends Record<string, unknown> {
  sub: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
}

const idClaims = z.object({ sub: z.string().min(1) });

export const SINGLE_SIGN_ON = "single-sign-on";

/** What was thrown goes to the log with an id, and to nobody's browser: next-auth hands a message on as it is. */
async function orFailed<Result>(what: string, work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    log.error({ id: randomUUID().slice(0, 8), error }, `${what} failed`);
    return null;
  }
}

function singleSignOn(): OAuthConfig<OidcProfile>[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env();
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) return [];
  return [
    {
      id: SINGLE_SIGN_ON,
      name: "Single sign-on",
      type: "oauth",
      wellKnown: `${OIDC_ISSUER}/.well-known/openid-configuration`,
      issuer: OIDC_ISSUER,
      clientId: OIDC_CLIENT_ID,
      clientSecret: OIDC_CLIENT_SECRET,
      authorization: { params: { scope: "openid email profile" } },
      idToken: true,
      // The standard lets a provider keep address and name out of the id token and tell them at its userinfo endpoint alone.
      userinfo: {
        request: async ({ tokens, client }) => {
          const { sub } = idClaims.parse(typeof tokens.claims === "function" ? tokens.claims() : null);
          const info = await client.userinfo(tokens.access_token ?? "");
          if (info.sub !== sub) throw new Error("The provider's userinfo is about somebody else than its id token");
          return info;
        },
      },
      checks: ["pkce", "state", "nonce"],
      profile: (profile) => ({ id: profile.sub, email: profile.email ?? null, name: profile.name ?? null }),
    },
  ];
}

/**
 * next-auth for one request. Its JWT holds a random session id and nothing else; who that is, and whether still, is asked of our
 * sessions table each time (`signedIn`).
 */
export function authOptions(request: Request): AuthOptions {
  const visitor: Visitor = {
    address: addressOf((name) => request.headers.get(name)),
    userAgent: request.headers.get("user-agent")?.slice(0, 300) ?? null,
  };
  return {
    secret: needEnv("SESSION_SECRET").SESSION_SECRET,
    session: { strategy: "jwt", maxAge: SESSION_MAX_AGE_SECONDS },
    cookies: authCookies(),
    useSecureCookies: env().APP_URL.startsWith("https://"),
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [
      Credentials({
        credentials: { email: { label: "E-mail", type: "email" }, password: { label: "Password", type: "password" } },
        authorize: async (given) => {
          const email = given?.email ?? "";
          const password = given?.password ?? "";
          if (email === "" || password === "" || email.length > 320 || password.length > PASSWORD_MAX * 4)
            throw new Error("credentials");
          // No account has such an address; in a password it is nobody's slip of the hand.
          if (controlIn(given) !== null) throw new Error("credentials");
          const result = await orFailed("sign-in", () => signInWithPassword(email, password, visitor));
          if (result === null) throw new Error("failed");
          if (!result.ok) throw new Error(result.why === "limited" ? `limited:${result.seconds}` : result.why);
          return { id: result.userId, sid: result.token };
        },
      }),
      ...singleSignOn(),
    ],
    callbacks: {
      signIn: async ({ account, profile, user }) => {
        if (account?.provider !== SINGLE_SIGN_ON) return true;
        // An address that the provider has not checked proves nobody.
        if (typeof profile?.email !== "string" || !("email_verified" in profile) || profile.email_verified !== true) return false;
        if (controlIn(profile.email) !== null) return false;
        const { email } = profile;
        const sid = await orFailed("single sign-on", () => signInByProvider(email, visitor));
        if (sid === null) return false;
        Object.assign(user, { sid });
        return true;
      },
      jwt: ({ token, account, user }) => {
        if (!account) return typeof token.sid === "string" ? { sid: token.sid } : {};
        return "sid" in user ? { sid: user.sid } : {};
      },
      // Nothing about a person is handed to the browser here; pages ask `signedIn`.
      session: ({ session }) => ({ expires: session.expires }),
      redirect: ({ url, baseUrl }) => {
        if (url.startsWith("/")) return `${baseUrl}${url}`;
        return URL.canParse(url) && new URL(url).origin === baseUrl ? url : baseUrl;
      },
    },
    events: {
      signOut: async ({ token }) => {
        const { sid } = token ?? {};
        if (typeof sid === "string") await orFailed("sign-out", () => signOut(sid));
      },
    },
    logger: {
      error: (code, detail) => {
        // A refused sign-in is no fault of ours, and stands in the audit.
        if (!code.includes("CALLBACK_CREDENTIALS"))
          log.error({ code, error: detail instanceof Error ? detail : undefined }, "next-auth");
      },
      warn: (code) => log.warn({ code }, "next-auth"),
      debug: () => undefined,
    },
  };
}
