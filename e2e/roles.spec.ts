import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type APIRequestContext, request } from "@playwright/test";
import { z } from "zod";
import { can, PERMISSIONS, type Permission } from "#lib/auth/permissions.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { expect, test } from "./fixtures.ts";
import { duplicatePerson, signInOverHttp } from "./people.ts";
import type { Product } from "./product.ts";

/**
 * Every action and handler as the wrong person, over HTTP. The lists come from the build and the sources, so that a new one is tried
 * without being named here; `lib/auth/every-action.test.ts` proves that none is made without the wrappers whose shape is read here.
 */

const NOBODY = "00000000-0000-4000-8000-000000000000";
const OWN = "ashdown-wholesale";
const OTHER_OWN = "brackenfell-pottery";
const FOREIGN = "calder-exports";

const PEOPLE = [
  { mailbox: "client", role: "client", foreign: [OTHER_OWN, FOREIGN] },
  { mailbox: "staff", role: "staff", foreign: [FOREIGN] },
  { mailbox: "adviser", role: "adviser", foreign: [FOREIGN] },
  { mailbox: "admin", role: "administrator", foreign: [] },
] as const;

type Kind = "client" | "practice" | "open";
interface Callable {
  readonly title: string;
  readonly kind: Kind;
  readonly allow: Permission | null;
}
interface Action extends Callable {
  readonly id: string;
  readonly page: string;
}
interface Route extends Callable {
  readonly method: string;
  readonly path: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  clientAction: "client",
  longClientAction: "client",
  practiceAction: "practice",
  openAction: "open",
  clientRoute: "client",
  staffRoute: "practice",
};

/** The wrapped things that a file exports, with their permission. */
function wrappedIn(file: string): Map<string, { kind: Kind; allow: Permission | null }> {
  const text = readFileSync(join(ROOT, file), "utf8");
  const found = new Map<string, { kind: Kind; allow: Permission | null }>();
  const starts = [...text.matchAll(/^export const (\w+)(?:: \w+)? = (\w+)(?:<[^(]*>)?\(/gm)];
  for (const [at, start] of starts.entries()) {
    const kind = KINDS[start[2] ?? ""];
    if (kind === undefined) continue;
    const body = text.slice(start.index, starts[at + 1]?.index);
    const allow = PERMISSIONS.find((permission) => permission === /^\s*allow: "([\w-]+)"/m.exec(body)?.[1]) ?? null;
    if (kind !== "open" && allow === null) throw new Error(`${start[1]} of ${file} has no permission that can be read`);
    found.set(start[1] ?? "", { kind, allow });
  }
  return found;
}

const manifestSchema = z.object({
  node: z.record(
    z.string(),
    z.object({ workers: z.record(z.string(), z.unknown()), filename: z.string(), exportedName: z.string() }),
  ),
});

/** An address for a route of the app, `[client]` a client of one's own and any other parameter an id of nothing. */
function addressOf(route: string, client = OWN): string {
  const path = route
    .split("/")
    .filter((part) => !/^\(.*\)$/.test(part))
    .map((part) => (part === "[client]" ? client : part.startsWith("[") ? NOBODY : part))
    .join("/");
  return path === "" ? "/" : path;
}

function allActions(): Action[] {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(join(ROOT, ".next/server/server-reference-manifest.json"), "utf8")),
  );
  return Object.entries(manifest.node).map(([id, { workers, filename, exportedName }]) => {
    const wrapped = wrappedIn(filename).get(exportedName);
    if (!wrapped) throw new Error(`${exportedName} of ${filename} is not made by one of ${Object.keys(KINDS).join(", ")}`);
    const worker = Object.keys(workers)[0] ?? "app/page";
    return {
      ...wrapped,
      id,
      title: `${exportedName} of ${filename}`,
      page: addressOf(worker.replace(/^app/, "").replace(/\/page$/, "")),
    };
  });
}

