import { COMMENT } from "#db/queries/import-lines.ts";
import { addDays, type PlainDate } from "#lib/common/dates.ts";
import { minorDigits, minorToDecimal } from "#lib/common/money.ts";
import { type DocumentKind, isCreditNote, sideOf } from "#lib/common/records.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import {
  contradiction,
  currencyOfHeading,
  decimalsOf,
  endsInZeros,
  isNoAmount,
  isOverlong,
  isShortened,
  ledgerMarkOf,
  ROUNDED_RULE,
  readWritten,
  SHORTENED_RULE,
  signedBy,
  unsureRule,
} from "./amounts.ts";
import { type IdentifierMark, type MarkedReference, plainBlanks, spoiltLetters, unmarked } from "./cell-texts.ts";
import { type Credited, creditedKey } from "./credited.ts";
import { surplusFault } from "./entered-lines.ts";
import { absolute, type Exact, exactToMinor, exactToText, percentOf } from "./exact.ts";
import { FIELD_LABELS, type Field } from "./fields.ts";
import { dateRule, readDate } from "./file-dates.ts";
import { headOnce } from "./head-once.ts";
import { type DiscountMode, type LineMoney, moneyOf } from "./line-money.ts";
import { countLineTax, type LineTax, type LineTaxTally, lineTaxTally, taxOfLine } from "./line-tax.ts";
import type { MoneyColumns } from "./money-columns.ts";
import { readNumber } from "./numbers.ts";
import { fitsProduct, type ImportProfile, nominalCodeFor, setAsideReason, taxCodeFor } from "./profile.ts";
import { byRecordId } from "./record-id.ts";
import { datesOf, type Layout } from "./records.ts";
import { foldedStatus, MAX_STATUSES, saysStanding, saysVoided, VOIDING } from "./statuses.ts";
import { namesTotal } from "./survey.ts";

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
  /** The file leaves the tax to the code: what the code charges decides what the line comes to. */
  readonly taxByCode: boolean;
  readonly nominalCode: string;
  readonly taxCode: string;
  /** Why this line becomes no document, or null. */
  readonly setAside: string | null;
  /** What the file says of the line's whole document, and how far the line may be off: see {@link Said}. Null where there is nothing to hold. */
  readonly said: Said | null;
  /** The file says that the document was voided or deleted. */
  readonly isVoid: boolean;
  /** Whether turning its signs round may make it a line of a credit note. */
  readonly mayTurn: boolean;
  readonly raw: readonly string[];
}

/** Figures of a whole document, as one of its lines bears them, and what is needed to hold its lines against them. Minor units. */
export interface Said {
  readonly netMinor: bigint | null;
  readonly taxMinor: bigint | null;
  readonly grossMinor: bigint | null;
  /** Tax of the line by its code's rate. */
  readonly taxByRateMinor: bigint;
  /** The line's own tax stands in the file. */
  readonly taxGiven: boolean;
  /** By how much the line's net may be off: nil where the file gives it. */
  readonly slackMinor: bigint;
  /** It has a discount that no total of its own proves. */
  readonly unproven: boolean;
  /** Amounts of columns that the profile does not know, in their order; null where blank. */
  readonly others: readonly (bigint | null)[];
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
  /** The catalogue's code, of a fault that it explains. */
  readonly code?: SyncErrorCode;
  /** `value` is a code that the client does not have: it can be made from the preview. */
  readonly lacks?: "nominal-code" | "tax-code" | "product-group";
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
  readonly taxMinor?: bigint;
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
  /** What stands for the tax code of a line that has none; null where only the profile's rules do. */
  readonly lineTax?: LineTax | null;
}

/** What somebody answered, or the whole file's evidence says, about what single lines cannot tell. */
export interface LineChoices {
  /** Whether discounts that no total proves have been taken off the prices already. */
  readonly discount?: DiscountMode;
  /** Whether every line of a credit note is a credit, whatever its sign. */
  readonly creditSigns?: "as-written" | "each-line";
  /** The invoices that credit notes of the file name, by {@link creditedKey}. */
  readonly credited?: ReadonlyMap<string, Credited>;
  /** What was said of a status that no profile knows; null while nobody has. */
  readonly statusSaid?: (status: string) => "stands" | "void" | null;
  /** Marks of references that belong to a spreadsheet, not to them. */
  readonly marksOff?: ReadonlySet<IdentifierMark>;
}

