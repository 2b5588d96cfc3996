import { createHash } from "node:crypto";
import { parseExact } from "#lib/common/exact.ts";
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  type OutgoingDocument,
  type SeenDocument,
  sideOf,
  signOf,
} from "#lib/common/records.ts";
import { addUp, type SideAmount } from "#lib/common/sums.ts";
import type { Connection, RawAnswer } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { type MappingRow, resolveMappings, type Targets } from "#lib/mapping/resolve.ts";
import { importProfile } from "#lib/operational/profile.ts";
import { isFaulty, lineReader } from "#lib/operational/read-line.ts";
import type { Layout } from "#lib/operational/records.ts";
import { findDifferences } from "#lib/posting/compare.ts";
import { summarised } from "#lib/posting/summarise.ts";
// The simulator's own decimals: if both sides reckoned with the same ones, a fault there would agree with itself.
import {
  type Decimal,
  formatDecimal,
  multiply,
  parseDecimal,
  round,
  significantScale,
  taxOn,
} from "#lib/simulator/core/decimal.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import type { CampaignResult } from "./result.ts";

export interface MoneyOptions {
  readonly seed: number;
  readonly documents: number;
  readonly say: (line: string) => void;
  /** What a call's body becomes in the package, and how it answers; {@link holdInPackage} without it. */
  readonly hold?: (body: string) => string;
}

/** ISO 4217, written down here once more on purpose. */
const DIGITS: Readonly<Record<string, number>> = { GBP: 2, EUR: 2, USD: 2, JPY: 0, KRW: 0, ISK: 0, KWD: 3, BHD: 3, TND: 3 };
const CURRENCIES = Object.keys(DIGITS);
const RATES: Readonly<Record<string, string>> = { S20: "20", S175: "17.5", S5: "5", Z: "0" };
const TAX_CODES = Object.keys(RATES);
const NOMINAL_CODES = ["4000", "4010", "4020", "4030", "4040", "5000"] as const;
const BATCH = 40;
const CONTACT = idOf("contact");
const connection: Connection = {
  id: idOf("connection"),
  tenantId: idOf("tenant"),
  apiUrl: "http://127.0.0.1:1",
  baseCurrency: "GBP",
  options: {},
};

function idOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const ACCOUNTS = ["200", "210", "220", "230", "310"] as const;
const targets: Targets = {
  accounts: ACCOUNTS.map((code) => ({
    externalId: idOf(`account ${code}`),
    code,
    name: code,
    active: true,
    isBank: false,
    isSystem: false,
    takesPayments: false,
    class: "revenue",
  })),
  taxRates: TAX_CODES.map((code) => ({
    externalId: `TAX${code}`,
    name: code,
    rate: RATES[code] ?? "0",
    selfAccounts: null,
    active: true,
    appliesTo: ["revenue"],
  })),
};

const row = (level: MappingRow["level"], kind: MappingRow["kind"], sourceCode: string, target: string): MappingRow => ({
  level,
  kind,
  sourceCode,
  side: null,
  targetExternalId: level === "client" ? (kind === "tax" ? target : idOf(`account ${target}`)) : null,
  targetCode: level === "client" ? null : target,
});
const taxRows = (level: MappingRow["level"]) => TAX_CODES.map((code) => row(level, "tax", code, `TAX${code}`));
const nominalRows = (level: MappingRow["level"], to: readonly string[]) =>
  NOMINAL_CODES.map((code, index) => row(level, "nominal", code, to[index] ?? "200"));

/** Ways in which codes come to their targets, with the answer that each must have: one to one, many to one, by each level, and all at once. */
const PATHS: readonly { readonly rows: readonly MappingRow[]; readonly goesTo: readonly string[] }[] = [
  { rows: [...nominalRows("client", ACCOUNTS), ...taxRows("client")], goesTo: [...ACCOUNTS, "200"] },
  {
    rows: [...nominalRows("practice", ["200", "200", "200", "210", "210", "310"]), ...taxRows("practice")],
    goesTo: ["200", "200", "200", "210", "210", "310"],
  },
  {
    rows: [...nominalRows("master", ["230", "230", "230", "230", "230", "230"]), ...taxRows("master")],
    goesTo: Array(6).fill("230"),
  },
  {
    rows: [
      ...nominalRows("master", ["230", "230", "230", "230", "230", "230"]),
      ...nominalRows("practice", ["220", "220", "220", "220", "220", "220"]).slice(0, 4),
      ...nominalRows("client", ["210", "310"]).slice(0, 2),
      ...taxRows("master"),
      ...taxRows("practice").slice(0, 2),
      ...taxRows("client").slice(0, 1),
    ],
    goesTo: ["210", "310", "220", "220", "230", "230"],
  },
];

