/** What is read and answered, with every number kept as the text that stood on the wire: no float is made of an amount. */
export type Wire = string | boolean | null | readonly Wire[] | WireObject;
export type WireObject = { readonly [name: string]: Wire };

/** @throws {SyntaxError} */
export function fromJson(text: string): Wire {
  return JSON.parse(text, (_name, value: Wire, context?: { source?: string }) =>
    typeof value === "number" ? (context?.source ?? String(value)) : value,
  );
}

/** Names whose values are numbers on the wire; ids, versions and codes are texts there, though they look like numbers. */
const NUMBERS = new Set(
  "Amount TotalAmt Balance UnappliedAmt RemainingCredit TotalTax TaxPercent NetAmountTaxable Qty UnitPrice RateValue LineNum startPosition maxResults".split(
    " ",
  ),
);
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

export function toJson(value: unknown): string {
  return JSON.stringify(value, (name, one: unknown) =>
    typeof one === "string" && NUMBERS.has(name) && /^-?\d+(\.\d+)?$/.test(one) ? rawJSON(one) : one,
  );
}

export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const textOf = (object: WireObject, name: string): string | null => {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : null;
};

export const listOf = (object: WireObject, name: string): readonly WireObject[] => {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

export const childOf = (object: WireObject, name: string): WireObject | null => {
  const value = object[name];
  return isObject(value) ? value : null;
};

/** The id that a reference names. */
export const refOf = (object: WireObject, name: string): string | null => {
  const found = childOf(object, name);
  return found && textOf(found, "value");
};

/** A refusal in the package's own words, of one object. */
export class Refused extends Error {
  readonly code: string;
  readonly detail: string;
  readonly element: string | null;

  constructor(code: string, message: string, detail = message, element: string | null = null) {
    super(message);
    this.code = code;
    this.detail = detail;
    this.element = element;
  }
}

/** The usual shape of a refusal. */
export const faultOf = ({ code, message, detail, element }: Refused): WireObject => ({
  Error: [{ Message: message, Detail: detail, code, ...(element === null ? {} : { element }) }],
  type: "ValidationFault",
});

/** A moment in their server's zone. */
export function moment(ms: number): string {
  return `${new Date(ms - 8 * 3_600_000).toISOString().slice(0, -1)}-08:00`;
}

/** A field that has to be there is not. */
export const missing = (name: string): Refused =>
  new Refused(
    "2020",
    "Required param missing, need to supply the required value for the API",
    `Required parameter ${name} is missing in the request`,
    name,
  );
