import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGE_CARDS } from "#lib/connectors/cards.ts";
import { ROOT } from "#lib/start/binaries.ts";

/** The lists that have a row for each package, and the names of all. */
const LISTS = [
  "lib/connectors/cards.ts",
  "lib/connectors/deep-link.ts",
  "lib/connectors/environment.ts",
  "lib/connectors/registry.ts",
  "lib/connectors/types.ts",
  "lib/simulator/registry.ts",
];
const OWN = new RegExp(`^lib/(connectors|simulator)/(${PACKAGE_CARDS.map(({ id }) => id).join("|")})/`);
/** Tests name the package they are about; they, benchmarks and campaigns are no part of what is served. */
const BESIDE = /\.test\.tsx?$|\.fixture\.ts$|-scene\.ts$|^lib\/(testing|bench|campaign)\/|^lib\/connectors\/testing\//;
const NAMES = /xero|quickbooks|free-?agent|twinfield|exact[- ]?online|sage[- ]?(50|accounting|business)/i;

/** A file without its comments: they may give an example. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (one) => one.replace(/[^\n]/g, "")).replace(/(^|[\s;{(,])\/\/.*$/gm, "$1");
}

it("BB5 looks for every package that there is a card of", () => {
  expect(PACKAGE_CARDS.filter(({ id, name }) => !NAMES.test(id) || !NAMES.test(name))).toEqual([]);
});

it("BB5 the throwaways of the tests are reached by tests and campaigns alone", () => {
  const files = globSync(["{app,components,db,lib}/**/*.{ts,tsx,mjs}", "*.ts"], { cwd: ROOT })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !BESIDE.test(file) && file !== "lib/connectors/registry.ts");
  const reach = files.filter((file) =>
    /connectors\/testing\/|\baddPackage\b|toy-worker|campaign\/toys/.test(code(readFileSync(join(ROOT, file), "utf8"))),
  );
  expect(reach.filter((file) => file !== "lib/start/test.ts")).toEqual([]);
});

it("BB5 no package is named outside its own two folders and the lists that have a row for each", () => {
  const files = globSync(["{app,components,db,lib}/**/*.{ts,tsx,mjs,cjs}", "*.ts"], { cwd: ROOT })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !BESIDE.test(file) && !OWN.test(file) && !LISTS.includes(file));
  expect(files.length).toBeGreaterThan(700);
  const named = files.flatMap((file) =>
    code(readFileSync(join(ROOT, file), "utf8"))
      .split("\n")
      .flatMap((line, index) => (NAMES.test(line) ? [`${file}: ${line.trim()} (${index + 1})`] : [])),
  );
  expect(named).toEqual([]);
});