const HEADERS = [
  "Number",
  "Type",
  "Date",
  "Currency",
  "Contact",
  "Product",
  "Text",
  "Quantity",
  "Price",
  "Net",
  "Tax",
  "Nominal",
  "Tax code",
];
const FIELDS = [
  "number",
  "type",
  "date",
  "currency",
  "contactReference",
  "product",
  "description",
  "quantity",
  "unitPrice",
  "net",
  "tax",
  "nominalCode",
  "taxCode",
] as const;
const profile = importProfile.parse({
  name: "money",
  title: "Money",
  description: "",
  version: 1,
  columns: Object.fromEntries(FIELDS.map((field, index) => [field, { headers: [HEADERS[index] ?? field] }])),
  kinds: { by: "column", values: Object.fromEntries(DOCUMENT_KINDS.map((kind) => [kind, kind])) },
});
const readerFor = (decimalMark: "." | ",") => {
  const layout: Layout = {
    separator: ";",
    headers: HEADERS,
    at: Object.fromEntries(FIELDS.map((field, index) => [field, index])),
    missing: [],
    ignored: [],
    doubled: [],
    headerLine: 1,
    decimalMark,
  };
  const tax = new Map(Object.entries(RATES).map(([code, rate]) => [code, parseExact(rate) ?? { units: 0n, scale: 0 }]));
  return lineReader(profile, layout, { nominal: new Set(NOMINAL_CODES), tax }, "2026-11-22");
};
const READERS = { ".": readerFor("."), ",": readerFor(",") } as const;
const MARKS = [".", ","] as const;

/** Sums of one side, by currency, kind, account and tax rate. */
type Sums = Map<string, { net: bigint; tax: bigint }>;

function add(sums: Sums, key: string, net: bigint, tax: bigint): void {
  const sum = sums.get(key);
  if (sum) {
    sum.net += net;
    sum.tax += tax;
  } else sums.set(key, { net, tax });
}

/**
 * C12: random documents of currencies with no, two and three decimals, from the text of a file's line through the reading of the import,
 * the resolving of codes on every path, the building of the package's call, detailed or summarised, and both readings of what the package
 * then holds. What goes in is added up from the random figures themselves, what comes out from the bytes of the calls and from what was
 * read: all must be equal to the last minor unit.
 */
