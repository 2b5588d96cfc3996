import { readFileSync } from "node:fs";
import { type ClientRequest, request as send } from "node:http";
import { join } from "node:path";
import { type APIRequestContext, type APIResponse, request } from "@playwright/test";
import { parseEnv } from "#lib/env.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { NEXT } from "#lib/start/build.ts";
import { runChild } from "#lib/start/children.ts";
import { freePort, savedUrl } from "#lib/start/embedded.ts";
import { webEnv } from "#lib/start/environments.ts";
import { addressOf, appRoutes } from "./app-routes.ts";
import { expect, test } from "./fixtures.ts";
import { makeOwnClient } from "./own-client.ts";
import { duplicatePerson, signInOverHttp } from "./people.ts";

const ADMIN = "admin@demo.greentick.test";
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** A client of the demo's; any other parameter names nothing, and a route must be as guarded when it finds nothing. */
const addressIn = (path: string) =>
  addressOf(path, (name) => (name === "client" ? "ashdown-wholesale" : name === "package" ? "xero" : NOBODY));

const ROUTES = appRoutes();
const PAGES = ROUTES.filter((route) => route.kind === "page");
/** next-auth's own handler apart: it is no wrapper of ours, and answers signed-out people. */
const HANDLERS = ROUTES.filter((route) => route.kind === "handler" && !route.path.includes("[..."));

const FIXED = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** Answered to anybody: what a load balancer asks. */
const PROBE = /^\/(healthz|readyz)$/;
const pagePolicy = (consent: string, https = false) =>
  [
    "default-src 'self'",
    "script-src 'self' 'nonce-NONCE' 'strict-dynamic'",
    "style-src 'self' 'nonce-NONCE'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    `form-action 'self' ${consent}`,
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
  ].join("; ");

const nonceOf = (answer: APIResponse) => /'nonce-([^']+)'/.exec(answer.headers()["content-security-policy"] ?? "")?.[1] ?? "";
/** The whole policy, its nonce left out, and the address of the tests' own sign-in provider. */
const policyOf = (answer: APIResponse) =>
  (answer.headers()["content-security-policy"] ?? "")
    .replaceAll(`nonce-${nonceOf(answer)}`, "nonce-NONCE")
    .replace(/(form-action 'self' \S+) http:\/\/[^ ;]+/, "$1 SIGN-IN");
const pick = (headers: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, headers[name]]));
const cookiesOf = (answer: APIResponse) =>
  answer
    .headersArray()
    .filter(({ name }) => name.toLowerCase() === "set-cookie")
    .map(({ value }) => value);

let admin: APIRequestContext;
test.beforeAll(async ({ product }) => {
  admin = await signInOverHttp(product, await duplicatePerson(product, "admin", "security"));
});
test.afterAll(async () => {
  await admin?.dispose();
});

test("every page answers with the whole policy, a nonce of its own that each of its scripts and sheets carries, and is kept by no cache", async ({
  product,
}) => {
  const nobody = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  const nonces = new Set<string>();
  for (const { path, open } of [...PAGES, { path: "/no-such-page", open: false }]) {
    const answer = await (open ? nobody : admin).get(addressIn(path));
    const headers = answer.headers();
    const nonce = nonceOf(answer);
    expect.soft(pick(headers, Object.keys(FIXED)), path).toEqual(FIXED);
    expect.soft(policyOf(answer), path).toBe(pagePolicy(`${product.simulatorUrl} SIGN-IN`));
    expect.soft(Buffer.from(nonce, "base64").length, `${path}: bytes of its nonce`).toBe(18);
    expect.soft(nonces.has(nonce), `${path}: a nonce used before`).toBe(false);
    nonces.add(nonce);
    expect.soft(headers["x-powered-by"], path).toBeUndefined();
    expect.soft(headers["access-control-allow-origin"], path).toBeUndefined();
    expect.soft(cookiesOf(answer), path).toEqual([]);
    if (answer.status() >= 300 && answer.status() < 400) continue;
    expect.soft(headers["cache-control"] ?? "", path).toContain("no-store");
    const html = await answer.text();
    const tags = html.match(/<(?:script|style)\b[^>]*>/g) ?? [];
    expect.soft(tags.length, path).toBeGreaterThan(0);
    expect
      .soft(
        tags.filter((tag) => !tag.includes(`nonce="${nonce}"`) && !/type="application\/(ld\+)?json"/.test(tag)),
        path,
      )
      .toEqual([]);
    // A handler in an attribute would need 'unsafe-inline'.
    expect.soft(html.match(/<[^>]+\son(?:click|load|error|submit)=/gi) ?? [], path).toEqual([]);
  }
  await nobody.dispose();
});

