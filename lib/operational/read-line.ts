import { addDays, type PlainDate } from "#lib/common/dates.ts";
import { minorDigits } from "#lib/common/money.ts";
import { type DocumentKind, sideOf } from "#lib/common/records.ts";
import { divideRounded, type Exact, exactToMinor, exactToText, multiply, percentOf, tenTo } from "./exact.ts";
import type { Field } from "./fields.ts";
import { dateRule, readDate } from "./file-dates.ts";
import { readNumber } from "./numbers.ts";
import { fitsProduct, type ImportProfile, nominalCodeFor, setAsideReason, taxCodeFor } from "./profile.ts";
import { datesOf, type Layout } from "./records.ts";

/** One line of the file, understood. Amounts are signed as the file has them, in minor units of `currency`. */
export interface ReadLine {
  readonly line: number;
  /** By its type column or number; a document that comes to less than nothing may still turn into a credit note. */
  readonly kind: DocumentKind;
  /** The operational system's own reference: for sales the number, for purchases the supplier's reference and the number. */
  readonly reference: string;
  readonly number: string;
  readonly issuedOn: PlainDate;
  readonly dueOn: PlainDate;
  readonly currency: string;
  readonly contactReference: string;
  /** Null where the file names none. */
  readonly contactName: string | null;
  readonly contactEmail: string | null;
  readonly country: string | null;
  /** Null for charges and for lines that name no product. */
  readonly productReference: string | null;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly nominalCode: string;
  readonly taxCode: string;
  /** Why this line becomes no document, or null. */
  readonly setAside: string | null;
  /** The file says that the document was voided or deleted. */
  readonly isVoid: boolean;
  /** Whether turning its signs round may make it a line of a credit note. */
  readonly mayTurn: boolean;
  readonly raw: readonly string[];
}

/** Who can put a fault right: `operations` in the source system, `bookkeeper` here in the console. */
export type FaultFixer = "operations" | "bookkeeper";

export interface LineFault {
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  /** The column as the file heads it. */
  readonly field: string;
  readonly value: string;
  readonly rule: string;
  readonly fixer: FaultFixer;
}

/** A line with faults, as far as it could be read: what is kept of it when somebody leaves it out. */
export interface FaultyLine {
  readonly line: number;
  readonly faults: readonly LineFault[];
  readonly kind: string;
  /** Blank where it could not be told. */
  readonly reference: string;
  readonly number: string;
  readonly currency: string;
  /** Nil where its amount could not be read. */
  readonly netMinor: bigint;
  readonly raw: readonly string[];
}

export function isFaulty(read: object): read is FaultyLine {
  return "faults" in read;
}

/** What the client already has, and what the profile would make. */
export interface KnownCodes {
  readonly nominal: ReadonlySet<string>;
  /** What a document with the code charges, per cent, by code: nothing where the buyer accounts for the tax. */
  readonly tax: ReadonlyMap<string, Exact>;
}

const MAX_TEXT = 255;
const MAX_DECIMALS = 4;
/** Far beyond what any package takes (pre-check names its limit), and well inside what the database adds up. */
const MAX_MINOR = 10n ** 15n;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const NOT_PLAIN = /[^\x20-\x7e]/;
const ONE: Exact = { units: 1n, scale: 0 };
const NOTHING: Exact = { units: 0n, scale: 0 };

/** Keeps answers by text, so that a million lines ask once for each; forgets all when it has grown too large. */
function remembered<Answer>(ask: (key: string) => Answer): (key: string) => Answer {
  const kept = new Map<string, Answer>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = ask(key);
    if (kept.size > 50_000) kept.clear();
    kept.set(key, answer);
    return answer;
  };
}

/**
 * Makes the function that understands one record of a file: a line, or every fault in it.
 *
 * @param today the client's own date, beyond which by a year no document is dated
 */