/** A value where it stands first. */
interface FirstSeen {
  readonly line: number;
  readonly field: string;
  readonly value: string;
  /** How many lines have it, or one alike. */
  count: number;
}

/** What the reading of all lines leaves to be asked or told. */
export interface LineTally {
  /** Lines that were given the head of the document above. */
  belongAbove: number;
  readonly discounts: {
    /** The meanings that the file's discount columns may have; empty where it has none. */
    modes: readonly DiscountMode[];
    /** The meanings that every line with a total of its own allows; null while there was none. */
    agreed: Set<DiscountMode> | null;
    /** What all lines come to by each meaning: net, minor units, by currency. */
    readonly sums: Map<DiscountMode, Map<string, bigint>>;
  };
  /** References of more than 15 digits: those that end in zeros from the sixteenth on, the first of them, and all others. */
  readonly long: { zeros: number; whole: number; first: { line: number; field: string; value: string } | null };
  /** Whether documents have to be held against figures of their own once they are put together. */
  settles: boolean;
  /** Statuses that say neither that a document stands nor that it does not, by their folded word. */
  readonly statuses: Map<string, FirstSeen>;
  /** References with a mark that may be a spreadsheet's. */
  readonly marks: Map<IdentifierMark, MarkedReference>;
  /** Tax codes that lines took which brought none, and what nobody knows of them. */
  readonly lineTax: LineTaxTally;
}

export function lineTally(): LineTally {
  return {
    belongAbove: 0,
    discounts: { modes: [], agreed: null, sums: new Map() },
    long: { zeros: 0, whole: 0, first: null },
    settles: false,
    statuses: new Map(),
    marks: new Map(),
    lineTax: lineTaxTally(),
  };
}

const MAX_TEXT = 255;
/** Far beyond what any package takes (pre-check names its limit), and well inside what the database adds up. */
const MAX_MINOR = 10n ** 15n;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const NOT_PLAIN = /[^\x20-\x7e]/;
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

/** References that a spreadsheet may have taken for numbers. */
const IDENTIFIERS = new Set<Field>(["number", "reference", "contactReference", "product"]);
/** What names a document, somebody or a thing: a letter lost there is another name. */
const NAMING = new Set<Field>([...IDENTIFIERS, "recordId", "contactName"]);
/** Amounts of a line. */
const AMOUNTS = [
  "quantity",
  "unitPrice",
  "unitPriceGross",
  "net",
  "tax",
  "discountPercent",
  "discount",
  "lineTotal",
  "lineGross",
] as const satisfies readonly Field[];
type AmountField = (typeof AMOUNTS)[number];

/** What a ledger's mark says nothing about. */
const UNMARKED = new Set<Field>(["quantity", "discountPercent", "discount"]);
/** What one costs: with a quantity below zero, a mark would turn it a second time. */
const OF_ONE = new Set<Field>(["unitPrice", "unitPriceGross"]);
const TOTALS = ["net", "lineTotal", "lineGross"] as const satisfies readonly Field[];
const PLAIN = { ledgerMark: null, currencies: null, mark: "", isPercent: false } as const;
const DOCUMENT_FIGURES = ["documentNet", "documentTax", "documentGross"] as const satisfies readonly Field[];

/**
 * Makes the function that understands one record of a file: a line, or every fault in it.
 *
 * @param today the client's own date, beyond which by a year no document is dated
 * @param choices what was answered about what single lines cannot tell
 * @param tally is added to, line by line
 * @param unknown looks at the amounts of columns that the profile does not know
 */
