import type { FaultyLine, LineFault } from "./read-line.ts";

// A file may name a nominal code, tax code or product group that the client does not have. Its lines are faults, and the codes are made
// from them: the upload is read again from its kept bytes and goes on where it was.

/** What of a client's own codes a file can lack. */
export const LACKING = ["nominal-code", "tax-code", "product-group"] as const;
export type Lacking = (typeof LACKING)[number];

export const LACKING_LABELS: Readonly<Record<Lacking, string>> = {
  "nominal-code": "nominal code",
  "tax-code": "tax code",
  "product-group": "product group",
};

/** A code that the client does not have, and what of the file waits for it. */
export interface UnknownCode {
  readonly what: Lacking;
  readonly code: string;
  readonly lines: number;
  /** Documents or journals; in a file of other records the records. */
  readonly documents: number;
  /** The first line that names it. */
  readonly first: number;
}

/** As `recordEdit` bounds a code: what is longer cannot be made. */
const MAX_CODE = 50;

/** Gathers the unknown codes of a file from the faults of its lines. */
export class UnknownCodes {
  readonly #found = new Map<string, { what: Lacking; code: string; first: number; lines: Set<number>; of: Set<string> }>();

  /** @param of what tells one document of the file from another */
  add({ lacks, value, line }: LineFault, of: string): void {
    if (lacks === undefined || value.length > MAX_CODE) return;
    const key = `${lacks} ${value}`;
    const found = this.#found.get(key) ?? { what: lacks, code: value, first: line, lines: new Set(), of: new Set() };
    this.#found.set(key, found);
    found.lines.add(line);
    found.of.add(of);
  }

  addLine(read: FaultyLine): void {
    const of = read.reference === "" && read.number === "" ? `${read.line}` : `${read.kind} ${read.reference || read.number}`;
    for (const fault of read.faults) this.add(fault, of);
  }

  list(): UnknownCode[] {
    return [...this.#found.values()]
      .map(({ lines, of, ...one }) => ({ ...one, lines: lines.size, documents: of.size }))
      .sort((a, b) => LACKING.indexOf(a.what) - LACKING.indexOf(b.what) || (a.code < b.code ? -1 : 1));
  }
}

/** "12 lines of 3 documents wait for it". @param atLeast reading stopped before the end of the file */
export function waitWords({ lines, documents }: Pick<UnknownCode, "lines" | "documents">, kind: string, atLeast = false): string {
  const figure = (count: number, one: string) => `${count.toLocaleString("en-GB")} ${one}${count === 1 ? "" : "s"}`;
  const of = kind === "documents" ? "document" : kind === "journals" ? "journal" : null;
  const many = of === null ? "" : ` of ${figure(documents, of)}`;
  return `${atLeast ? "at least " : ""}${figure(lines, "line")}${many} ${lines === 1 ? "waits" : "wait"} for it`;
}

/** The unknown codes as the command line prints them, with the ways to make them. */
export function unknownCodeLines(
  { kind, stopped, unknownCodes = [] }: { kind: string; stopped: boolean; unknownCodes?: readonly UnknownCode[] },
  client: string,
): string[] {
  if (unknownCodes.length === 0) return [];
  const profiles = [...new Set(unknownCodes.map((one) => `${one.what}s`))];
  return [
    ...unknownCodes.map(
      (one) => `Unknown ${LACKING_LABELS[one.what]} ${one.code}: ${waitWords(one, kind, stopped)} (first in line ${one.first}).`,
    ),
    "Add what is missing on this upload's page in the console, which reads the file on, or by a file of codes, and import this one again:",
    ...profiles.map((profile) => `  npm run import -- --client ${client} --profile ${profile} FILE`),
  ];
}