export function lineReader(
  profile: ImportProfile,
  layout: Layout,
  known: KnownCodes,
  today: PlainDate,
): (line: number, values: readonly string[]) => ReadLine | FaultyLine {
  const latest = addDays(today, 366);
  const headerOf = (field: Field) => {
    const at = layout.at[field];
    return (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
  };
  const dates = datesOf(profile, layout, today);
  const dateOf = remembered((text) => readDate(text, dates) ?? "");
  const dueOf = remembered((date) => addDays(date, profile.dueDays));
  const negativeTurns = profile.kinds.by === "number" && profile.kinds.negativeTotalIsCreditNote;
  const types = new Map(
    profile.kinds.by === "column" ? Object.entries(profile.kinds.values).map(([name, kind]) => [name.toLowerCase(), kind]) : [],
  );
  const voids = new Set(profile.voidStatuses.map((status) => status.toLowerCase()));
  const productOf = remembered((text) => {
    const code = profile.product.upperCase ? text.toUpperCase() : text;
    return {
      code,
      stocked: code !== "" && !fitsProduct(profile.product.notProducts, code),
      setAside: code === "" ? null : setAsideReason(profile, code),
      nominal: { sales: nominalCodeFor(profile, code, "sales"), purchase: nominalCodeFor(profile, code, "purchase") },
    };
  });
  const taxOf = remembered((key) => {
    const [issuedOn = "", country = "", product = "", side = "sales"] = key.split("\u001f");
    return { code: taxCodeFor(profile, { issuedOn, country, product, side: side === "sales" ? "sales" : "purchase" }) };
  });

  return (line, values) => {
    const faults: LineFault[] = [];
    const fault = (field: Field, value: string, rule: string, fixer: FaultFixer = "operations") => {
      faults.push({ line, field: headerOf(field), value: value.slice(0, 200), rule, fixer });
    };
    if (values.length !== layout.headers.length) {
      const rule = `a line has ${layout.headers.length} fields, as the headers have`;
      return {
        line,
        faults: [{ line, field: "", value: `${values.length} fields`, rule, fixer: "operations" }],
        kind: "sales-invoice",
        reference: "",
        number: "",
        currency: profile.currency,
        netMinor: 0n,
        raw: values,
      };
    }
    const text = (field: Field, limit = MAX_TEXT): string => {
      const at = layout.at[field];
      let value = at === undefined ? "" : (values[at] ?? "").trim();
      if (value === "") return value;
      if (NOT_PLAIN.test(value)) {
        if (CONTROL.test(value)) fault(field, value.replace(CONTROL, "\ufffd"), "holds a control character");
        value = value.normalize("NFC").replace(/\r\n?/g, "\n");
        if (field !== "description" && value.includes("\n")) fault(field, value, "stands on one line");
      }
      if (value.length > limit) fault(field, value, `is no longer than ${limit} characters`);
      return value;
    };
    const amount = (field: Field): Exact | null => {
      const value = text(field);
      if (value === "") return null;
      const read = readNumber(value, layout.decimalMark);
      if (read) return read;
      fault(field, value, `is a number, its decimals after "${layout.decimalMark}", without exponent`);
      return null;
    };

    const isVoid = voids.has(text("status").toLowerCase());
    const number = text("number");
    if (number === "") fault("number", "", "is filled in");

    let kind: DocumentKind = "sales-invoice";
    if (profile.kinds.by === "column") {
      const type = text("type");
      const named = types.get(type.toLowerCase().replace(/\s+/g, " "));
      if (named) kind = named;
      else fault("type", type, `is one of: ${[...types.keys()].join(", ")}`);
    } else if (profile.kinds.creditNotePrefix !== undefined && number.startsWith(profile.kinds.creditNotePrefix)) {
      kind = "sales-credit-note";
    }
    const side = sideOf(kind) ?? "sales";

    const dateText = text("date");
    const issuedOn = dateOf(dateText);
    if (issuedOn === "") fault("date", dateText, dateRule(dateText, dates.formats));
    else if (issuedOn > latest) fault("date", dateText, "is no more than a year ahead");
    const dueText = text("dueDate");
    const dueOn = dueText === "" ? (issuedOn === "" ? "" : dueOf(issuedOn)) : dateOf(dueText);
    if (dueText !== "" && dueOn === "") fault("dueDate", dueText, dateRule(dueText, dates.formats));
    else if (dueOn !== "" && issuedOn !== "" && dueOn < issuedOn) fault("dueDate", dueText, "is not before the document's date");

    const currencyText = text("currency").toUpperCase();
    const currency = currencyText === "" ? profile.currency : currencyText;
    if (!/^[A-Z]{3}$/.test(currency)) fault("currency", currencyText, "is a currency's three letters, such as GBP");
    const digits = minorDigits(currency);

    let contactReference = text("contactReference");
    if (profile.contact.wholeNumbers) contactReference = contactReference.replace(/^(\d+)\.0+$/, "$1");
    if (contactReference === "") {
      if (profile.contact.fallback && side === "sales") contactReference = profile.contact.fallback.reference;
      else fault("contactReference", "", "is filled in");
    }
    const email = text("email");
    if (email !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) fault("email", email, "is an e-mail address");
    const country = text("country");

    const product = productOf(text("product", 100));
    const quantity = amount("quantity") ?? ONE;
    const given = { price: amount("unitPrice"), net: amount("net"), tax: amount("tax") };
    if (quantity.scale > MAX_DECIMALS) fault("quantity", text("quantity"), `has at most ${MAX_DECIMALS} decimals`);
    if (given.price && given.price.scale > MAX_DECIMALS)
      fault("unitPrice", text("unitPrice"), `has at most ${MAX_DECIMALS} decimals`);
    for (const field of ["net", "tax"] as const) {
      const value = given[field];
      if (value && value.scale > digits) fault(field, text(field), `has at most ${digits} decimals in ${currency}`);
    }
    const price = given.price ?? (given.net ? divided(given.net, quantity) : isVoid ? NOTHING : null);
    if (price === null && faults.every((one) => one.field !== headerOf("unitPrice") && one.field !== headerOf("net"))) {
      fault(
        layout.at.unitPrice === undefined ? "net" : "unitPrice",
        "",
        "is filled in: a line needs a unit price or a net amount",
      );
    }

    const nominalText = text("nominalCode", 50);
    // What was voided keeps the lines it had: the file need not repeat them.
    const blank = isVoid ? "" : null;
    const nominalCode = nominalText === "" ? (product.nominal[side] ?? blank) : nominalText;
    if (nominalCode === null) fault("nominalCode", "", "is filled in: no rule of the profile gives one");
    else if (nominalCode !== "" && !known.nominal.has(nominalCode)) {
      fault("nominalCode", nominalCode, "is a nominal code that this client has, or that the profile makes", "bookkeeper");
    }
    const taxText = text("taxCode", 50);
    const taxCode =
      taxText === "" ? (taxOf(`${issuedOn}\u001f${country}\u001f${product.code}\u001f${side}`).code ?? blank) : taxText;
    const rate = taxCode === null ? undefined : taxCode === "" ? NOTHING : known.tax.get(taxCode);
    if (taxCode === null) fault("taxCode", "", "is filled in: no rule of the profile gives one");
    else if (rate === undefined)
      fault("taxCode", taxCode, "is a tax code that this client has, or that the profile makes", "bookkeeper");

    const description = text("description", Number.MAX_SAFE_INTEGER);
    const netMinor = given.net
      ? exactToMinor(given.net, digits)
      : price === null
        ? 0n
        : exactToMinor(multiply(quantity, price), digits);
    const reference = text("reference") || (side === "sales" ? number : `${contactReference}/${number}`);
    const faulty = (): FaultyLine => ({ line, faults, kind, reference, number, currency, netMinor, raw: values });
    if (faults.length > 0 || price === null || nominalCode === null || taxCode === null || rate === undefined) return faulty();

    const taxMinor = given.tax ? exactToMinor(given.tax, digits) : percentOf(netMinor, rate);
    if (netMinor > MAX_MINOR || netMinor < -MAX_MINOR || taxMinor > MAX_MINOR || taxMinor < -MAX_MINOR) {
      fault("unitPrice", text("unitPrice"), "makes an amount that books can hold");
      return { ...faulty(), netMinor: 0n };
    }
    return {
      line,
      kind,
      reference,
      number,
      issuedOn,
      dueOn,
      currency,
      contactReference,
      contactName: text("contactName") || null,
      contactEmail: email || null,
      country: country || null,
      productReference: product.stocked ? product.code : null,
      description: description || product.code || number,
      quantity: exactToText(quantity),
      unitPrice: exactToText(price),
      netMinor,
      taxMinor,
      nominalCode,
      taxCode,
      setAside: product.setAside,
      isVoid,
      mayTurn: negativeTurns || kind === "sales-credit-note" || kind === "supplier-credit-note",
      raw: values,
    };
  };
}

/** What one costs, to four decimals: only where the file gives a net amount and no price, and then the net amount is what counts. */
function divided(net: Exact, quantity: Exact): Exact | null {
  if (quantity.units === 0n) return null;
  const sign = quantity.units < 0n ? -1n : 1n;
  const units = divideRounded(sign * net.units * tenTo(quantity.scale + MAX_DECIMALS), sign * quantity.units * tenTo(net.scale));
  return { units, scale: MAX_DECIMALS };
}