export function lineReader(
  profile: ImportProfile,
  layout: Layout,
  known: KnownCodes,
  today: PlainDate,
  choices: LineChoices = {},
  tally: LineTally = lineTally(),
  unknown: MoneyColumns | null = null,
): (line: number, values: readonly string[], isNumber?: readonly boolean[]) => ReadLine | FaultyLine {
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
  const marks = { seen: tally.marks, off: choices.marksOff ?? new Set<IdentifierMark>() };
  const voiding = layout.at.status !== undefined && VOIDING.test(headerOf("status"));
  // A sign in a heading says what its column is in, as a sign beside each amount would.
  const headed = new Map(
    [...AMOUNTS, ...DOCUMENT_FIGURES].flatMap((field) => {
      const found = layout.at[field] === undefined ? null : currencyOfHeading(headerOf(field));
      return found ? [[field, found] as [Field, typeof found]] : [];
    }),
  );
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

  const heads = headOnce(profile, layout);
  /** What the lines of the document above come to, net, since it began. */
  let above = { key: "", net: 0n };
  // A column called "Discount" alone may hold either: its own per cent sign, a line's total or a person says which.
  const discountColumn: DiscountMode = layout.at.discountPercent === undefined ? "amount" : "percent";
  if (layout.at.discountPercent !== undefined) tally.discounts.modes = ["percent", "included"];
  else if (layout.at.discount !== undefined) tally.discounts.modes = ["amount", "percent", "included"];
  const width = layout.headers.length;
  const needed = (Object.entries(layout.at) as [Field, number][])
    .map(([field, at]) => ({ field, at }))
    .filter(({ field }) => profile.columns[field]?.required);
  const holds = {
    discount: layout.at.discountPercent !== undefined || layout.at.discount !== undefined,
    document: DOCUMENT_FIGURES.some((field) => layout.at[field] !== undefined),
  };

  return (line, given, isNumber) => {
    const faults: LineFault[] = [];
    const fault = (field: Field, value: string, rule: string) => {
      faults.push({ line, field: headerOf(field), value: value.slice(0, 200), rule, fixer: "operations" });
    };
    const lacks = (what: "nominal-code" | "tax-code", field: Field, value: string) => {
      const rule = `is a ${what.replace("-", " ")} that this client has, or that the profile makes`;
      faults.push({ line, field: headerOf(field), value, rule, fixer: "bookkeeper", lacks: what });
    };
    const surplus = given.length > width ? surplusFault(line, given, layout) : null;
    if (surplus) faults.push(surplus);
    const { values, stray } = heads.fill(line, given);
    tally.belongAbove = heads.filled;
    const text = (field: Field, limit = MAX_TEXT): string => {
      const at = layout.at[field];
      let value = at === undefined ? "" : (values[at] ?? "").trim();
      if (value === "") return value;
      if (NOT_PLAIN.test(value)) {
        if (CONTROL.test(value)) fault(field, value.replace(CONTROL, "\ufffd"), "holds a control character");
        value = value.normalize("NFC").replace(/\r\n?/g, "\n");
        if (field !== "description" && value.includes("\n")) fault(field, value, "is on one line");
      }
      if (value.length > limit) fault(field, value, `is no longer than ${limit} characters`);
      if (NAMING.has(field) && NOT_PLAIN.test(value)) {
        value = plainBlanks(value);
        const spoilt = spoiltLetters(value, field === "contactName");
        if (spoilt !== null) fault(field, value, spoilt);
      }
      // A profile that takes whole numbers for customers says itself what their decimals are.
      const isWhole = field === "contactReference" && profile.contact.wholeNumbers;
      if ((IDENTIFIERS.has(field) && !isWhole) || field === "recordId")
        value = unmarked(value, marks, { line, field: headerOf(field) });
      if (!IDENTIFIERS.has(field)) return value;
      identify(field, value, at === undefined ? false : isNumber?.[at] === true);
      return value;
    };
    const identify = (field: Field, value: string, isCell: boolean) => {
      if (isShortened(value)) fault(field, value, SHORTENED_RULE);
      else if (value.length > 15 && isOverlong(value)) {
        if (isCell) fault(field, value, ROUNDED_RULE);
        else if (!endsInZeros(value)) tally.long.whole += 1;
        else {
          tally.long.zeros += 1;
          tally.long.first ??= { line, field: headerOf(field), value };
        }
      }
    };
    const amount = (field: Field, currency: string): Exact | null => {
      const value = text(field);
      if (value === "") return null;
      const heading = headed.get(field);
      const against = heading && !(field === "discount" && value.includes("%")) ? contradiction(heading, currency) : null;
      if (against !== null) fault(field, value, against.replace("it is written", "its heading is written"));
      const inColumn = UNMARKED.has(field) ? null : ledgerMarkOf(values[layout.markColumn ?? -1] ?? "");
      const read = readNumber(value, layout.decimalMark);
      if (read && (inColumn === null || read.units === 0n)) return read;
      const written = read ? { ...PLAIN, value: read } : readWritten(value, layout.decimalMark);
      if (isNoAmount(written)) {
        fault(field, value, written.why);
        return null;
      }
      const said = contradiction(written, currency);
      if (said !== null) fault(field, value, said);
      else if (written.isPercent && field !== "discountPercent" && field !== "discount")
        fault(field, value, "is an amount, not per cent");
      else if (written.currencies !== null && (field === "quantity" || field === "discountPercent"))
        fault(field, value, `bears no currency: it holds "${written.mark}"`);
      if (written.ledgerMark !== null && UNMARKED.has(field))
        fault(field, value, `is no amount: it holds "${written.ledgerMark}"`);
      if (inColumn !== null && (written.ledgerMark !== null || written.value.units < 0n)) {
        fault(field, value, `says one way whether it is below zero: its line says "${inColumn}" besides`);
        return written.value;
      }
      const mark = inColumn ?? written.ledgerMark;
      if (mark !== null && OF_ONE.has(field) && amounts.quantity && amounts.quantity.units < 0n) {
        // The column's mark is that of the line's own total then, where it has one.
        if (inColumn === null || !TOTALS.some((total) => text(total) !== ""))
          fault(field, value, `says one way whether it is below zero: its line has "${mark}" and a quantity below zero`);
        return written.value;
      }
      const signed = signedBy(written.value, mark, layout.belowZero, side);
      if (signed === null && mark !== null) fault(field, value, unsureRule(mark));
      return signed ?? written.value;
    };

    const isVoid = isVoided(text("status"));
    const number = text("number");
    if (stray !== null) {
      const what = FIELD_LABELS[stray.field].toLowerCase();
      const rule = `required: this line has no number, and its ${what} "${stray.value}" is not that of the document above (line ${stray.first} says "${stray.above}")`;
      fault("number", "", rule);
    } else if (number === "") fault("number", "", "required");

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

    const pointText = text("taxPoint");
    const taxPoint = pointText === "" ? null : dateOf(pointText);
    if (taxPoint === "") fault("taxPoint", pointText, dateRule(pointText, dates.formats));
    else if (taxPoint !== null && taxPoint > latest) fault("taxPoint", pointText, "is no more than a year ahead");

    const currencyText = text("currency").toUpperCase();
    const currency = currencyText === "" ? profile.currency : currencyText;
    if (!/^[A-Z]{3}$/.test(currency)) fault("currency", currencyText, "is a currency's three letters, such as GBP");
    const digits = minorDigits(currency);

    let contactReference = text("contactReference");
    if (profile.contact.wholeNumbers) contactReference = contactReference.replace(/^(\d+)\.0+$/, "$1");
    if (contactReference === "") {
      if (profile.contact.fallback && side === "sales") contactReference = profile.contact.fallback.reference;
      else fault("contactReference", "", "required");
    }
    const contactName = text("contactName");
    const email = text("email");
    if (email !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) fault("email", email, "is an e-mail address");
    const country = text("country");

    const product = productOf(text("product", 100));
    const description = text("description", Number.MAX_SAFE_INTEGER);
    const nominalText = text("nominalCode", 50);
    const taxText = text("taxCode", 50);
    const amounts: Partial<Record<AmountField, Exact | null>> = {};
    let worded = description !== "" && product.code === "" && nominalText === "" && taxText === "" && !isVoid;
    for (const field of AMOUNTS) {
      if (layout.at[field] === undefined) continue;
      const read = amount(field, currency);
      amounts[field] = read;
      worded &&= read === null || read.units === 0n;
    }
    // Words alone: faults of amounts were added above, and then it is no comment.
    const isComment = worded && faults.every((one) => !AMOUNTS.some((field) => headerOf(field) === one.field));
    // What was voided keeps the lines it had: the file need not repeat them.
    const blank = isVoid ? "" : null;
    const nominalCode = nominalText === "" ? (product.nominal[side] ?? (isComment ? "" : blank)) : nominalText;
    if (nominalCode === null) fault("nominalCode", "", "required; the profile has no default");
    else if (nominalCode !== "" && !known.nominal.has(nominalCode)) {
      lacks("nominal-code", "nominalCode", nominalCode);
    }
    const isCredit = isCreditNote(kind);
    const byRule =
      taxText === "" ? taxOf(`${taxPoint || issuedOn}\u001f${country}\u001f${product.code}\u001f${side}`).code : null;
    const credits = text("credits");
    const bare = {
      side,
      isCredit,
      product: product.code,
      contact: contactReference,
      contactName,
      country,
      issuedOn,
      taxPoint: taxPoint || null,
      credited: credits === "" ? null : (choices.credited?.get(creditedKey(side, contactReference, credits)) ?? null),
    };
    const levels = taxText === "" && byRule === null && !isComment && !isVoid && issuedOn !== "" ? (known.lineTax ?? null) : null;
    const taken = levels === null ? null : taxOfLine(bare, levels);
    const taxCode = taxText === "" ? (byRule ?? taken?.resolved?.code ?? (isComment ? "" : blank)) : taxText;
    const rate = taxCode === null ? undefined : taxCode === "" ? NOTHING : known.tax.get(taxCode);
    if (taxCode === null)
      fault("taxCode", "", "required; no profile rule, product, product group, customer, supplier or client default gives one");
    else if (rate === undefined) lacks("tax-code", "taxCode", taxCode);

    const recordId = text("recordId", 100);
    // The record's own id decides, whatever else of it changes.
    const own = recordId === "" ? text("reference") : byRecordId(recordId);
    const reference = own || (side === "sales" ? number : `${contactReference}/${number}`);
    const percentSign = (field: Field) => text(field).includes("%");
    const money = moneyOf({
      amounts: isCredit && choices.creditSigns === "each-line" ? unsigned(amounts) : amounts,
      rate: rate ?? null,
      currency,
      digits,
      isCredit,
      written: (field) => decimalsOf(text(field), layout.decimalMark),
      isPercent: percentSign,
      discountMode: choices.discount ?? discountColumn,
    });
    if (faults.length === 0 || money.unitPrice !== null)
      for (const one of money.faults) fault(one.field, text(one.field), one.rule);
    const priced = money.unitPrice ?? (isVoid ? NOTHING : null);
    if (priced === null && !isComment && !faults.some((one) => PRICES.some((field) => headerOf(field) === one.field))) {
      const at = PRICES.find((field) => layout.at[field] !== undefined) ?? "unitPrice";
      fault(at, "", "required: a line needs a unit price or a net amount");
    }
    const { netMinor, taxMinor } = money;
    const taxByCode = !amounts.tax && !(amounts.lineGross && (amounts.net || amounts.lineTotal || amounts.unitPrice));
    if (product.setAside === null) {
      const counted = { ...bare, line, currency, netMinor, taxMinor, taxGiven: !taxByCode };
      if (taken !== null) countLineTax(tally.lineTax, taken, counted);
      else if (byRule !== null && !isComment && !isVoid)
        countLineTax(tally.lineTax, { resolved: { code: byRule, level: "profile" }, treatment: null, credit: null }, counted);
      if (taxPoint && issuedOn !== "" && taxPoint.slice(0, 7) !== issuedOn.slice(0, 7)) {
        tally.lineTax.taxPoints.lines += 1;
        tally.lineTax.taxPoints.first ??= { line, taxPoint, issuedOn };
      }
    }
    // Whose document a faulty line is can only be told where its number, kind and contact are sure.
    const sure = !faults.some((one) => [headerOf("type"), headerOf("contactReference")].includes(one.field)) && stray === null;
    const faulty = (): FaultyLine => ({
      line,
      faults,
      kind,
      reference: sure ? reference : "",
      number,
      currency: /^[A-Z]{3}$/.test(currency) ? currency : profile.currency,
      netMinor: isHuge(netMinor) ? 0n : netMinor,
      taxMinor: isHuge(taxMinor) ? 0n : taxMinor,
      raw: given,
    });
    const key = `${kind} ${reference}`;
    if (key !== above.key) above = { key, net: 0n };
    if (netMinor !== 0n && netMinor === above.net && namesTotal(description)) {
      const sum = minorToDecimal(netMinor, currency);
      fault("description", description, `is of a line, not a total: ${sum} is the total of the lines of the document above it`);
    } else if (!isHuge(netMinor)) above.net += netMinor;
    if (isHuge(netMinor) || isHuge(taxMinor)) fault("unitPrice", text("unitPrice"), "makes an amount within the limit");
    if (given.length < width && !isComment) {
      const missing = needed.filter(({ at }) => at >= given.length && (values[at] ?? "").trim() === "");
      if (missing.length > 0) {
        const gone = new Set(missing.map(({ field }) => headerOf(field)));
        for (let at = faults.length - 1; at >= 0; at -= 1) {
          if (faults[at]?.value === "" && gone.has(faults[at]?.field ?? "")) faults.splice(at, 1);
        }
        const rule = `has ${width} fields, as the headers have: it ends before ${[...gone].join(", ")}`;
        faults.push({ line, field: "", value: `${given.length} fields`, rule, fixer: "operations" });
      }
    }
    const unitPrice = isComment ? NOTHING : priced;
    if (faults.length > 0 || unitPrice === null || nominalCode === null || taxCode === null) return faulty();

    const said = isComment || isVoid || product.setAside !== null ? null : saidOf(money, rate ?? NOTHING);
    return {
      line,
      kind,
      reference,
      number,
      issuedOn,
      dueOn,
      currency,
      contactReference,
      contactName: contactName || null,
      contactEmail: email || null,
      country: country || null,
      productReference: product.stocked ? product.code : null,
      description: description || product.code || number,
      quantity: exactToText(money.quantity),
      unitPrice: exactToText(unitPrice),
      netMinor: isComment ? 0n : netMinor,
      taxMinor: isComment ? 0n : taxMinor,
      taxByCode,
      nominalCode,
      taxCode,
      setAside: isComment ? COMMENT : product.setAside,
      said,
      isVoid,
      mayTurn: negativeTurns || isCredit,
      raw: given,
    };

    function isVoided(status: string): boolean {
      if (status === "") return false;
      if (voids.has(status.toLowerCase())) return true;
      if (voiding) return saysVoided(status);
      const folded = foldedStatus(status);
      if (saysStanding(status)) return false;
      const first = tally.statuses.get(folded);
      if (first) first.count += 1;
      else if (tally.statuses.size <= MAX_STATUSES)
        tally.statuses.set(folded, { line, field: headerOf("status"), value: status, count: 1 });
      return choices.statusSaid?.(folded) === "void";
    }

    function saidOf(
      { netMinor: net, taxMinor: tax, taxGiven, slackMinor, discounted, proven }: LineMoney,
      byRate: Exact,
    ): Said | null {
      if (holds.discount) countDiscount(currency, net, discounted, proven);
      const taxByRateMinor = percentOf(net, byRate);
      const [documentNet, documentTax, documentGross] = DOCUMENT_FIGURES.map((field) => figure(field));
      const bears = documentNet !== null || documentTax !== null || documentGross !== null;
      const off = tax - taxByRateMinor;
      // Tax that is not its line's may be its document's: that shows when the lines are put together.
      if (bears || off > 1n || off < -1n || (discounted !== null && discounted.size > 1)) tally.settles = true;
      const others =
        unknown === null
          ? []
          : unknown.take(line, values, { digits, net, tax, rate: byRate, quantity: money.quantity, unitPrice: money.unitPrice });
      if (!holds.document && layout.at.tax === undefined && others.length === 0 && !holds.discount) return null;
      return {
        netMinor: documentNet ?? null,
        taxMinor: documentTax ?? null,
        grossMinor: documentGross ?? null,
        taxByRateMinor,
        taxGiven,
        slackMinor,
        unproven: discounted !== null && discounted.size > 1,
        others,
      };
    }
    function figure(field: Field): bigint | null {
      if (layout.at[field] === undefined) return null;
      const value = amount(field, currency);
      if (value && value.scale > digits) fault(field, text(field), `has at most ${digits} decimals in ${currency}`);
      return value ? exactToMinor(value, digits) : null;
    }
  };

  function countDiscount(
    currency: string,
    net: bigint,
    discounted: ReadonlyMap<DiscountMode, bigint> | null,
    proven: readonly DiscountMode[] | null,
  ) {
    const { discounts } = tally;
    if (proven !== null)
      discounts.agreed =
        discounts.agreed === null ? new Set(proven) : new Set(proven.filter((mode) => discounts.agreed?.has(mode)));
    for (const mode of discounts.modes) {
      const sums = discounts.sums.get(mode) ?? new Map<string, bigint>();
      sums.set(currency, (sums.get(currency) ?? 0n) + (discounted?.get(mode) ?? net));
      discounts.sums.set(mode, sums);
    }
  }
}

/** Each of these may say what a line costs. */
const PRICES = ["unitPrice", "net", "unitPriceGross", "lineTotal", "lineGross"] as const satisfies readonly Field[];

function isHuge(minor: bigint): boolean {
  return minor > MAX_MINOR || minor < -MAX_MINOR;
}

/** The amounts of a credit note whose every line is a credit, whatever its sign. */
function unsigned(amounts: Partial<Record<AmountField, Exact | null>>): Partial<Record<AmountField, Exact | null>> {
  return Object.fromEntries(Object.entries(amounts).map(([field, value]) => [field, value ? absolute(value) : value]));
}
