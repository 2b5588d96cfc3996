/** A number as it was written, so that no amount passes through a float. */
class Num {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A moment on the wire: `/Date(ms+0000)/` in JSON, ISO in XML. */
class WireDate {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** An object that never changes and goes out many times, such as the contact on each of its invoices: printed once. */
export class Stable {
  readonly value: WireObject;
  #json: string | undefined;
  constructor(value: WireObject) {
    this.value = value;
  }
  json(): string {
    this.#json ??= toJson(this.value);
    return this.#json;
  }
}

export type Wire = string | number | boolean | null | undefined | Num | WireDate | Stable | Wire[] | WireObject;
export type WireObject = { [name: string]: Wire };

export const num = (text: string) => new Num(text);

/** A calendar date `YYYY-MM-DD` as midnight UTC. */
export const day = (date: string) => new WireDate(Date.parse(`${date}T00:00:00Z`));
export const dayString = (date: string) => `${date}T00:00:00`;
export const moment = (ms: number) => new WireDate(ms);

export function isWireObject(value: Wire): value is WireObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Num) &&
    !(value instanceof WireDate)
  );
}

const NAMES = new Map<string, string>();

/** A member's name with its colon. The names are few and known, but for those that a refused element brings along. */
function printedName(name: string): string {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const printed = `${JSON.stringify(name)}:`;
  if (NAMES.size < 1000) NAMES.set(name, printed);
  return printed;
}

/** Prints JSON; numbers come out as they were written, undefined members not at all. */
export function toJson(value: Wire): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Num) return value.text;
  if (value instanceof Stable) return value.json();
  if (value instanceof WireDate) return `"\\/Date(${value.ms}+0000)\\/"`;
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  let members = "";
  for (const name in value) {
    const member = value[name];
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${printedName(name)}${toJson(member)}`;
  }
  return `{${members}}`;
}

const SINGULAR: Record<string, string> = {
  Addresses: "Address",
  TrackingCategories: "TrackingCategory",
  Currencies: "Currency",
  TaxRates: "TaxRate",
  Tracking: "TrackingCategory",
  Phones: "Phone",
};

const escapeXml = (text: string) => text.replace(/[&<>]/g, (sign) => (sign === "&" ? "&amp;" : sign === "<" ? "&lt;" : "&gt;"));

function xmlMember(name: string, value: Wire): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) {
    const one = SINGULAR[name] ?? name.replace(/s$/, "");
    return `<${name}>${value.map((element) => xmlMember(one, element)).join("")}</${name}>`;
  }
  if (value instanceof Stable) return xmlMember(name, value.value);
  if (isWireObject(value)) {
    return `<${name}>${Object.entries(value)
      .map(([member, inner]) => xmlMember(member, inner))
      .join("")}</${name}>`;
  }
  if (value instanceof WireDate) return `<${name}>${new Date(value.ms).toISOString().replace(/\.000Z$|Z$/, "")}</${name}>`;
  return `<${name}>${escapeXml(value instanceof Num ? value.text : String(value))}</${name}>`;
}

/** Prints XML, the default of an API call that does not ask for JSON. */
export function toXml(root: string, value: WireObject): string {
  return `<${root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${Object.entries(value)
    .map(([name, member]) => xmlMember(name, member))
    .join("")}</${root}>`;
}

/** The body could not be read as what it should be: ErrorNumber 14. */
export class PostDataInvalid extends Error {}

/** Parses JSON without turning a number into a float. @throws {PostDataInvalid} */
export function fromJson(text: string): Wire {
  const keepNumber = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? new Num(context?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, keepNumber);
  } catch (error) {
    throw new PostDataInvalid(error instanceof Error ? error.message : "The body is not JSON");
  }
}

/** A member by name; another case of the name will do, as it does at Xero. */
export function member(object: WireObject, name: string): Wire {
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = name.toLowerCase();
  for (const key in object) if (key.toLowerCase() === wanted) return object[key];
  return undefined;
}

/** A text member; undefined when absent, null when it is given as null. @throws {PostDataInvalid} for an object or list */
export function textOf(object: WireObject, name: string, path = name): string | null | undefined {
  const value = member(object, name);
  if (value === undefined || value === null) return value;
  if (typeof value === "string") return value;
  if (value instanceof Num) return value.text;
  if (typeof value === "boolean") return String(value);
  throw new PostDataInvalid(`Error converting value to type 'System.String'. Path '${path}'.`);
}

export function objectOf(object: WireObject, name: string): WireObject | undefined {
  const value = member(object, name);
  return isWireObject(value) ? value : undefined;
}

/** The objects of a list member; undefined when there is no list. */
export function listOf(object: WireObject, name: string): WireObject[] | undefined {
  const value = member(object, name);
  return Array.isArray(value) ? value.filter(isWireObject) : undefined;
}
