import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Of what is ours to use, change and pass on, with no more asked than that a notice stays. */
const ALLOWED = new Set(
  (
    "MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause Apache-2.0 BlueOak-1.0.0 CC0-1.0 CC-BY-4.0 " +
    "Unlicense Zlib PostgreSQL Python-2.0 PSF-2.0"
  ).split(" "),
);

/** A package that is taken though its licence is not on the list. */
export interface Exception {
  /** Its name; a last `*` stands for the platforms of one that has a package for each. */
  readonly name: string;
  readonly licence: string;
  readonly why: string;
}

/** A package's licence as it says it; null where it says none that is known. */
export interface Licensed {
  readonly name: string;
  readonly licence: string | null;
}

const locked = z.object({
  packages: z.record(z.string(), z.object({ name: z.string().optional(), license: z.string().optional() })),
});
/** As it stands in a package's own file; the last two forms are of before 2015. */
const typed = z.object({ type: z.string() });
const declared = z.object({
  license: z.union([z.string(), typed]).optional(),
  licenses: z.array(typed).optional(),
});

/**
 * Sentences that stand in one licence alone, for a package that has its text and no name for it.
 */
const TEXTS: readonly (readonly [licence: string, sentence: string])[] = [
  ["MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"],
  ["ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"],
  ["BSD-3-Clause", "may be used to endorse or promote products derived from this software"],
  ["BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright"],
  ["Apache-2.0", "Apache License Version 2.0, January 2004"],
  ["Unlicense", "This is free and unencumbered software released into the public domain"],
];

/**
 * Every package of the lock file, with the licence that it has itself where it is installed, and
 * otherwise (as on another platform) the one that the lock file notes.
 */
export function licencesOf(root: string): Licensed[] {
  const lock = locked.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  return Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, { name, license }]) => ({
      name: name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      licence: ownLicence(join(root, path)) ?? license ?? null,
    }));
}

function ownLicence(folder: string): string | null {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return null;
  const { license, licenses } = declared.parse(JSON.parse(readFileSync(file, "utf8")));
  const said = typeof license === "object" ? license.type : license;
  if (said !== undefined && !/^see licen[cs]e in/i.test(said)) return said;
  // Of several in the old form one may choose.
  if (licenses?.length) return licenses.map((one) => one.type).join(" OR ");
  return licenceByText(folder);
}

function licenceByText(folder: string): string | null {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (file === undefined) return null;
  const text = readFileSync(join(folder, file), "utf8").replaceAll(/\s+/g, " ");
  const found = TEXTS.filter(([, sentence]) => text.includes(sentence)).map(([licence]) => licence);
  // The longer BSD licence holds the shorter one; any other pair is two licences, and both hold.
  const isLonger = found.includes("BSD-3-Clause");
  const all = found.filter((licence) => !(isLonger && licence === "BSD-2-Clause"));
  return all.length === 0 ? null : all.join(" AND ");
}

/**
 * Whether an SPDX expression (`MIT OR (Apache-2.0 AND GPL-2.0)`) leaves a way that is allowed.
 * `WITH` only adds permissions to the licence before it. What is no such expression is not allowed.
 */
export function isAllowed(expression: string): boolean {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const one = (): boolean => {
    const word = words[at++] ?? "";
    if (word === "(") {
      const inner = any();
      return words[at++] === ")" && inner;
    }
    const isKnown = ALLOWED.has(word);
    if (words[at] === "WITH") at += 2;
    return isKnown;
  };
  const all = (): boolean => {
    let allowed = one();
    while (words[at] === "AND") {
      at += 1;
      allowed = one() && allowed;
    }
    return allowed;
  };
  const any = (): boolean => {
    let allowed = all();
    while (words[at] === "OR") {
      at += 1;
      allowed = all() || allowed;
    }
    return allowed;
  };
  return any() && at === words.length;
}

/** Whether an exception is made for a package, under the licence that it has now. */
export function isExcepted({ name, licence }: Licensed, exception: Exception): boolean {
  const isNamed = exception.name.endsWith("*") ? name.startsWith(exception.name.slice(0, -1)) : name === exception.name;
  return isNamed && licence === exception.licence;
}