test("every handler answers with a policy that allows nothing, is kept by no cache, opens to no other origin and sets no cookie", async ({
  product,
}) => {
  const nobody = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  for (const { path } of HANDLERS) {
    for (const [who, context] of [
      ["signed out", nobody],
      ["administrator", admin],
    ] as const) {
      const answer = await context.fetch(addressIn(path), { headers: { Origin: "https://elsewhere.test" }, maxRedirects: 0 });
      const headers = answer.headers();
      const what = `${path}, ${who}, ${answer.status()}`;
      expect.soft(pick(headers, Object.keys(FIXED)), what).toEqual(FIXED);
      // Uploads stay outside the proxy, which would cut them: their answers hold no markup and say so.
      if (!path.endsWith("/uploads")) expect.soft(headers["content-security-policy"], what).toBe(API_POLICY);
      if (answer.status() !== 405) expect.soft(headers["cache-control"] ?? "", what).toContain("no-store");
      expect.soft(headers["access-control-allow-origin"], what).toBeUndefined();
      expect.soft(headers["content-type"] ?? "", what).not.toContain("html");
      expect.soft(cookiesOf(answer), what).toEqual([]);
      if (who === "signed out") expect.soft(PROBE.test(path) ? [200] : [401, 405], what).toContain(answer.status());
    }
  }
  await nobody.dispose();
});

/** The methods that a handler takes. */
const methodsOf = (file: string) =>
  [
    ...readFileSync(join(ROOT, file), "utf8").matchAll(
      /^export (?:const|function|async function) (GET|POST|PUT|PATCH|DELETE)\b/gm,
    ),
  ].map(([, method]) => method ?? "");

test("what changes something is reached by its own method alone, and preflight allows nobody", async ({ product }) => {
  for (const { path, file } of HANDLERS) {
    const methods = methodsOf(file);
    expect(methods.length, file).toBeGreaterThan(0);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((one) => !methods.includes(one))) {
      const answer = await admin.fetch(addressIn(path), { method, headers: { Origin: product.url }, maxRedirects: 0 });
      expect.soft(answer.status(), `${method} ${path}`).toBe(405);
    }
    const preflight = await admin.fetch(addressIn(path), {
      method: "OPTIONS",
      headers: { Origin: "https://elsewhere.test", "Access-Control-Request-Method": "POST" },
    });
    expect
      .soft(
        Object.keys(preflight.headers()).filter((name) => name.startsWith("access-control-")),
        path,
      )
      .toEqual([]);
  }
});

