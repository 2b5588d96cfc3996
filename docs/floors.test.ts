import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "#lib/start/binaries.ts";

/** Domains from the ground up: at run time each imports only what stands before it. A domain is a folder of lib, or a top folder. */
const FLOORS = [
  ["lib/common", "lib/tax", "lib/clock.ts", "lib/log.ts", "lib/errors"],
  ["lib/model", "lib/connectors", "lib/env.ts", "lib/simulator"],
  ["db"],
  ["lib/audit.ts", "lib/watching", "lib/queue", "lib/alerts"],
  ["lib/calling"],
  ["lib/connections"],
  ["lib/pending", "lib/mapping", "lib/allocating"],
  ["lib/pulling"],
  ["lib/posting"],
  ["lib/lists", "lib/help", "lib/night", "lib/operational", "lib/handover", "lib/web.ts", "lib/start"],
  ["components"],
  ["lib/auth", "lib/setup", "lib/health"],
  ["lib/demo"],
  ["app"],
  ["lib/jobs"],
  ["lib/web-start.ts"],
] as const;
const FLOOR_OF = new Map<string, number>(FLOORS.flatMap((domains, floor) => domains.map((one) => [one, floor] as const)));
/** They drive the whole product from outside. */
const OUTSIDE = ["lib/testing", "lib/bench", "lib/campaign"];
/** Most files of one folder of queries: more is a subject of its own. */
const MOST_QUERIES = 12;

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:([^;"']*?)\s+from\s+)?"([^"]+)";/gm;
const domainOf = (file: string) => (file.startsWith("lib/") ? file.split("/").slice(0, 2).join("/") : (file.split("/")[0] ?? ""));
const files = globSync("{app,components,db,lib}/**/*.{ts,tsx}", { cwd: ROOT }).filter(
  (file) => !/\.(test|fixture)\.tsx?$|-scene\.ts$|\/testing\//.test(file),
);

/** What a file imports of ours at run time: types leave nothing behind. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].flatMap(([, type, names = "", from = ""]) => {
    const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
    const isType = type || inner?.split(",").every((one) => one.trim() === "" || one.trim().startsWith("type "));
    if (isType) return [];
    if (from.startsWith("#")) return [from.slice(1)];
    return from.startsWith(".") ? [normalize(join(dirname(file), from))] : [];
  });
}

describe("the floors of the house", () => {
  const imports = files.flatMap((from) => importsOf(from).map((to) => ({ from, to })));

  it("finds the imports of every domain", () => {
    expect(imports.length).toBeGreaterThan(3_000);
    const unknown = files.map(domainOf).filter((domain) => !FLOOR_OF.has(domain) && !OUTSIDE.includes(domain));
    expect([...new Set(unknown)], "a domain that stands on no floor").toEqual([]);
  });

  it("imports at run time only what stands on the same floor or below", () => {
    const up = imports.filter(({ from, to }) => (FLOOR_OF.get(domainOf(from)) ?? 99) < (FLOOR_OF.get(domainOf(to)) ?? 99));
    expect(up.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("has no two domains that import each other at run time", () => {
    const pairs = new Set(imports.map(({ from, to }) => `${domainOf(from)} ${domainOf(to)}`));
    const both = [...pairs].filter((pair) => {
      const [a, b] = pair.split(" ");
      return a !== b && pairs.has(`${b} ${a}`);
    });
    expect(both).toEqual([]);
  });

  it("has at most twelve files in a folder of queries", () => {
    const folders = Map.groupBy(
      files.filter((file) => file.startsWith("db/queries/")),
      (file) => dirname(file),
    );
    expect([...folders].filter(([folder, of]) => folder === "db/queries" || of.length > MOST_QUERIES)).toEqual([]);
  });
});
