import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECK_STEPS } from "#db/queries/checks/checks.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import { FIXERS, isSyncErrorCode, SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { ERROR_HELP, FIXER_HELP, RETRY_HELP } from "#lib/errors/help.ts";
import { NO_NAME, named } from "#lib/errors/named.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { appRoutes } from "../../e2e/app-routes.ts";
import { CHECKLIST } from "./checklist.ts";
import { contents, sayingsOf } from "./contents.ts";
import { findHelp } from "./find.ts";
import { capabilityMatrix, printMatrix } from "./matrix.ts";
import { PLACES, type PlaceId, placeHref } from "./places.ts";
import { errorHelpHref, helpOf, isScreenId, SCREEN_IDS, SCREEN_ROUTES } from "./routes.ts";
import { SCREENS, type ScreenHelp } from "./screens.ts";
import { CHECKLIST_TITLE, PACKAGES_TITLE, titlesOf } from "./titles.ts";

const CODES = Object.keys(SYNC_ERRORS) as SyncErrorCode[];
const PAGES = appRoutes().filter(({ kind }) => kind === "page");
const PATHS = new Set(PAGES.map(({ path }) => path));
const screens: readonly ScreenHelp[] = SCREEN_IDS.map((id) => SCREENS[id]);
/** Every sentence that help shows, whoever it is about. */
const TEXTS: readonly string[] = [
  ...CODES.flatMap((code) => [SYNC_ERRORS[code].why, ERROR_HELP[code].books, ...SYNC_ERRORS[code].steps]),
  ...Object.values(FIXER_HELP),
  ...Object.values(RETRY_HELP),
  ...Object.values(CHECKLIST).flatMap(({ title, look }) => [`${title}.`, look]),
  ...screens.flatMap(({ what, parts, statuses, steps }) => [what, ...[...parts, ...statuses].map(({ text }) => text), ...steps]),
  ...listConnectors().flatMap(({ guide }) => [...Object.values(guide.there).flat(), ...Object.values(guide.lacks)]),
];
/** A route's path with its parameters as any value. */
const fits = (route: string, address: string) =>
  new RegExp(`^${route.replace(/\[\w+\]/g, "[^/]+")}$`).test(address.split(/[?#]/)[0] ?? "");
const isPage = (address: string) => [...PATHS].some((route) => fits(route, address));

describe("an error's help", () => {
  it.each(CODES)("M75 FD13 %s says what it means for the books, who fixes it, how, and whether it is tried again", (code) => {
    const { fixer, retry, why, steps } = SYNC_ERRORS[code];
    expect(ERROR_HELP[code].books.length).toBeGreaterThan(20);
    expect(why).not.toBe("");
    expect(steps.length).toBeGreaterThan(0);
    expect(FIXERS[fixer]).not.toBe("");
    expect(FIXER_HELP[fixer]).not.toBe("");
    expect(RETRY_HELP[retry]).not.toBe("");
    expect(ERROR_HELP[code].places.length).toBeGreaterThan(0);
  });

  it("M75 each code that a package can answer with is recognised by the package's own words", () => {
    const xero = listConnectors().find(({ id }) => id === "xero") ?? null;
    expect(sayingsOf("mapping.account-missing", xero)).toContain("Account code or ID must be specified");
    expect(sayingsOf("package.period-locked", xero).join()).toContain("period lock date");
    for (const { guide } of listConnectors()) {
      // A sentence that is taken for none that we know would teach nobody anything.
      for (const { words, code } of guide.says) expect(code, words).not.toBe("package.refused");
      for (const code of Object.keys(guide.there)) expect(isSyncErrorCode(code), code).toBe(true);
    }
  });

  it("M44 M75 has an address for each code and package, and an unknown code has one too, where the checklist stands", () => {
    for (const code of [...CODES, "nobody.knows-this", "../%00?x"]) {
      for (const packageId of [...listConnectors().map(({ id }) => id), null]) {
        const address = errorHelpHref(code, packageId, "ashdown");
        expect(isPage(address), address).toBe(true);
        expect(address).toMatch(/\?client=ashdown$/);
      }
    }
    expect(isSyncErrorCode("nobody.knows-this")).toBe(false);
    expect(Object.keys(CHECKLIST)).toEqual([...CHECK_STEPS]);
  });
});

describe("a screen's help", () => {
  const own = PAGES.filter(({ open, path }) => !open && path !== "/" && !path.startsWith("/help"))
    // Leads on to another page, and shows nothing.
    .filter(({ file }) => !/\bredirect\(/.test(readFileSync(join(ROOT, file), "utf8")) || file.includes("[client]"));

  it.each(own.map(({ path }) => path))("FD13 %s has a page of its own, which its head links to", (path) => {
    const href = helpOf(path.replace(/\[(\w+)\]/g, "some-$1"));
    expect(href).toMatch(/^\/help\/screens\//);
    expect(isPage(href ?? "")).toBe(true);
    const id = /^\/help\/screens\/([\w-]+)/.exec(href ?? "")?.[1] ?? "";
    expect(isScreenId(id)).toBe(true);
    if (path.startsWith("/clients/[client]")) expect(href).toContain("?client=some-client");
  });

  it("FD13 names no route that the app does not have, and help has no help", () => {
    expect(
      Object.values(SCREEN_ROUTES)
        .flat()
        .filter((path) => !PATHS.has(path)),
    ).toEqual([]);
    expect(helpOf("/help")).toBeNull();
    expect(helpOf("/help/screens/export")).toBeNull();
    expect(helpOf("/sign-in")).toBeNull();
    // A screen that nobody has written about yet leads to the list.
    expect(helpOf("/clients/ashdown/not-yet-there")).toBe("/help?client=ashdown");
  });

  it("FD13 calls each panel, button and status what the screen calls it", () => {
    const sources = globSync(["{app,components}/**/*.{ts,tsx}", "lib/**/*.ts"], { cwd: ROOT })
      .filter((file) => !file.includes("/help/") && !file.includes("help/") && !file.endsWith(".test.ts"))
      .map((file) => readFileSync(join(ROOT, file), "utf8"))
      .join("\n");
    const names = screens.flatMap(({ parts, statuses }) => [...parts, ...statuses].map(({ name }) => name));
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !sources.includes(name))).toEqual([]);
  });

  it("FD13 says what it is for and how it is used", () => {
    for (const { title, what, steps } of screens) {
      expect(what.length, title).toBeGreaterThan(20);
      expect(steps.length, title).toBeGreaterThan(0);
    }
  });
});

it("FD13 every link of help leads to a page that exists, with a client and without", () => {
  const ids = Object.keys(PLACES) as PlaceId[];
  for (const id of ids) {
    expect(isPage(placeHref(id, "ashdown")), id).toBe(true);
    expect(isPage(placeHref(id, null)), id).toBe(true);
  }
  for (const client of ["ashdown", null]) {
    for (const connector of [...listConnectors(), null]) {
      const entries = contents(connector, client).flatMap((chapter) => chapter.entries);
      expect(entries.filter(({ href }) => !isPage(href))).toEqual([]);
      expect(entries).toHaveLength(CODES.length + SCREEN_IDS.length + 2);
      expect(new Set(entries.map(({ href }) => href)).size).toBe(entries.length);
    }
  }
});

it("FD13 shows no code, field or state by the name that programs give it", () => {
  const raw = TEXTS.filter((text) =>
    /\b[a-z]+\.[a-z]+-[a-z-]+\b|\b[a-z]+[A-Z][a-z]+[A-Z]?\w*\b|\b(null|undefined|uuid|jsonb|posting|precheck|enum|payload|async)\b|_/.test(
      text,
    ),
  );
  expect(raw).toEqual([]);
  // Each is a sentence, or several.
  expect(TEXTS.filter((text) => !/^[A-Z\u201c].*[.?]$/s.test(text))).toEqual([]);
});

it("FD13 help names the package where it is known, and leaves the sentence whole where it is not", () => {
  expect(named("The package's words. In the package, of this package.", { packageName: "Xero" })).toBe(
    "Xero's words. In Xero, of Xero.",
  );
  expect(named("The package's words.", { packageName: NO_NAME })).toBe("The package's words.");
  const shown = contents(listConnectors()[0] ?? null, null).flatMap(({ entries }) =>
    entries.flatMap(({ title, line }) => [title, line]),
  );
  expect(shown.filter((text) => /\b[Tt]he package\b/.test(text))).toEqual([]);
});

describe("the search of help", () => {
  const chapters = contents(listConnectors()[0] ?? null, null);
  const titles = (typed: string) => findHelp(chapters, typed).flatMap(({ entries }) => entries.map(({ title }) => title));

  it("FD13 finds an error by the package's own words, in any case and order", () => {
    expect(titles("ACCOUNT code or id must be specified")).toEqual([SYNC_ERRORS["mapping.account-missing"].title]);
    expect(titles("lock date currently set")).toContain(
      named(SYNC_ERRORS["package.period-locked"].title, { packageName: "Xero" }),
    );
    expect(titles("why isn't syncing")[0]).toBe(CHECKLIST_TITLE);
    expect(titles("bank feeds")).toContain(PACKAGES_TITLE);
  });

  it("FD13 Ctrl K finds help by its title, four pages at most, and leaves numbers and single letters to records", () => {
    const found = (typed: string) => titlesOf(typed, "ashdown").map(({ title }) => title);
    expect(found("nominal code mapp")).toEqual([SYNC_ERRORS["mapping.account-missing"].title]);
    expect(found("help export")[0]).toBe(SCREENS.export.title);
    expect(titlesOf("help", "ashdown")).toEqual([{ title: "All help", href: "/help?client=ashdown" }]);
    expect(found("why isn't")).toEqual([CHECKLIST_TITLE]);
    expect(found("the")).toHaveLength(4);
    for (const typed of ["z", "", "  ", "1234.50", "INV-1", "why INV-1", "run 12"]) expect(found(typed)).toEqual([]);
    for (const { href } of titlesOf("the", null)) expect(isPage(href), href).toBe(true);
  });

  it("FD13 shows all of it where nothing is typed, and nothing where nothing fits", () => {
    expect(findHelp(chapters, "  ")).toEqual(chapters);
    expect(findHelp(chapters, "zebra crossing")).toEqual([]);
  });
});

describe("the capability matrix", () => {
  const { packages, groups, missing } = capabilityMatrix();
  const rows = groups.flatMap((group) => group.rows);
  const cellOf = (key: string) => rows.find((row) => row.key === key)?.cells.find(({ packageId }) => packageId === "xero");

  it("M40 bank feeds are not usable through the integration, and it says so", () => {
    expect(rows.find(({ key }) => key === "bank-feeds")?.cells).toHaveLength(packages.length);
    expect(cellOf("bank-feeds")).toMatchObject({
      works: false,
      why: expect.stringMatching(/cannot be used through the integration/),
    });
  });

  it("M40 no screen says otherwise: bank feeds are named in help alone", () => {
    const named = globSync("{app,components}/**/*.{ts,tsx}", { cwd: ROOT }).filter((file) =>
      /bank feed/i.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(named).toEqual([]);
  });

  it("FD13 reads what each package can from its connector, and gives the reason where it cannot", () => {
    expect(packages).toEqual(listConnectors().map(({ id, name }) => ({ id, name })));
    expect(rows.flatMap(({ label, cells }) => cells.filter(({ works, why }) => !works && !why).map(() => label))).toEqual([]);
    expect(cellOf("send:payment")).toEqual({ packageId: "xero", works: true, why: null });
    expect(cellOf("change:payment")?.works).toBe(false);
    expect(missing).not.toContain("Xero");
    const [xero] = listConnectors();
    if (!xero) throw new Error("There is no connector");
    const less = capabilityMatrix([{ ...xero, can: { ...xero.can, push: ["customer"] } }]).groups.flatMap((group) => group.rows);
    expect(less.find(({ key }) => key === "send:bill")?.cells[0]?.works).toBe(false);
  });

  it("FD13 docs/connectors/README.md is the matrix as it stands", async () => {
    await expect(printMatrix()).toMatchFileSnapshot("../../docs/connectors/README.md");
  });
});