test("a script or sheet of the build is served with the same headers and no cookie", async () => {
  const html = await (await admin.get("/clients")).text();
  const files = [...new Set(html.match(/\/_next\/static\/[^"\\]+\.(?:js|css)/g) ?? [])];
  expect(files.length).toBeGreaterThan(2);
  for (const file of files.slice(0, 4)) {
    const answer = await admin.get(file);
    expect.soft(pick(answer.headers(), Object.keys(FIXED)), file).toEqual(FIXED);
    expect.soft(cookiesOf(answer), file).toEqual([]);
  }
});

test.describe("an upload", () => {
  let path: string;
  let cookie: string;
  let uploader: APIRequestContext;
  test.afterAll(() => uploader.dispose());
  test.beforeAll(async ({ product }) => {
    const own = await makeOwnClient(product);
    path = `/api/clients/${own.slug}/uploads?name=big.csv&profile=standard`;
    uploader = await signInOverHttp(product, await duplicatePerson(product, "admin", "uploads"));
    const { cookies } = await uploader.storageState();
    cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  });

  /** Sends what no well-behaved client would; answers status and body, or "cut" when the line was cut instead. */
  const raw = (url: string, headers: Record<string, string>, write: (call: ClientRequest) => void) =>
    new Promise<{ status: number; body: string } | "cut">((resolve) => {
      const call = send(
        new URL(path, url),
        { method: "POST", headers: { Cookie: cookie, Origin: url, "Content-Type": "text/csv", ...headers } },
        (answer) => {
          let body = "";
          answer.setEncoding("utf8").on("data", (part: string) => {
            body += part;
          });
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
        },
      );
      call.on("error", () => resolve("cut"));
      call.on("close", () => resolve("cut"));
      write(call);
    });

  test("of more than 200 MiB is refused by what it announces, before its bytes come", async ({ product }) => {
    const answer = await raw(product.url, { "Content-Length": String(200 * 1024 * 1024 + 1) }, (call) => call.flushHeaders());
    expect(answer).toMatchObject({ status: 422, body: expect.stringContaining("200 MiB") });
  });

  test("that does not say how long it is, is refused", async ({ product }) => {
    const answer = await raw(product.url, { "Transfer-Encoding": "chunked" }, (call) => call.end("a,b\n1,2\n"));
    expect(answer).toMatchObject({ status: 422 });
  });

  test("that ends before its announced length makes nothing, and leaves web answering", async ({ product }) => {
    await raw(product.url, { "Content-Length": "5000" }, (call) => {
      call.write("Type,Number\n", () => call.destroy());
    });
    expect((await uploader.get("/api/clients/ashdown-wholesale/status")).status()).toBe(200);
  });

  test("of another kind of file is refused by name and by type", async ({ product }) => {
    for (const [name, type] of [
      ["invoices.exe", "text/csv"],
      ["../../invoices.csv.html", "text/csv"],
      ["invoices.csv", "application/zip"],
      ["invoices.csv", "text/html"],
    ] as const) {
      const answer = await uploader.post(path.replace("big.csv", encodeURIComponent(name)), {
        headers: { Origin: product.url, "Content-Type": type },
        data: "a,b\n1,2\n",
      });
      expect.soft(answer.status(), `${name} as ${type}`).toBe(422);
    }
  });

  test("of twelve million bytes comes whole: nothing between browser and console cuts it", async ({ product }) => {
    const head = "Type,Number,Date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code,Description\n";
    const line = (n: number) => `Sales invoice,BIG-${n},2026-11-01,C1,Ashdown Trading Ltd,1,1.00,4000,T1,${"x".repeat(1_000)}\n`;
    const data = head + Array.from({ length: 11_000 }, (_, n) => line(n)).join("");
    expect(data.length).toBeGreaterThan(11 * 1024 * 1024);
    const answer = await uploader.post(path, {
      headers: { Origin: product.url, "Content-Type": "text/csv" },
      data,
      timeout: 50_000,
    });
    const last = (await answer.text()).trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(last), last).toHaveProperty("importId");
  });
});

test("behind a proxy that ends https, cookies are __Host- and Secure, redirects keep to the public address, and only that origin may change anything", async ({
  product,
}) => {
  const PUBLIC = "https://console.greentick.test";
  const port = await freePort();
  const environment = parseEnv({
    APP_URL: PUBLIC,
    PORT: String(port),
    DEMO: "1",
    SIMULATOR_PORT: new URL(product.simulatorUrl).port,
  });
  const said: string[] = [];
  const web = runChild({
    name: "web",
    args: [NEXT, "start", "--port", String(port)],
    env: webEnv(environment, {
      webUrl: savedUrl(product.dataDir, "web"),
      appSecrets: `test:${Buffer.alloc(32, 7).toString("base64")}`,
      sessionSecret: "a session secret of this test alone",
    }),
    restart: false,
    onEnd: () => undefined,
    print: (line) => said.push(line),
  });
  // As the proxy hands it on: plain http inside, the public name in Host, its own entry last in X-Forwarded-For.
  const forwarded = {
    Host: "console.greentick.test",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "console.greentick.test",
    "X-Forwarded-For": "203.0.113.9",
  };
  const behind = await request.newContext({ baseURL: `http://127.0.0.1:${port}`, maxRedirects: 0, extraHTTPHeaders: forwarded });
  try {
    await expect
      .poll(
        () =>
          behind
            .get("/sign-in")
            .then((answer) => answer.status())
            .catch(() => 0),
        { timeout: 30_000, message: said.join("\n") },
      )
      .toBe(200);
    const page = await behind.get("/sign-in");
    expect(page.headers()["strict-transport-security"]).toBe("max-age=63072000; includeSubDomains");
    expect(policyOf(page)).toBe(pagePolicy(product.simulatorUrl, true));
    const away = await behind.get("/clients", { headers: { "X-Forwarded-Host": "elsewhere.test", Host: "elsewhere.test" } });
    expect(away.headers().location).toBe(`${PUBLIC}/sign-in?next=%2Fclients`);

    const csrf = await behind.get("/api/auth/csrf");
    const kept = new Map<string, string>();
    const keep = (answer: APIResponse) => {
      for (const cookie of cookiesOf(answer)) {
        expect.soft(cookie).toMatch(/^__Host-greentick-[a-z]+=/);
        expect.soft(cookie).toMatch(/; Path=\//i);
        expect.soft(cookie).toMatch(/; HttpOnly/i);
        expect.soft(cookie).toMatch(/; Secure/i);
        expect.soft(cookie).toMatch(/; SameSite=Lax/i);
        expect.soft(cookie).not.toMatch(/; Domain=/i);
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        kept.set(name, value);
      }
      return [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
    };
    const asked = keep(csrf);
    const { csrfToken } = await csrf.json();
    const signedIn = await behind.post("/api/auth/callback/credentials", {
      headers: { Origin: PUBLIC, Cookie: asked },
      form: { csrfToken, email: ADMIN, password: product.password, json: "true", callbackUrl: PUBLIC },
    });
    expect(signedIn.status()).toBe(200);
    const Cookie = keep(signedIn);
    expect([...kept.keys()]).toContain("__Host-greentick-session");
    expect((await behind.get("/clients", { headers: { Cookie } })).status()).toBe(200);

    const upload = "/api/clients/ashdown-wholesale/uploads?name=a.csv&profile=standard";
    for (const Origin of [`http://127.0.0.1:${port}`, product.url, "http://console.greentick.test", "null"]) {
      const refused = await behind.post(upload, { headers: { Cookie, Origin, "Content-Type": "text/csv" }, data: "a\n1\n" });
      expect.soft(refused.status(), Origin).toBe(403);
    }
    const taken = await behind.post(upload, { headers: { Cookie, Origin: PUBLIC, "Content-Type": "text/csv" }, data: "a\n1\n" });
    expect(taken.status()).not.toBe(403);
  } finally {
    await behind.dispose();
    await web.stop(10_000);
  }
});

test("FC4 an address with a control character, or one that cannot be decoded, is nobody's: 400 from every page and handler, never 500", async ({
  product,
}) => {
  const nobody = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  const bad = (path: string) => addressOf(path, () => "a%00b");
  for (const asker of [admin, nobody]) {
    for (const { path, kind, file } of ROUTES) {
      if (path === "/") continue;
      const [own = "GET", ...others] = kind === "page" ? ["GET"] : methodsOf(file);
      const method = others.includes("GET") ? "GET" : own;
      const whole = kind === "handler" && path.includes("[...") ? "/api/auth/signin" : addressIn(path);
      const addresses = [`${whole}?q=%00`, `${whole}?%1b=1`, ...(path.includes("[") ? [bad(path)] : [])];
      for (const address of addresses) {
        const answer = await asker.fetch(address, { method, headers: { Origin: product.url } });
        expect(answer.status(), `${method} ${address}`).toBe(400);
        expect(await answer.text()).not.toMatch(/select |params:/i);
      }
    }
    for (const address of ["/clients/%ff", "/api/auth/signin?callbackUrl=.x", "/api/auth/csrf?callbackUrl=http://["])
      expect((await asker.get(address)).status(), address).toBe(400);
  }
  await nobody.dispose();
});