export function runMoney({ seed, documents, say, hold = holdInPackage }: MoneyOptions): CampaignResult {
  const began = performance.now();
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const given: Sums = new Map();
  const sent: Sums = new Map();
  const seen: Sums = new Map();
  const amounts: SideAmount[] = [];
  const shown = new Map<string, bigint>();
  const broken: string[] = [];
  let lost = 0;
  let wrong = 0;
  const complain = (words: string) => {
    if (broken.length < 20) broken.push(words);
  };
  const resolved = PATHS.map(({ rows }) => {
    const found = resolveMappings(rows, targets);
    return {
      account: new Map(found.filter((one) => one.kind === "nominal").map((one) => [one.sourceCode, one.targetExternalId])),
      tax: new Map(found.filter((one) => one.kind === "tax").map((one) => [one.sourceCode, one.targetExternalId])),
    };
  });

  for (let made = 0; made < documents; made += BATCH) {
    const kind = DOCUMENT_KINDS[below(DOCUMENT_KINDS.length)] ?? "bill";
    const batch: OutgoingDocument[] = [];
    for (let n = made; n < Math.min(documents, made + BATCH); n += 1) {
      const document = makeDocument(`D-${n}`, kind, { below, given, resolved, complain });
      if (document === null) lost += 1;
      else batch.push(below(3) === 0 ? summarised(document) : document);
    }
    const ask = { connection, records: batch };
    const message = xero.push.ask(ask, connection, "unsent");
    addBody(message.body ?? "", sent, complain);
    const answer: RawAnswer = { status: 200, headers: {}, body: hold(message.body ?? "") };
    const outcomes = xero.push.read(message, answer, ask);
    const refs = batch.flatMap((document) => {
      const outcome = outcomes.get(document.recordId);
      if (outcome?.status !== "accepted") {
        lost += 1;
        return [];
      }
      const { recordId, reference, contactExternalId } = document;
      return [{ recordId, kind, reference, externalId: outcome.externalId, contactExternalId }];
    });
    const request = { connection, kind, refs, since: new Date(0), cursor: null };
    const { sightings } = xero.confirm.read(message, answer, request);
    const byRecord = new Map(sightings.map((one) => [one.recordId, one.seen]));
    for (const document of batch) {
      const found = byRecord.get(document.recordId);
      if (found?.family !== "document") {
        lost += 1;
        continue;
      }
      const differences = findDifferences(document, found, NAMES);
      if (differences.length > 0) {
        wrong += 1;
        complain(`${document.number} ${document.currency}: ${JSON.stringify(differences[0])}`);
      }
      addSeen(found, seen);
      amounts.push({ side: sideOf(kind), currency: found.currency, minor: signOf(kind) * found.grossMinor });
      const key = `${sideOf(kind)} ${found.currency}`;
      shown.set(key, (shown.get(key) ?? 0n) + signOf(kind) * (document.netMinor + document.taxMinor));
    }
    if (kind === "sales-invoice" || kind === "bill") {
      const pull = { connection, stream: "documents" as const, cursor: null };
      const pulled = xero.pull.read(xero.pull.ask(pull, connection), answer, pull).documents;
      const ours = batch.reduce((sum, document) => sum + document.grossMinor, 0n);
      const theirs = pulled.reduce((sum, document) => sum + document.grossMinor, 0n);
      if (ours !== theirs) complain(`a list read of ${batch.length} documents adds up to ${theirs}, not ${ours}`);
    }
  }

  apart("the bytes of the calls", given, sent, complain);
  apart("what was read back", given, seen, complain);
  for (const { side, currency, minor } of addUp(amounts)) {
    if (shown.get(`${side} ${currency}`) !== BigInt(minor)) complain(`the screen's sum of ${side} in ${currency} differs`);
  }
  for (const [currency, digits] of Object.entries(DIGITS)) {
    const total = [...given].filter(([key]) => key.startsWith(currency)).reduce((sum, [, one]) => sum + one.net + one.tax, 0n);
    say(`${currency}: ${formatDecimal({ units: total, scale: digits })} in`);
  }
  return {
    campaign: "money",
    seed,
    documents,
    kills: 0,
    faults: 0,
    lost,
    doubled: 0,
    wrongLinks: wrong,
    leftUnknown: 0,
    invariantsBroken: broken,
    seconds: Math.round((performance.now() - began) / 1000),
    ok: lost + wrong + broken.length === 0,
  };
}

const NAMES = {
  account: (id: string) => id,
  accountIdByCode: () => null,
  taxRate: (id: string) => id,
  contact: (id: string) => id,
};

interface Making {
  readonly below: (limit: number) => number;
  readonly given: Sums;
  readonly resolved: readonly {
    readonly account: ReadonlyMap<string, string | null>;
    readonly tax: ReadonlyMap<string, string | null>;
  }[];
  readonly complain: (words: string) => void;
}