function allRoutes(): Route[] {
  const files = readdirSync(join(ROOT, "app"), { recursive: true, encoding: "utf8" })
    .map((file) => `app/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith("/route.ts"));
  return files.flatMap((file) =>
    [...wrappedIn(file)].map(([method, wrapped]) => ({
      ...wrapped,
      method,
      title: `${method} of ${file}`,
      path: file.replace(/^app/, "").replace(/\/route\.ts$/, ""),
    })),
  );
}

const answerSchema = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string() }) }),
]);

/** Calls an action as the browser does; answers "done", the refusal's code, or "status N" when Next itself refused. */
async function call(context: APIRequestContext, action: Action, input: unknown, origin: string | null): Promise<string> {
  const answer = await context.post(action.page, {
    headers: {
      "Next-Action": action.id,
      "Content-Type": "text/plain;charset=UTF-8",
      ...(origin === null ? {} : { Origin: origin }),
    },
    data: JSON.stringify([input]),
    maxRedirects: 0,
  });
  for (const line of (await answer.text()).split("\n")) {
    const json = /^[0-9a-f]+:(\{.*\})$/.exec(line)?.[1];
    const parsed = json === undefined ? undefined : answerSchema.safeParse(JSON.parse(json));
    if (parsed?.success) return parsed.data.ok ? "done" : parsed.data.error.code;
  }
  return `status ${answer.status()}`;
}

async function ask(context: APIRequestContext, route: Route, client: string, origin: string | null): Promise<number> {
  const answer = await context.fetch(addressOf(route.path, client), {
    method: route.method,
    headers: origin === null ? {} : { Origin: origin },
    maxRedirects: 0,
  });
  return answer.status();
}

/** One of the odd ones for each action in turn: the wrapper that refuses them is the same, and all of them with all would take minutes. */
const inTurn = (odd: readonly string[], index: number) => odd.slice(index % odd.length, (index % odd.length) + 1);

const inputFor = (action: Action, client: string) => (action.kind === "client" ? { clientId: client } : {});

const signedIn = new Map<string, APIRequestContext>();

/** One sign-in a person and run, tries being limited; a duplicate, since all of these calls are more than one person may make in a minute. */
async function contextOf(product: Product, mailbox: (typeof PEOPLE)[number]["mailbox"]): Promise<APIRequestContext> {
  const kept =
    signedIn.get(mailbox) ?? (await signInOverHttp(product, await duplicatePerson(product, mailbox, `roles-${mailbox}`)));
  signedIn.set(mailbox, kept);
  return kept;
}

test.afterAll(async () => {
  for (const context of signedIn.values()) await context.dispose();
});

test("every action refuses who is signed out, and a cookie that was never given", async ({ product }) => {
  const cookies = ["", "greentick-session=made-up", "greentick-session=eyJhbGciOiJub25lIn0.e30."];
  for (const cookie of cookies) {
    const context = await request.newContext({ baseURL: product.url, extraHTTPHeaders: cookie === "" ? {} : { Cookie: cookie } });
    for (const action of allActions()) {
      const answered = await call(context, action, inputFor(action, OWN), product.url);
      if (action.kind === "open") expect.soft(answered, action.title).not.toBe("done");
      else expect.soft(answered, action.title).toBe("signed-out");
    }
    for (const route of allRoutes()) expect.soft(await ask(context, route, OWN, product.url), route.title).toBe(401);
    await context.dispose();
  }
});

test("every action and every changing handler refuses a request that is not from our own pages", async ({ product }) => {
  const context = await contextOf(product, "admin");
  const others = ["null", `${product.url}.elsewhere.test`, product.url.replace("http:", "https:")];
  for (const [index, action] of allActions().entries()) {
    for (const origin of [null, "https://elsewhere.test", ...inTurn(others, index)]) {
      // Next refuses some by itself before ours is asked.
      expect
        .soft(await call(context, action, inputFor(action, OWN), origin), `${action.title} from ${origin}`)
        .toMatch(/^(origin|status [45]\d\d)$/);
    }
  }
  for (const route of allRoutes().filter((one) => one.method !== "GET")) {
    for (const origin of [null, "https://elsewhere.test", ...others]) {
      expect.soft(await ask(context, route, OWN, origin), `${route.title} from ${origin}`).toBe(403);
    }
  }
});

test("no action runs by GET", async ({ product }) => {
  const context = await contextOf(product, "admin");
  for (const action of allActions()) {
    const answer = await context.get(action.page, {
      headers: { "Next-Action": action.id, Origin: product.url },
      maxRedirects: 0,
    });
    expect.soft(await answer.text(), action.title).not.toContain('"ok":true');
  }
});

for (const { mailbox, role, foreign } of PEOPLE) {
  test(`every action and handler refuses ${mailbox} what that role may not do`, async ({ product }) => {
    const context = await contextOf(product, mailbox);
    for (const action of allActions()) {
      if (action.allow === null) continue;
      const answered = await call(context, action, inputFor(action, OWN), product.url);
      if (can(role, action.allow)) {
        // Reached, and stopped by its input or its state alone: so the refusals in this file are the wrapper's.
        expect.soft(answered, action.title).not.toMatch(/^(signed-out|origin|not-found|forbidden|internal|status .*)$/);
      } else expect.soft(answered, action.title).toBe("forbidden");
    }
    for (const route of allRoutes()) {
      const status = await ask(context, route, OWN, product.url);
      if (route.allow === null || can(role, route.allow))
        expect.soft([401, 403, 500], `${route.title}: ${status}`).not.toContain(status);
      else expect.soft(status, route.title).toBe(403);
    }
  });

  test(`B25 every action and handler hides from ${mailbox} the clients that are not theirs`, async ({ product }) => {
    const context = await contextOf(product, mailbox);
    const others = [NOBODY, "no-such-client", "' or true --", "../ashdown-wholesale"];
    for (const [index, action] of allActions()
      .filter((one) => one.kind === "client")
      .entries()) {
      for (const client of [...foreign, ...inTurn(others, index)]) {
        expect
          .soft(await call(context, action, inputFor(action, client), product.url), `${action.title} of ${client}`)
          .toBe("not-found");
      }
    }
    for (const route of allRoutes().filter((one) => one.kind === "client" && one.path.includes("[client]"))) {
      for (const client of [...foreign, ...others]) {
        const status = await ask(context, route, encodeURIComponent(client), product.url);
        expect.soft(status, `${route.title} of ${client}`).toBe(404);
      }
    }
  });
}

test("every page sends a signed-out person to sign in, and shows nobody a client that is not theirs", async ({ product }) => {
  const pages = Object.keys(
    z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(join(ROOT, ".next/server/app-paths-manifest.json"), "utf8"))),
  )
    .filter((page) => page.startsWith("/(console)/") && page.endsWith("/page"))
    .map((page) => page.replace(/\/page$/, ""));
  expect(pages.length).toBeGreaterThan(4);
  const nobody = await request.newContext({ baseURL: product.url });
  const staff = await contextOf(product, "staff");
  for (const page of pages) {
    const away = await nobody.get(addressOf(page), { maxRedirects: 0 });
    expect.soft([away.status(), away.headers().location?.replace(/\?.*/, "")], page).toEqual([307, "/sign-in"]);
    if (!page.includes("[client]")) continue;
    const foreign = await staff.get(addressOf(page, FOREIGN), { maxRedirects: 0 });
    expect.soft(foreign.status(), page).toBe(404);
    expect.soft(await foreign.text(), page).not.toContain("Calder Exports");
  }
  await nobody.dispose();
});
