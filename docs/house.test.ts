import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "#lib/start/binaries.ts";

const GUIDES = ["README.md", "CONTRIBUTING.md", "docs/operations.md", "docs/measures.md"];
const TOP = /^(app|components|db|docs|e2e|lib)\//;
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
/** What stands in code marks, in order. */
const codes = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");

describe("what the guides say of the house", () => {
  it("names only files and folders that are there", () => {
    const names = globSync(["*.{ts,js}", "{app,components,db,docs,e2e,lib}/**/*.ts", "{app,components}/**/*.tsx"], { cwd: ROOT });
    const files = new Set(names.map((file) => basename(file)));
    const gone = GUIDES.flatMap((guide) =>
      [...codes(read(guide)), ...[...read(guide).matchAll(/\]\((?!http|#)([^)#]+)/g)].map(([, path]) => path ?? "")]
        .filter((code) => TOP.test(code) && !/[<>*…]/.test(code))
        .filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, "docs", path)))
        .concat(codes(read(guide)).filter((code) => /^[\w-]+(\.db)?\.(test|spec)?\.?tsx?$/.test(code) && !files.has(code)))
        .map((path) => `${guide}: ${path}`),
    );
    expect(gone).toEqual([]);
  });

  it("names, for each promise, functions that stand in the file it names", () => {
    const table = read("CONTRIBUTING.md").split("## Where the promises live")[1]?.split("## How to")[0] ?? "";
    const wrong: string[] = [];
    for (const row of table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| Rule"))) {
      const where = row.split("|")[2] ?? "";
      for (const [, name = "", file = ""] of where.matchAll(/`(\w+)` in `([^`]+)`/g)) {
        if (!read(file).includes(name)) wrong.push(`${name} is not in ${file}`);
      }
    }
    expect(table).toContain("marked as exported");
    expect(wrong).toEqual([]);
  });
});
