import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { env } from "#lib/env.ts";
import { registrationOf } from "./registry.ts";

vi.mock("server-only", () => ({}));
vi.mock("next/headers", () => ({
  headers: async () => new Headers({ origin: new URL(env().APP_URL).origin }),
  cookies: async () => ({ get: () => undefined }),
}));
vi.mock("./staff.ts", async (original) => ({
  ...(await original<typeof import("./staff.ts")>()),
  signedIn: async () => ({ userId: "00000000-0000-4000-8000-000000000001", name: "A", email: "a@b.test", role: "administrator" }),
}));
const touched = vi.hoisted(() => ({ count: 0 }));
vi.mock("#lib/web.ts", () => ({
  database: () => {
    touched.count += 1;
    throw new Error("the database was asked");
  },
}));

const ROOT = join(import.meta.dirname, "../..");
const under = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => ending.test(file));
const load = (file: string): Promise<Record<string, unknown>> => import(pathToFileURL(join(ROOT, file)).href);

const ACTIONS = under("app", /(^|\/)actions\.ts$/);
const ROUTES = under("app/api", /\/route\.ts$/);
const BAD = ["a\u0000b", "\u0000", "\u001b[2J", "x\u007f", "x\u0085"];

describe("FC4 whatever holds a control character is refused before anything is asked of the database", () => {
  it.each(ACTIONS)(
    "every action of %s, wherever in its input the character stands",
    async (file) => {
      for (const [name, action] of Object.entries(await load(file))) {
        if (!registrationOf(action) || typeof action !== "function") continue;
        for (const bad of BAD) {
          for (const input of [
            { clientId: bad },
            { clientId: "x", a: { b: [{ c: bad }] } },
            { clientId: "x", [bad]: 1 },
            [bad],
            bad,
          ]) {
            touched.count = 0;
            const answer: unknown = await action(input);
            expect(answer, `${name} with ${JSON.stringify(input)}`).toMatchObject({ ok: false, error: { code: "input" } });
            expect(JSON.stringify(answer)).not.toMatch(/u00|select|insert/);
            expect(touched.count, `${name} asked the database`).toBe(0);
          }
        }
      }
    },
    60_000,
  );

  it.each(ROUTES)(
    "every handler of %s, in its address and its search",
    async (file) => {
      for (const [method, handler] of Object.entries(await load(file))) {
        if (!registrationOf(handler) || typeof handler !== "function") continue;
        for (const path of ["/x?q=%00", "/x?%00=1", "/x?sort=a&sort=%1b", "/a%00b", "/%ff"]) {
          touched.count = 0;
          const request = new Request(`${env().APP_URL}${path}`, { method, headers: { origin: new URL(env().APP_URL).origin } });
          const answer: Response = await handler(request, { params: Promise.resolve({ client: "a\u0000b" }) });
          expect(answer.status, `${method} ${path}`).toBe(400);
          expect(touched.count).toBe(0);
        }
      }
    },
    60_000,
  );
});
