import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "#lib/start/binaries.ts";

/** What stands in the app folder, so that a new page or handler is tried without being named in a spec. */
export interface AppRoute {
  readonly kind: "page" | "handler";
  /** As the address has it, groups left out and parameters in their brackets: `/clients/[client]/runs/[run]`. */
  readonly path: string;
  /** Below the repository's root. */
  readonly file: string;
  /** Seen signed out: sign-in, first run, invitation. */
  readonly open: boolean;
}

/** Every page and every handler of the app, by address. */
export function appRoutes(): AppRoute[] {
  return readdirSync(join(ROOT, "app"), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /(^|\/)(page\.tsx|route\.ts)$/.test(file))
    .map((file) => {
      const parts = file.split("/").slice(0, -1);
      return {
        kind: file.endsWith("page.tsx") ? ("page" as const) : ("handler" as const),
        path: `/${parts.filter((part) => !/^\(.*\)$/.test(part)).join("/")}`,
        file: `app/${file}`,
        open: parts[0] === "(sign-in)",
      };
    })
    .toSorted((one, two) => (one.path < two.path ? -1 : 1));
}

/**
 * The address of a route with its parameters filled in. A parameter that stands for different things goes by its folder too:
 * `tax-codes/code`.
 *
 * @throws {Error} naming a parameter that has no value
 */
export function addressOf(path: string, find: (name: string, folder: string) => string | undefined): string {
  return path.replace(/([\w-]+)\/\[(?:\.\.\.)?(\w+)\](?=\/|$)|\[(?:\.\.\.)?(\w+)\]/g, (_, folder = "", name = "", alone = "") => {
    const value = find(name || alone, folder);
    if (value === undefined) throw new Error(`${path}: there is no value for [${name || alone}]`);
    return folder === "" ? value : `${folder}/${value}`;
  });
}
