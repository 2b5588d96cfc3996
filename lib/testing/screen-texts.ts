import { parseAst } from "vitest/node";

/** A text that a person may read, where it begins. */
export interface ScreenText {
  readonly line: number;
  /** Blanks made one; what is put in is `{}`, or `{NAME}` where it is a constant's own value. */
  readonly text: string;
  /** It is said whatever a count is: it stands under no choice between one and several. */
  readonly anyCount: boolean;
}

interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

const isSyntax = (value: unknown): value is Syntax =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
const listed = (value: unknown): readonly Syntax[] => (Array.isArray(value) ? value.filter(isSyntax) : []);
const member = (node: Syntax, name: string): Syntax | null => {
  const value = node[name];
  return isSyntax(value) ? value : null;
};
const words = (text: string): string =>
  text
    .replace(/&rsquo;|&apos;/g, "\u2019")
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ");

/** What is put into a text: a constant's name says that it is one figure for good. */
function blank(node: Syntax | null): string {
  const name = node?.type === "Identifier" ? node.name : null;
  return typeof name === "string" && /^[A-Z][A-Z_]+$/.test(name) ? `{${name}}` : "{}";
}

/** The text of a string or template; null where it is neither. */
function literal(node: Syntax): string | null {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type !== "TemplateLiteral") return null;
  const put = listed(node.expressions);
  return listed(node.quasis)
    .map((part, index) => {
      const { cooked } = part.value as { readonly cooked: string | null };
      return (cooked ?? "") + (index < put.length ? blank(put[index] ?? null) : "");
    })
    .join("");
}

/** What an element says of itself, its parts in a row: `{} lines`. */
function saidBy(element: Syntax): string {
  return listed(element.children)
    .map((child) => {
      if (child.type === "JSXText") return String(child.value);
      const put = child.type === "JSXExpressionContainer" ? member(child, "expression") : null;
      if (put?.type === "JSXEmptyExpression") return "";
      return put ? (literal(put) ?? blank(put)) : "{}";
    })
    .join("");
}

/** Whether a choice is between one and several: `count === 1 ? … : …`, `one ? … : …`. */
const choosesByCount = (test: string): boolean => /\b1\b|\bone\b|\bisOne\b|\bonly\b/i.test(test);

/** Types, imports and what a tag makes (SQL) are no texts. */
const SILENT = /^(Import|ExportAll|TS(Literal|Type|Interface)|TaggedTemplate)/;
/** A name of a program's own: `period-locked`, `/clients`, `#why`, `Content-Type`. */
const isName = (text: string): boolean => /^[\w.#:/?=&%*+[\](),-]*$/.test(text) && !/^[A-Z][a-z]+$/.test(text);

/**
 * The texts of a source file that a person may read: strings, templates, and what elements say. Comments, types, identifiers and imports
 * are none, nor is what a tag makes (SQL). Parsed with Vitest's own parser: TypeScript 7 has none that a program can call in its process.
 */
export function textsOf(file: string, source: string): ScreenText[] {
  const found: ScreenText[] = [];
  const starts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const keep = (node: Syntax, raw: string, anyCount: boolean) => {
    const text = words(raw).trim();
    if (/[a-z]/i.test(text.replace(/\{\w*\}/g, "")) && !isName(text)) found.push({ line: lineOf(node.start), text, anyCount });
  };
  const walk = (node: Syntax, anyCount: boolean): void => {
    if (SILENT.test(node.type)) return;
    if (node.type === "JSXElement" || node.type === "JSXFragment") keep(node, saidBy(node), anyCount);
    const own = literal(node);
    if (own !== null) keep(node, own, anyCount);
    if (node.type === "ConditionalExpression") {
      const test = member(node, "test");
      const byCount = test !== null && choosesByCount(source.slice(test.start, Number(test.end)));
      for (const part of [test, member(node, "consequent"), member(node, "alternate")])
        if (part) walk(part, anyCount && !(byCount && part !== test));
      return;
    }
    for (const value of Object.values(node)) {
      if (isSyntax(value)) walk(value, anyCount);
      else for (const part of listed(value)) walk(part, anyCount);
    }
  };
  walk(parseAst(source, { lang: file.endsWith("x") ? "tsx" : "ts" }) as unknown as Syntax, true);
  return found;
}

/** The prose of a page of Markdown, a line each: code is none. */
export function proseOf(source: string): ScreenText[] {
  let code = false;
  return source.split("\n").flatMap((raw, index) => {
    const fence = /^\s*(```|~~~)/.test(raw);
    if (fence) code = !code;
    const text = words(raw.replace(/`[^`]*`/g, "{}").replace(/\]\([^)]*\)/g, "]")).trim();
    return code || fence || raw.startsWith("    ") || text === "" ? [] : [{ line: index + 1, text, anyCount: true }];
  });
}
