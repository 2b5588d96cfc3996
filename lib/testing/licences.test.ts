import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "#lib/start/binaries.ts";
import { type Exception, isAllowed, isExcepted, licencesOf } from "./licences.ts";

const TOOL = "a tool of development, used unchanged and no part of what is passed on";
const PICTURES =
  "comes with Next for pictures, which this product leaves as they are: a library of its own, not changed, " +
  "that may be left out";

const EXCEPTIONS: readonly Exception[] = [
  { name: "lightningcss*", licence: "MPL-2.0", why: TOOL },
  { name: "axe-core", licence: "MPL-2.0", why: TOOL },
  { name: "@axe-core/playwright", licence: "MPL-2.0", why: TOOL },
  {
    name: "@fontsource-variable/inter",
    licence: "OFL-1.1",
    why: "a typeface: goes with a product, is not sold alone",
  },
  { name: "@img/sharp-libvips-*", licence: "LGPL-3.0-or-later", why: PICTURES },
  { name: "@img/sharp-win32-*", licence: "Apache-2.0 AND LGPL-3.0-or-later", why: PICTURES },
  {
    name: "@img/sharp-wasm32",
    licence: "Apache-2.0 AND LGPL-3.0-or-later AND MIT",
    why: PICTURES,
  },
];

describe("the licences of everything that is depended on", () => {
  const packages = licencesOf(ROOT);

  it("are known, and on the list or excepted by name", () => {
    expect(packages.length).toBeGreaterThan(300);
    const strange = packages
      .filter((one) => one.licence === null || !isAllowed(one.licence))
      .filter((one) => !EXCEPTIONS.some((exception) => isExcepted(one, exception)));
    expect(strange.map(({ name, licence }) => `${name}: ${licence ?? "no licence is said"}`)).toEqual([]);
  });

  it("still need every exception", () => {
    const idle = EXCEPTIONS.filter((exception) => !packages.some((one) => isExcepted(one, exception)));
    expect(idle.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });
});

describe("a licence as a package says it", () => {
  it.each([
    "MIT",
    "(MIT OR CC0-1.0)",
    "MIT AND BSD-3-Clause",
    "GPL-2.0-only OR MIT",
    "Apache-2.0 WITH LLVM-exception",
    "(GPL-3.0-only AND MIT) OR (ISC AND (MIT OR GPL-3.0-only))",
  ])("is allowed: %s", (expression) => {
    expect(isAllowed(expression)).toBe(true);
  });

  it.each([
    "GPL-3.0-only",
    "AGPL-3.0-or-later",
    "MIT AND GPL-2.0-only",
    "GPL-2.0-only AND MIT OR SSPL-1.0",
    "GPL-2.0-only WITH Classpath-exception-2.0",
    "UNLICENSED",
    "SEE LICENSE IN LICENSE.md",
    "BUSL-1.1",
    "MIT License",
    "(MIT",
    "MIT)",
    "",
  ])("is not: %s", (expression) => {
    expect(isAllowed(expression)).toBe(false);
  });

  const root = mkdtempSync(join(tmpdir(), "greentick-licences-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("is read from its own file, its text or the lock file", () => {
    const packages: Record<string, object> = { "": { name: "ours" } };
    const add = (path: string, own: object | null, text = "", license?: string) => {
      packages[path] = license === undefined ? {} : { license };
      if (own === null) return;
      mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, path, "package.json"), JSON.stringify(own));
      if (text) writeFileSync(join(root, path, "LICENCE.txt"), text);
    };
    const mit = "Permission is hereby granted, free of charge,\n  to any person obtaining a copy";
    const bsd = "Redistributions in binary form must reproduce the above copyright";
    const bsd3 = `${bsd}. May not … may be used to endorse or promote products derived from this software`;
    add("node_modules/plain", { license: "ISC" }, "", "MIT");
    add("node_modules/@scope/object", { license: { type: "MIT", url: "https://example.test" } });
    add("node_modules/plain/node_modules/old", { licenses: [{ type: "MIT" }, { type: "GPL-2.0" }] });
    add("node_modules/text", {}, mit);
    add("node_modules/points", { license: "SEE LICENSE IN LICENCE.txt" }, bsd);
    add("node_modules/three", {}, bsd3);
    add("node_modules/two", {}, `${mit} ${bsd}`);
    add("node_modules/elsewhere", null, "", "Apache-2.0");
    add("node_modules/own-words", {}, "All rights reserved.");
    add("node_modules/silent", {});
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
    const found = licencesOf(root).map(({ name, licence }) => [name, licence]);
    expect(Object.fromEntries(found)).toEqual({
      plain: "ISC",
      "@scope/object": "MIT",
      old: "MIT OR GPL-2.0",
      text: "MIT",
      points: "BSD-2-Clause",
      three: "BSD-3-Clause",
      two: "MIT AND BSD-2-Clause",
      elsewhere: "Apache-2.0",
      "own-words": null,
      silent: null,
    });
  });

  it("is excepted under the licence that was looked at, and under no other", () => {
    const exception = { name: "@img/sharp-*", licence: "LGPL-3.0-or-later", why: "…" };
    expect(isExcepted({ name: "@img/sharp-x64", licence: "LGPL-3.0-or-later" }, exception)).toBe(true);
    expect(isExcepted({ name: "@img/sharp-x64", licence: "GPL-3.0-only" }, exception)).toBe(false);
    expect(isExcepted({ name: "sharp-x64", licence: "LGPL-3.0-or-later" }, exception)).toBe(false);
  });
});
