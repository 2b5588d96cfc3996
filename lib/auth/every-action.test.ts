import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { registrationOf } from "./registry.ts";

vi.mock("server-only", () => ({}));

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What may be reached without a wrapper of ours, each for its reason. Anything else that is added here needs one too. */
const OPEN_ROUTES = new Map([
  // Sign-in itself: next-auth checks a token in the form, and the file our Origin.
  ["app/api/auth/[...nextauth]/route.ts", ["GET", "POST"]],
  // The package itself calls it: nobody is signed in, the signature over the bytes is the permission.
  ["app/api/webhooks/[package]/route.ts", ["POST"]],
  // A probe has no session, and is told no more than yes or no.
  ["app/healthz/route.ts", ["GET"]],
  ["app/readyz/route.ts", ["GET"]],
]);
/** The actions that a signed-out person may call. */
const OPEN_ACTIONS = ["practice.set-up", "invitation.open", "invitation.accept"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
const sources = ["app", "components", "lib"]
  .flatMap((folder) => filesUnder(join(ROOT, folder)))
  .filter((file) => /\.tsx?$/.test(file));
const named = (file: string) => relative(ROOT, file).replaceAll("\\", "/");
const saysUseServer = (text: string) => /^\s*["']use server["'];?\s*$/m.test(text);
const begins = (text: string) => /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*["']use server["']/.test(text);

const serverFiles = sources.filter((file) => !/\.test\.tsx?$/.test(file) && saysUseServer(readFileSync(file, "utf8")));
const routeFiles = sources.filter((file) => /^app\/(.+\/)?route\.tsx?$/.test(named(file)));
const consolePages = sources.filter((file) => /^app\/\(console\)\/(.+\/)?page\.tsx$/.test(named(file)));

describe("what can be called from outside", () => {
  it("is there to be checked", () => {
    expect(serverFiles.map(named)).toContain("app/(console)/settings/actions.ts");
    expect(routeFiles.map(named)).toContain("app/api/clients/[client]/status/route.ts");
  });

  it.each(serverFiles.map(named))(
    "%s exports wrapped actions only, and hides none inside a function",
    async (name) => {
      expect(begins(readFileSync(join(ROOT, name), "utf8"))).toBe(true);
      const exported: Record<string, unknown> = await import(pathToFileURL(join(ROOT, name)).href);
      for (const [action, value] of Object.entries(exported)) {
        const registration = registrationOf(value);
        expect(
          registration,
          `${action} of ${name} is not made by clientAction, longClientAction or practiceAction`,
        ).toBeDefined();
        if (registration?.allow === null) expect(OPEN_ACTIONS).toContain(registration.name);
      }
    },
    60_000,
  );

  it.each(routeFiles.map(named))(
    "%s exports wrapped handlers only",
    async (name) => {
      const exported: Record<string, unknown> = await import(pathToFileURL(join(ROOT, name)).href);
      for (const method of METHODS.filter((one) => one in exported)) {
        if (OPEN_ROUTES.get(name)?.includes(method)) continue;
        const registration = registrationOf(exported[method]);
        expect(registration, `${method} of ${name} is not made by clientRoute or staffRoute`).toBeDefined();
        if (name.startsWith("app/api/clients/[client]/")) expect(registration?.scope).toBe("client");
      }
    },
    60_000,
  );

  // A browser may ask for a page without its layouts, so the layout's question does not count.
  it.each(consolePages.map(named))("%s asks by itself who is there", (name) => {
    const own = readFileSync(join(ROOT, name), "utf8");
    // What several pages open with, or are, asks for each of them.
    const shared = [...own.matchAll(/from "(\.[^"]*(?:-page\.tsx|open-[a-z]+\.ts))"/g)].map(([, path = ""]) =>
      readFileSync(join(ROOT, dirname(name), path), "utf8"),
    );
    const text = [own, ...shared].join("\n");
    expect(text).toMatch(/\brequireStaff\(/);
    if (name.includes("[client]")) expect(text).toMatch(/\b(scopeFor|accessTo)\(/);
  });
});