/** A document of one to four lines, its figures chosen first and added up here, then written as a file writes them and read as an import reads. */
function makeDocument(number: string, kind: DocumentKind, { below, given, resolved, complain }: Making): OutgoingDocument | null {
  const currency = CURRENCIES[below(CURRENCIES.length)] ?? "GBP";
  const digits = DIGITS[currency] ?? 2;
  const path = below(PATHS.length);
  const mark = MARKS[below(2)] ?? ".";
  const lines: OutgoingDocument["lines"][number][] = [];
  let head: { issuedOn: string; dueOn: string } | null = null;
  const count = 1 + below(4);
  for (let index = 0; index < count; index += 1) {
    const nominal = below(NOMINAL_CODES.length);
    const nominalCode = NOMINAL_CODES[nominal] ?? "4000";
    const taxCode = TAX_CODES[below(TAX_CODES.length)] ?? "Z";
    // What comes after the first line may be a discount, which never outweighs it.
    const sign = index > 0 && below(4) === 0 ? -1n : 1n;
    const most = index === 0 ? 2_000_000_000 : 50_000_000;
    const least = index === 0 ? 160_000_000 : 0;
    const byPrice = below(2) === 0;
    const quantity: Decimal = { units: BigInt(1 + below(99_999)), scale: below(5) };
    const price: Decimal = { units: sign * BigInt(1 + below(999_999)), scale: below(5) };
    let net: Decimal = { units: sign * BigInt(least + below(most - least)), scale: digits };
    const product = round(multiply(quantity, price), digits);
    if (byPrice && index > 0 && product.units < BigInt(most) && product.units > BigInt(-most)) net = product;
    const agrees = net === product;
    const rate = RATES[taxCode] ?? "0";
    const ownTax = below(3) === 0;
    const tax = ownTax ? sign * BigInt(below(1_000_000)) : taxOn(net.units, rate);
    const values = [
      number,
      kind,
      "2026-11-02",
      currency,
      "C1",
      below(2) === 0 ? "" : `P${below(99)}`,
      "Line",
      agrees ? write(quantity, mark, below) : "1",
      agrees ? write(price, mark, below) : "",
      agrees ? "" : write(net, mark, below),
      ownTax ? write({ units: tax, scale: digits }, mark, below) : "",
      nominalCode,
      taxCode,
    ];
    const read = READERS[mark](2, values);
    if (isFaulty(read)) {
      complain(`${number}: ${JSON.stringify(read.faults[0])}`);
      return null;
    }
    if (read.netMinor !== net.units || read.taxMinor !== tax)
      complain(`${number}: ${values.join(" | ")} was read as ${read.netMinor} and ${read.taxMinor}, not ${net.units} and ${tax}`);
    add(given, keyOf(currency, TYPES[kind], idOf(`account ${PATHS[path]?.goesTo[nominal]}`), `TAX${taxCode}`), net.units, tax);
    head = { issuedOn: read.issuedOn, dueOn: read.dueOn };
    lines.push({
      description: read.description,
      quantity: read.quantity,
      unitPrice: read.unitPrice,
      netMinor: read.netMinor,
      taxMinor: read.taxMinor,
      target: { account: { externalId: resolved[path]?.account.get(read.nominalCode) ?? "", code: null } },
      tax: { externalId: resolved[path]?.tax.get(read.taxCode) ?? "", rate: null },
      productReference: read.productReference,
    });
  }
  if (head === null) return null;
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  return {
    recordId: `record-${number}`,
    reference: number,
    revision: 1,
    kind,
    number,
    contactExternalId: CONTACT,
    ...head,
    currency,
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    postAs: "authorised",
    url: `http://localhost:3000/${number}`,
    lines,
  };
}

/** As a file writes it: with or without thousands separators and the last nils. */
function write(value: Decimal, mark: "." | ",", below: (limit: number) => number): string {
  const short = round(value, below(2) === 0 ? value.scale : significantScale(value));
  const [whole = "", fraction] = formatDecimal(short).split(".");
  const grouped = below(2) === 0 ? whole : whole.replace(/(\d)(?=(\d{3})+$)/g, mark === "." ? "$1," : "$1.");
  return fraction === undefined ? grouped : `${grouped}${mark}${fraction}`;
}

const TYPES: Readonly<Record<DocumentKind, string>> = {
  "sales-invoice": "ACCREC",
  bill: "ACCPAY",
  "sales-credit-note": "ACCRECCREDIT",
  "supplier-credit-note": "ACCPAYCREDIT",
};
const keyOf = (currency: string, type: string, account: string, tax: string) => `${currency} ${type} ${account} ${tax}`;

interface WireLine {
  readonly LineAmount: string;
  readonly TaxAmount: string;
  readonly Quantity?: string;
  readonly UnitAmount?: string;
  readonly AccountID: string;
  readonly TaxType: string;
  readonly Description: string;
}
interface WireDocument {
  readonly Type: string;
  readonly InvoiceNumber?: string;
  readonly CreditNoteNumber?: string;
  readonly CurrencyCode: string;
  readonly Contact: { readonly ContactID: string };
  readonly Date: string;
  readonly DueDate?: string;
  readonly Status: string;
  readonly Url?: string;
  readonly LineItems: readonly WireLine[];
}

