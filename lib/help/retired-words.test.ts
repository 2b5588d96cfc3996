import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "#lib/start/binaries.ts";
import { proseOf, type ScreenText, textsOf } from "#lib/testing/screen-texts.ts";
import { FIXED_PLURAL, RETIRED_WORDS } from "./retired-words.ts";

/** What nobody reads on a screen, in a mail or on paper: the stand-in for the packages, and what measures and tests. */
const APART =
  /^lib\/(simulator|testing|bench|campaign)\/|\.(test|fixture)\.tsx?$|-scene\.ts$|\/fixtures\.ts$|contract(-world)?\.ts$|\/testing\/|retired-words\.ts$/;
/** For people who use or run the product. */
const PAGES = ["README.md", "docs/errors.md", "docs/connectors/README.md"];
/** Counts that are never one, or a list's own words: `file: text`. */
const NEVER_ONE: ReadonlySet<string> = new Set([
  // Verbs beside a rate, a package or a profile.
  "With ours the buyer accounts for the VAT; with {}, {} accounts for none.",
  "{} changes nothing below.",
  "{} keeps its version of {}, and nothing is sent. They still show as different, with your name, until {} changes them again.",
  "{} payments from {} {}",
  // Keys, not a count.
  "{} {} rows",
  // More than one: else nobody asks, or there is another sentence.
  "The workbook has {} sheets: choose the one to read.",
  "{} documents have the number {}: name the customer or supplier as well.",
  "{} payments saved. They are in Pending Export.",
  "{} of its {} lines ({}) {}: at {}% the document charges it, at a reverse charge the buyer accounts for it.",
  // Past a limit in the thousands.
  "{} rows match, and a file holds at most {}. Narrow the list by words, days or a filter.",
  "The first {} of {} rows: narrow the list to print the others, or download it. The totals are of all of them.",
  "A file holds {} rows: narrow the list",
  "The file has more than {} lines: line {} is the first too many. Split it and upload the parts.",
  "I8 {} calls within a minute for {}, {} allowed",
  "I8 {} calls within a day for {}, {} allowed",
  "I8 {} calls of the app within a minute, {} allowed",
]);

const sources = globSync(["{app,components,lib}/**/*.{ts,tsx}", "db/queries/**/*.ts"], { cwd: ROOT }).filter(
  (file) => !APART.test(file),
);
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const texts: readonly (ScreenText & { readonly file: string })[] = [
  ...sources.flatMap((file) => textsOf(file, read(file)).map((text) => ({ ...text, file }))),
  ...PAGES.flatMap((file) => proseOf(read(file)).map((text) => ({ ...text, file }))),
];
const place = ({ file, line, text }: (typeof texts)[number]) => `${file}:${line}: ${text}`;

describe("the words of screens, mails, prints and errors", () => {
  it("there are texts to read", () => {
    expect(texts.length).toBeGreaterThan(4_000);
    expect(texts.map(({ text }) => text)).toContain("Upload a file");
  });

  it.each(RETIRED_WORDS.map(({ words, instead }) => [words.source, words, instead] as const))(
    "no text holds %s",
    (_name, words, instead) => {
      expect(texts.filter(({ text }) => words.test(text)).map((one) => `${place(one)} (say: ${instead})`)).toEqual([]);
    },
  );

  it("no plural is made by a fixed s: counts go through countWords", () => {
    const wrong = texts.filter(({ text, anyCount }) => anyCount && FIXED_PLURAL.test(text) && !NEVER_ONE.has(text));
    expect(wrong.map(place)).toEqual([]);
  });

  it("no screen names a package but by packageName", () => {
    const named = texts.filter(({ file, text }) => /^(app|components)\//.test(file) && /\bXero\b/.test(text));
    expect(named.map(place)).toEqual([]);
  });
});

describe("what a text is", () => {
  const found = (source: string) => textsOf("page.tsx", source).map(({ text }) => text);

  it("is a string, a template or what an element says; comments, types, names and SQL are none", () => {
    expect(found('const a = "It stands here";')).toEqual(["It stands here"]);
    expect(found("const a = `${count} rows stand here`;")).toEqual(["{} rows stand here"]);
    expect(found("const a = <p>{count} rows <b>stand here</b> now</p>;")).toEqual(["{} rows {} now", "stand here"]);
    expect(found('const a = <Panel title="It stands" />;')).toEqual(["It stands"]);
    expect(found("// It stands here\n/** It stands here */\nconst standsHere = 1;")).toEqual([]);
    expect(found('type A = "It stands here";\nimport a from "it stands here";\nconst b = sql`it stands here`;')).toEqual([]);
    expect(found('const a = { kind: "period-locked", href: "/clients/some#why" };')).toEqual([]);
    expect(proseOf("It stands.\n\n```\nit stands\n```\n`it stands`").map(({ text }) => text)).toEqual(["It stands.", "{}"]);
  });

  it("says of a count whether one was thought of", () => {
    const fixed = (source: string) =>
      textsOf("page.tsx", source).filter(({ text, anyCount }) => anyCount && FIXED_PLURAL.test(text));
    expect(fixed("const a = `${count} lines`;")).toHaveLength(1);
    expect(fixed("const a = <p>{count} lines</p>;")).toHaveLength(1);
    expect(fixed('const a = count === 1 ? "1 line" : `${count} lines`;')).toHaveLength(0);
    expect(fixed('const a = `${count} ${count === 1 ? "line" : "lines"}`;')).toHaveLength(0);
    expect(fixed("const a = `the first ${SHOWN} lines`;")).toHaveLength(0);
  });
});
