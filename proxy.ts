import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { isPlainAddress } from "#lib/common/control-characters.ts";
import { env } from "#lib/env.ts";

/** Pages that a signed-out person may see. */
const OPEN = /^\/(sign-in|first-run|invitation)(\/|$)/;
/** What a load balancer asks: answered like the API, to anybody. */
const PROBE = /^\/(healthz|readyz)$/;

/**
 * Puts the content policy and its nonce on every answer, and spares signed-out people a page that would only send them on. It guards
 * nothing: pages, actions and handlers each ask who, whatever happened here.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const { APP_URL } = env();
  const https = APP_URL.startsWith("https://");
  const api = pathname.startsWith("/api/") || PROBE.test(pathname);
  const nonce = randomBytes(18).toString("base64");
  const policy = api ? "default-src 'none'; frame-ancestors 'none'" : pagePolicy(nonce, https);

  if (!isPlainAddress(request.nextUrl)) {
    const message = "This address holds a character that no address of this console has.";
    const answer = api
      ? NextResponse.json({ error: { code: "input", message } }, { status: 400 })
      : new NextResponse(message, { status: 400, headers: { "Content-Type": "text/plain; charset=utf-8" } });
    answer.headers.set("Content-Security-Policy", policy);
    answer.headers.set("Cache-Control", "no-store");
    return answer;
  }
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-greentick-path", `${pathname}${search}`);
  headers.set("Content-Security-Policy", policy);
  const cookie = https ? "__Host-greentick-session" : "greentick-session";
  // An action answers for itself that its caller is signed out.
  const toSignIn = request.method === "GET" && !api && !OPEN.test(pathname) && !request.cookies.has(cookie);
  const response = toSignIn
    ? NextResponse.redirect(`${APP_URL}${signInAddress(pathname, search)}`)
    : NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  if (https) response.headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  return response;
}

function signInAddress(pathname: string, search: string): string {
  return pathname === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`;
}

function pagePolicy(nonce: string, https: boolean): string {
  // Inlined by Next: its development server evaluates code, the production build never does.
  const development = process.env.NODE_ENV === "development";
  const { PACKAGES, OIDC_ISSUER } = env();
  // A form that ends at the package's consent page is held to this list after its redirect too.
  const pages = [...[...PACKAGES.values()].map(({ loginUrl }) => loginUrl), OIDC_ISSUER];
  const consent = new Set(pages.flatMap((url) => (url ? [new URL(url).origin] : [])));
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' 'nonce-${nonce}'`,
    // Attributes, not sheets: Mantine and the virtual rows place things by them, and they cannot load or run anything.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${development ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    `form-action 'self' ${[...consent].join(" ")}`.trim(),
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
  ].join("; ");
}

export const config = {
  // File uploads stay outside: through here a body is cut at 10 MiB and still answers 200. So does what `public/` holds for everybody:
  // a browser asks for the manifest and its icons without a cookie.
  matcher: [
    "/((?!_next/static|_next/image|favicon\\.ico|icon\\.svg$|icon-192\\.png$|icon-512\\.png$|manifest\\.webmanifest$|help/[^/]+\\.svg$|api/clients/[^/]+/uploads).*)",
  ],
};