/** The documents of a call, each number as the text that stands on the wire. */
function documentsIn(body: string): readonly WireDocument[] {
  const parsed: { Invoices?: readonly WireDocument[]; CreditNotes?: readonly WireDocument[] } = JSON.parse(
    body,
    (_key, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value,
  );
  return parsed.Invoices ?? parsed.CreditNotes ?? [];
}

/** @throws {RangeError} when the text is no amount of the currency to its last decimal */
function unitsOf(text: string, currency: string): bigint {
  const value = parseDecimal(text);
  const digits = DIGITS[currency] ?? 2;
  if (value === null || significantScale(value) > digits) throw new RangeError(`"${text}" is no amount in ${currency}`);
  return round(value, digits).units;
}

function addBody(body: string, sums: Sums, complain: (words: string) => void): void {
  for (const document of documentsIn(body)) {
    for (const line of document.LineItems) {
      const currency = document.CurrencyCode;
      const net = unitsOf(line.LineAmount, currency);
      add(sums, keyOf(currency, document.Type, line.AccountID, line.TaxType), net, unitsOf(line.TaxAmount, currency));
      const [quantity, price] = [parseDecimal(line.Quantity ?? ""), parseDecimal(line.UnitAmount ?? "")];
      if (quantity && price && round(multiply(quantity, price), DIGITS[currency] ?? 2).units !== net)
        complain(
          `${document.InvoiceNumber ?? document.CreditNoteNumber}: ${line.Quantity} × ${line.UnitAmount} is not ${line.LineAmount}`,
        );
    }
  }
}

const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

/** The package's answer to a call, and its list: every document with an id, its lines as they came, totals added up by the package itself. */
export function holdInPackage(body: string): string {
  const documents = documentsIn(body);
  const invoices = documents[0]?.Type === "ACCREC" || documents[0]?.Type === "ACCPAY";
  const elements = documents.map((document) => {
    const { CurrencyCode: currency } = document;
    const digits = DIGITS[currency] ?? 2;
    const written = (units: bigint) => rawJSON(formatDecimal({ units, scale: digits }));
    const net = document.LineItems.reduce((sum, line) => sum + unitsOf(line.LineAmount, currency), 0n);
    const tax = document.LineItems.reduce((sum, line) => sum + unitsOf(line.TaxAmount, currency), 0n);
    const number = document.InvoiceNumber ?? document.CreditNoteNumber ?? "";
    const left = invoices
      ? { AmountDue: written(net + tax), AmountPaid: rawJSON("0.00") }
      : { RemainingCredit: written(net + tax) };
    return {
      ...document,
      [invoices ? "InvoiceID" : "CreditNoteID"]: idOf(number),
      DateString: `${document.Date}T00:00:00`,
      ...(document.DueDate === undefined ? {} : { DueDateString: `${document.DueDate}T00:00:00` }),
      LineAmountTypes: "Exclusive",
      UpdatedDateUTC: "/Date(1795341600000+0000)/",
      StatusAttributeString: "OK",
      SubTotal: written(net),
      TotalTax: written(tax),
      Total: written(net + tax),
      ...left,
      LineItems: document.LineItems.map((line, index) => ({
        LineItemID: `${number}-${index}`,
        Description: line.Description,
        AccountID: line.AccountID,
        TaxType: line.TaxType,
        LineAmount: rawJSON(line.LineAmount),
        TaxAmount: rawJSON(line.TaxAmount),
      })),
    };
  });
  return JSON.stringify({ [invoices ? "Invoices" : "CreditNotes"]: elements });
}

function addSeen(document: SeenDocument, sums: Sums): void {
  const type = document.kind === "other" ? "other" : TYPES[document.kind];
  for (const { accountExternalId, taxExternalId, netMinor, taxMinor } of document.split)
    add(sums, keyOf(document.currency, type, accountExternalId ?? "", taxExternalId ?? ""), netMinor, taxMinor);
}

function apart(what: string, ours: Sums, theirs: Sums, complain: (words: string) => void): void {
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one, other] = [ours.get(key), theirs.get(key)];
    if (one?.net !== other?.net || one?.tax !== other?.tax)
      complain(`${what}: ${key} is ${other?.net} and ${other?.tax} of tax, not ${one?.net} and ${one?.tax}`);
  }
}
