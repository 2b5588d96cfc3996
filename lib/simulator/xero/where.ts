/** A `where` or `order` that cannot be read: ErrorNumber 16. */
export class QueryParseError extends Error {}

export type Value = string | number | boolean | null;

export type Condition =
  | { kind: "and"; left: Condition; right: Condition }
  | { kind: "or"; left: Condition; right: Condition }
  | { kind: "compare"; field: string; operator: string; value: Value }
  | { kind: "method"; field: string; method: string; value: string };

type Token = { type: "word" | "text" | "number" | "sign"; text: string; at: number };

const SIGNS = ["&&", "||", "==", "!=", ">=", "<=", "=", ">", "<", "(", ")", ","];

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const word = /^[A-Za-z_][A-Za-z0-9_.]*/.exec(rest)?.[0];
    const number = /^-?\d+(\.\d+)?/.exec(rest)?.[0];
    const text = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
    const sign = SIGNS.find((one) => rest.startsWith(one));
    if (word !== undefined) tokens.push({ type: "word", text: word, at });
    else if (number !== undefined) tokens.push({ type: "number", text: number, at });
    else if (text !== null) tokens.push({ type: "text", text: (text[1] ?? "").replace(/\\(.)/g, "$1"), at });
    else if (sign !== undefined) tokens.push({ type: "sign", text: sign, at });
    else throw new QueryParseError(`Syntax error '${rest.charAt(0)}' (at index ${at})`);
    at += word?.length ?? number?.length ?? text?.[0].length ?? sign?.length ?? 1;
  }
  return tokens;
}

const OPERATORS = new Set(["==", "=", "!=", ">=", "<=", ">", "<"]);

/** Parses the C#-like filter of a list. Field names come back in lower case. @throws {QueryParseError} */
export function parseWhere(source: string): Condition {
  const tokens = tokenize(source);
  let next = 0;
  const peek = () => tokens[next];
  const fail = (): never => {
    throw new QueryParseError(`Expression expected (at index ${peek()?.at ?? source.length})`);
  };
  const take = (text?: string): Token => {
    const token = peek();
    if (token === undefined || (text !== undefined && token.text !== text)) return fail();
    next += 1;
    return token;
  };
  const joins = (words: readonly string[]) => words.includes((peek()?.text ?? "").toLowerCase()) && peek()?.type !== "text";

  const or = (): Condition => {
    let left = and();
    while (joins(["or", "||"])) {
      next += 1;
      left = { kind: "or", left, right: and() };
    }
    return left;
  };
  const and = (): Condition => {
    let left = term();
    while (joins(["and", "&&"])) {
      next += 1;
      left = { kind: "and", left, right: term() };
    }
    return left;
  };
  const term = (): Condition => {
    if (peek()?.text === "(" && peek()?.type === "sign") {
      take("(");
      const inside = or();
      take(")");
      return inside;
    }
    const word = take();
    if (word.type !== "word") return fail();
    const field = word.text.toLowerCase();
    const method = /^(.*)\.(contains|startswith|endswith)$/.exec(field);
    if (method !== null && peek()?.text === "(") {
      take("(");
      const value = take();
      if (value.type !== "text") return fail();
      take(")");
      return { kind: "method", field: method[1] ?? "", method: method[2] ?? "", value: value.text };
    }
    let name = field;
    if (/\.(tolower|toupper|value)$/.test(field)) {
      name = field.replace(/\.(tolower|toupper|value)$/, "");
      if (peek()?.text === "(") {
        take("(");
        take(")");
      }
    }
    const operator = peek();
    if (operator === undefined || operator.type !== "sign" || !OPERATORS.has(operator.text)) {
      return { kind: "compare", field: name, operator: "==", value: true };
    }
    next += 1;
    return { kind: "compare", field: name, operator: operator.text === "=" ? "==" : operator.text, value: literal() };
  };
  const literal = (): Value => {
    const token = take();
    if (token.type === "text") return token.text;
    if (token.type === "number") return Number(token.text);
    const word = token.text.toLowerCase();
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    if (word === "guid" || word === "guid.parse") {
      take("(");
      const text = take();
      take(")");
      return text.type === "text" ? text.text.toLowerCase() : fail();
    }
    if (word === "datetime" || word === "datetime.parse") {
      take("(");
      const parts: string[] = [];
      while (peek() !== undefined && peek()?.text !== ")") {
        const part = take();
        if (part.text !== ",") parts.push(part.text);
      }
      take(")");
      const date =
        word === "datetime" && parts.length >= 3
          ? dateOf(parts.map(Number))
          : Date.parse(`${parts[0] ?? ""}Z`.replace("ZZ", "Z"));
      const value = Number.isNaN(date) ? Date.parse(parts[0] ?? "") : date;
      return Number.isNaN(value) ? fail() : value;
    }
    return fail();
  };

  const condition = or();
  if (peek() !== undefined) fail();
  return condition;
}

const dateOf = ([year = 0, month = 1, date = 1, hours = 0, minutes = 0, seconds = 0]: number[]) =>
  Date.UTC(year, month - 1, date, hours, minutes, seconds);

/** Whether a record meets the condition; `read` gives a field's value, undefined for a field that it does not have. */
export function meets(condition: Condition, read: (field: string) => Value | undefined): boolean {
  if (condition.kind === "and") return meets(condition.left, read) && meets(condition.right, read);
  if (condition.kind === "or") return meets(condition.left, read) || meets(condition.right, read);
  const actual = read(condition.field);
  if (actual === undefined) throw new QueryParseError(`No property or field '${condition.field}' exists (at index 0)`);
  if (condition.kind === "method") {
    if (actual === null) return false;
    const text = String(actual).toLowerCase();
    const part = condition.value.toLowerCase();
    if (condition.method === "contains") return text.includes(part);
    return condition.method === "startswith" ? text.startsWith(part) : text.endsWith(part);
  }
  return holds(comparable(actual), condition.operator, comparable(condition.value));
}

/** Text is compared without regard to case or accents, as Xero's database does. */
function comparable(value: Value): Value {
  return typeof value === "string" ? plain(value) : value;
}

export function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
}

function holds(actual: Value, operator: string, wanted: Value): boolean {
  if (operator === "==") return actual === wanted || (wanted === null && actual === "");
  if (operator === "!=") return !holds(actual, "==", wanted);
  if (actual === null || wanted === null) return false;
  if (operator === ">=") return actual >= wanted;
  if (operator === "<=") return actual <= wanted;
  return operator === ">" ? actual > wanted : actual < wanted;
}

/** Values that a field must equal for the condition to hold, when the condition says so; null when it does not. */
export function requiredValues(condition: Condition, field: string): string[] | null {
  if (condition.kind === "and") return requiredValues(condition.left, field) ?? requiredValues(condition.right, field);
  if (condition.kind === "or") {
    const left = requiredValues(condition.left, field);
    const right = requiredValues(condition.right, field);
    return left === null || right === null ? null : [...left, ...right];
  }
  if (condition.kind !== "compare" || condition.operator !== "==" || condition.field !== field) return null;
  return typeof condition.value === "string" ? [condition.value] : null;
}
