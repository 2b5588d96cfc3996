import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { Decimal } from "decimal.js";

/**
 * Where this server differs from one mode to the next. All of it lies within what Xero's own description leaves open, so a product
 * that leans on one of these habits leans on nothing.
 */
export interface OtherXeroQuirks {
  readonly seed: number;
  /** Opaque tokens with an id token of an odd issuer, or JWTs that name the consent and no id token. */
  readonly tokens: "opaque" | "jwt";
  readonly honoursKeys: boolean;
  /** `/Date(1)/` or `/Date(1+0000)/`, with or without their companion strings. */
  readonly dates: "bare" | "zone" | "zone-and-strings";
  readonly accountOnLines: "code" | "id" | "both";
  /** How far this server's clock is off, in ms: `UpdatedDateUTC` and `If-Modified-Since` are by it. */
  readonly clockOffMs: number;
  readonly honoursCreatedByMyApp: boolean;
  readonly largestPage: number;
  readonly pagination: boolean;
  readonly ids: "lower" | "upper" | "mixed";
  /** Answers a batch with refusals as 400 and names the refused alone; the others are saved all the same. */
  readonly summarises: boolean;
  /** Says what was credited of an invoice by itself, and lists payments, credits and allocations on documents that are read whole. */
  readonly tellsSettled: boolean;
  /** How many writes go wrong, most of the first ones: reply lost or cut, server error, before or after the commit. */
  readonly faults: number;
}

const PLAIN_QUIRKS: OtherXeroQuirks = {
  seed: 1,
  tokens: "opaque",
  honoursKeys: true,
  dates: "zone",
  accountOnLines: "both",
  clockOffMs: 0,
  honoursCreatedByMyApp: true,
  largestPage: 1_000,
  pagination: true,
  ids: "lower",
  summarises: false,
  tellsSettled: true,
  faults: 0,
};

/** What this server says when it refuses; none of it is Xero's wording. */
export const OTHER_WORDS = {
  number: "That number has been used before",
  account: "Unknown nominal",
  tax: "No such VAT treatment here",
  locked: "Those books are shut",
  archived: "This customer has been put away",
  contact: "Nobody by that id",
  name: "Somebody is called that already",
  lineTotal: "The line does not multiply out",
  paid: "Money has changed hands on this one",
  ended: "This one was put an end to",
  missing: "That is nowhere to be found",
} as const;

export interface OtherAccount {
  readonly id: string;
  readonly code: string | null;
  readonly name: string;
  readonly type: string;
  readonly class: string;
  status: "ACTIVE" | "ARCHIVED";
}

export interface OtherContact {
  readonly id: string;
  name: string;
  number: string | null;
  email: string | null;
  archived: boolean;
  updated: number;
}

interface OtherLine {
  readonly id: string;
  readonly description: string;
  readonly quantity: Decimal;
  readonly unit: Decimal;
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly account: OtherAccount | null;
  readonly taxType: string;
  readonly item: string | null;
}

export interface OtherDocument {
  readonly id: string;
  readonly set: "Invoices" | "CreditNotes";
  readonly type: string;
  number: string;
  contact: OtherContact;
  date: string;
  due: string | null;
  currency: string;
  status: string;
  url: string | null;
  lines: OtherLine[];
  net: Decimal;
  tax: Decimal;
  total: Decimal;
  paid: Decimal;
  /** What else settled it: of an invoice the credits on it, of a credit note where it went. */
  settled: { readonly how: "CreditNotes" | "Overpayments" | "Prepayments"; readonly number: string; readonly amount: Decimal }[];
  updated: number;
  /** Made through the API by our app, not by hand or another one. */
  readonly ours: boolean;
}

interface OtherPayment {
  readonly id: string;
  /** A kind of its own, where it is none of the usual ones. */
  readonly type: string | null;
  status: "AUTHORISED" | "DELETED";
  readonly document: OtherDocument;
  readonly date: string;
  readonly amount: Decimal;
  readonly reference: string;
  readonly bank: OtherAccount;
  updated: number;
}

type Given = Readonly<Record<string, unknown>>;

/** One faulty element: what it says as a whole, and of which line. */
interface Refused {
  readonly given: Given;
  readonly said: readonly string[];
  readonly ofLine: ReadonlyMap<number, string>;
}

const CLIENT = { id: "OTHERCLIENT", secret: "other:secret/with+signs" } as const;
const ZERO_ID = "00000000-0000-0000-0000-000000000000";
const DIGITS: Readonly<Record<string, number>> = { JPY: 0 };
const KEY_LIFE_MS = 6 * 60_000;
const TOKEN_LIFE_S = 1_800;

class Amount {
  readonly value: Decimal;
  constructor(value: Decimal) {
    this.value = value;
  }
}
class Stamp {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
class Guid {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

/**
 * A second server that speaks Xero, for tests alone: written from Xero's description, not from the simulator, so that the product
 * proves itself against a stranger. Three addresses of their own for login, identity and API, as the real ones are.
 *
 * @param client the one app that is registered here
 */
export async function startOtherXero(
  chosen: Partial<OtherXeroQuirks> = {},
  now: () => Date = () => new Date(),
  client: { readonly id: string; readonly secret: string } = CLIENT,
) {
  const quirks = { ...PLAIN_QUIRKS, ...chosen };
  const random = randomOf(quirks.seed);
  const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
  const shuffle = <T>(list: readonly T[]): T[] => {
    const left = [...list];
    for (let at = left.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      const [one, two] = [left[at], left[other]];
      if (one !== undefined && two !== undefined) [left[at], left[other]] = [two, one];
    }
    return left;
  };
  const clock = () => Math.floor((now().getTime() + quirks.clockOffMs) / 1_000) * 1_000;

  const tenantId = randomUUID();
  const account = (code: string | null, name: string, type: string, cls: string): OtherAccount => ({
    id: randomUUID(),
    code,
    name,
    type,
    class: cls,
    status: "ACTIVE",
  });
  const books = {
    tenantId,
    name: "Kauri & Sons (NZ)",
    accounts: [
      account("S-01", "Sales of goods", "REVENUE", "REVENUE"),
      account("S-02", "Fees", "SALES", "REVENUE"),
      account("S-09", "Old sales", "REVENUE", "REVENUE"),
      account("P-01", "Purchases", "DIRECTCOSTS", "EXPENSE"),
      account(null, "Everyday account", "BANK", "ASSET"),
      account("610", "Debtors", "CURRENT", "ASSET"),
    ],
    contacts: [] as OtherContact[],
    documents: [] as OtherDocument[],
    payments: [] as OtherPayment[],
    /** Money on account: it says where it lies in its bank transaction alone. */
    onAccount: [] as { id: string; contact: OtherContact; date: string; amount: Decimal; bank: OtherAccount; updated: number }[],
    items: [] as { id: string; code: string; name: string; updated: number }[],
    /** Nothing may be dated on or before it; this organisation does not tell. */
    lockedTo: null as string | null,
    /** Contacts of these names are put away as soon as they arrive. */
    putAway: new Set<string>(),
  };
  const alterOnArrival = new Set<string>();
  const alter = (document: OtherDocument, by: string) => {
    const [first, ...others] = document.lines;
    if (first) document.lines = [{ ...first, net: first.net.plus(by), unit: first.unit.plus(by) }, ...others];
    document.net = document.net.plus(by);
    document.total = document.total.plus(by);
    document.updated = clock();
  };
  const rates: Readonly<Record<string, { name: string; rate: string; on: readonly string[] }>> = {
    OUTPUT2: { name: "15% GST on Income", rate: "15", on: ["Assets", "Equity", "Liabilities", "Revenue"] },
    INPUT2: { name: "15% GST on Expenses", rate: "15", on: ["Assets", "Equity", "Liabilities", "Expenses"] },
    ZERORATED: { name: "Zero Rated", rate: "0", on: ["Liabilities", "Revenue"] },
    NONE: { name: "No GST", rate: "0", on: ["Assets", "Equity", "Liabilities", "Revenue", "Expenses"] },
  };
  const calls: { method: string; path: string; status: number; elements: number; fault: string | null }[] = [];

  const text = (value: unknown): string => {
    if (value instanceof Amount) {
      const plain = value.value.toFixed();
      const two = value.value.toFixed(Math.max(2, value.value.decimalPlaces()));
      return pick([plain, two, value.value.toFixed(Math.max(4, value.value.decimalPlaces()))]);
    }
    if (value instanceof Stamp) {
      const date = `/Date(${value.ms}${quirks.dates === "bare" ? "" : "+0000"})/`;
      return pick([JSON.stringify(date), JSON.stringify(date).replaceAll("/", "\\/")]);
    }
    if (value instanceof Guid) {
      const upper = quirks.ids === "upper" || (quirks.ids === "mixed" && random() < 0.5);
      return JSON.stringify(upper ? value.value.toUpperCase() : value.value);
    }
    if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
    if (typeof value === "object" && value !== null) {
      const fields = Object.entries(value).filter(([, one]) => one !== undefined);
      return `{${shuffle(fields)
        .map(([key, one]) => `${JSON.stringify(key)}:${text(one)}`)
        .join(",")}}`;
    }
    return JSON.stringify(value ?? null);
  };
  const day = (date: string) => Date.parse(`${date}T00:00:00Z`);
  const dated = (name: string, date: string | null) =>
    date === null
      ? {}
      : {
          [name]: new Stamp(day(date)),
          ...(quirks.dates === "zone-and-strings" ? { [`${name}String`]: `${date}T00:00:00` } : {}),
        };

  const seenAccount = (one: OtherAccount) => ({
    AccountID: new Guid(one.id),
    ...(one.code === null ? {} : { Code: one.code }),
    Name: one.name,
    Type: one.type,
    Class: one.class,
    Status: one.status,
    TaxType: "NONE",
    EnablePaymentsToAccount: false,
    SystemAccount: one.name === "Debtors" ? "DEBTORS" : "",
    ...(one.type === "BANK" ? { CurrencyCode: "NZD", BankAccountType: "BANK", BankAccountNumber: "12-3456" } : {}),
    AddedLater: { Anything: [1, 2] },
  });
  const seenContact = (one: OtherContact) => ({
    ContactID: new Guid(one.id),
    ...(one.number === null ? {} : { ContactNumber: one.number }),
    Name: one.name,
    ...(one.email === null ? {} : { EmailAddress: one.email }),
    ContactStatus: one.archived ? "ARCHIVED" : "ACTIVE",
    Addresses: [],
    UpdatedDateUTC: new Stamp(one.updated),
    HasValidationErrors: false,
  });
  const creditedOn = (one: OtherDocument) => one.settled.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  const dueOn = (one: OtherDocument) => one.total.minus(one.paid).minus(creditedOn(one));
  /** What settled a document, where this server lists it at all. */
  const seenSettled = (one: OtherDocument) => {
    if (!quirks.tellsSettled) return {};
    const live = books.payments.filter((payment) => payment.document === one && payment.status === "AUTHORISED");
    const from = (how: OtherDocument["settled"][number]["how"], name: string) =>
      one.settled
        .filter((each) => each.how === how)
        .map((each) => ({ [name]: each.number, AppliedAmount: new Amount(each.amount) }));
    return {
      Payments: live.map((payment) => ({
        PaymentID: new Guid(payment.id),
        ...dated("Date", payment.date),
        Amount: new Amount(payment.amount),
      })),
      ...(one.set === "Invoices"
        ? {
            CreditNotes: from("CreditNotes", "CreditNoteNumber"),
            Overpayments: from("Overpayments", "Reference"),
            Prepayments: from("Prepayments", "Reference"),
          }
        : { Allocations: one.settled.map((each) => ({ Amount: new Amount(each.amount) })) }),
    };
  };
  const seenDocument = (one: OtherDocument, full: boolean) => {
    const [id, number] = one.set === "Invoices" ? ["InvoiceID", "InvoiceNumber"] : ["CreditNoteID", "CreditNoteNumber"];
    return {
      Type: one.type,
      [id]: new Guid(one.id),
      [number]: one.number,
      Contact: { ContactID: new Guid(one.contact.id), Name: one.contact.name },
      ...dated("Date", one.date),
      ...dated("DueDate", one.due),
      CurrencyCode: one.currency,
      Status: one.status,
      LineAmountTypes: "Exclusive",
      SubTotal: new Amount(one.net),
      TotalTax: new Amount(one.tax),
      Total: new Amount(one.total),
      ...(one.set === "Invoices"
        ? {
            AmountDue: new Amount(dueOn(one)),
            AmountPaid: new Amount(one.paid),
            ...(quirks.tellsSettled ? { AmountCredited: new Amount(creditedOn(one)) } : {}),
          }
        : { RemainingCredit: new Amount(dueOn(one)) }),
      ...(one.url === null || one.set === "CreditNotes" ? {} : { Url: one.url }),
      UpdatedDateUTC: new Stamp(one.updated),
      CurrencyRate: new Amount(new Decimal(1)),
      IsSomethingNew: true,
      ...(full ? { LineItems: one.lines.map(seenLine), ...seenSettled(one) } : {}),
    };
  };
  const seenLine = (line: OtherLine) => ({
    LineItemID: new Guid(line.id),
    Description: line.description,
    Quantity: new Amount(line.quantity),
    UnitAmount: new Amount(line.unit),
    LineAmount: new Amount(line.net),
    TaxAmount: new Amount(line.tax),
    TaxType: line.taxType,
    ...(line.account === null || (quirks.accountOnLines === "id" && line.account.code !== null)
      ? {}
      : line.account.code === null
        ? {}
        : { AccountCode: line.account.code }),
    ...(line.account === null || quirks.accountOnLines === "code" ? {} : { AccountID: new Guid(line.account.id) }),
    ...(line.item === null ? {} : { ItemCode: line.item }),
    Tracking: [],
  });
  const seenPayment = (one: OtherPayment) => ({
    PaymentID: new Guid(one.id),
    ...dated("Date", one.date),
    Amount: new Amount(one.amount),
    Reference: one.reference,
    CurrencyRate: new Amount(new Decimal(1)),
    PaymentType: one.type ?? (one.document.type === "ACCREC" ? "ACCRECPAYMENT" : "ACCPAYPAYMENT"),
    Status: one.status,
    UpdatedDateUTC: new Stamp(one.updated),
    IsReconciled: false,
    Account: { AccountID: new Guid(one.bank.id) },
    Invoice: {
      InvoiceID: new Guid(one.document.id),
      InvoiceNumber: one.document.number,
      Type: one.document.type,
      Contact: { ContactID: new Guid(one.document.contact.id), Name: one.document.contact.name },
      CurrencyCode: one.document.currency,
    },
  });

  const findContact = (given: Given | null): OtherContact | undefined => {
    const id = lower(given?.ContactID);
    if (id !== "") return books.contacts.find((one) => one.id === id);
    const number = string(given?.ContactNumber);
    return (
      books.contacts.find((one) => number !== "" && one.number === number) ??
      books.contacts.find((one) => !one.archived && one.name.toLowerCase() === lower(given?.Name))
    );
  };

  const takeContact = (given: Given, create: boolean): OtherContact | Refused => {
    const name = string(given.Name);
    const number = string(given.ContactNumber);
    const known = create ? undefined : findContact(given);
    if (!known && !create && string(given.ContactID) !== "") return refuse(given, [OTHER_WORDS.missing]);
    const clash = books.contacts.find(
      (one) =>
        one !== known &&
        ((!one.archived && one.name.toLowerCase() === name.toLowerCase()) || (number !== "" && one.number === number)),
    );
    if (clash) return refuse(given, [OTHER_WORDS.name]);
    if (known?.archived) return refuse(given, [OTHER_WORDS.archived]);
    const contact = known ?? { id: randomUUID(), name, number: null, email: null, archived: false, updated: 0 };
    if (name !== "") contact.name = name;
    if (number !== "") contact.number = number;
    if (string(given.EmailAddress) !== "") contact.email = string(given.EmailAddress);
    contact.archived = books.putAway.has(name);
    contact.updated = clock();
    if (!known) books.contacts.push(contact);
    return contact;
  };

  const takeItem = (given: Given) => {
    const code = string(given.Code);
    const id = lower(given.ItemID);
    const known = books.items.find((one) => (id === "" ? one.code.toLowerCase() === code.toLowerCase() : one.id === id));
    if (!known && id !== "") return refuse(given, [OTHER_WORDS.missing]);
    const item = known ?? { id: randomUUID(), code, name: "", updated: 0 };
    item.code = code || item.code;
    item.name = string(given.Name);
    item.updated = clock();
    if (!known) books.items.push(item);
    return item;
  };

  const takeDocument = (set: OtherDocument["set"], given: Given, create: boolean): OtherDocument | Refused => {
    const [idName, numberName] =
      set === "Invoices" ? (["InvoiceID", "InvoiceNumber"] as const) : (["CreditNoteID", "CreditNoteNumber"] as const);
    const said: string[] = [];
    const ofLine = new Map<number, string>();
    const type = string(given.Type);
    const number = string(given[numberName]);
    const known = create ? undefined : books.documents.find((one) => one.set === set && one.id === lower(given[idName]));
    if (!create && !known) return refuse(given, [OTHER_WORDS.missing]);
    if (known?.paid.gt(0)) return refuse(given, [OTHER_WORDS.paid]);
    if (known && ["VOIDED", "DELETED"].includes(known.status)) return refuse(given, [OTHER_WORDS.ended]);
    const contact = given.Contact === undefined && known ? known.contact : findContact(object(given.Contact));
    if (number.includes("MUTE")) return refuse(given, []);
    if (!contact) said.push(OTHER_WORDS.contact);
    else if (contact.archived) said.push(OTHER_WORDS.archived);
    const date = string(given.Date).slice(0, 10) || (known?.date ?? "");
    const status = string(given.Status) || "DRAFT";
    const posted = status === "AUTHORISED" || known?.status === "AUTHORISED";
    if (books.lockedTo !== null && posted && [date, known?.date ?? date].some((one) => one <= (books.lockedTo ?? "")))
      said.push(OTHER_WORDS.locked);
    const taken = books.documents.some(
      (one) => one !== known && one.type === "ACCREC" && one.number === number && !["VOIDED", "DELETED"].includes(one.status),
    );
    if (type === "ACCREC" && taken) said.push(OTHER_WORDS.number);
    const currency = string(given.CurrencyCode) || (known?.currency ?? "NZD");
    // A change that names no lines leaves them; one that does replaces them all, and those it names by their id keep it.
    const lines =
      known && given.LineItems === undefined
        ? known.lines
        : array(given.LineItems).map((line, index) => ({
            ...takeLine(line, currency, (words) => ofLine.set(index, words)),
            ...(known?.lines.some((one) => one.id === lower(line.LineItemID)) ? { id: lower(line.LineItemID) } : {}),
          }));
    if (said.length > 0 || ofLine.size > 0 || !contact) return { given, said, ofLine };
    const sum = (of: "net" | "tax") => lines.reduce((total, line) => total.plus(line[of]), new Decimal(0));
    const document: OtherDocument = known ?? {
      id: randomUUID(),
      set,
      type,
      number,
      contact,
      date,
      due: null,
      currency,
      status,
      url: null,
      lines,
      net: new Decimal(0),
      tax: new Decimal(0),
      total: new Decimal(0),
      paid: new Decimal(0),
      settled: [],
      updated: 0,
      ours: true,
    };
    document.number = number || document.number;
    document.contact = contact;
    document.date = date;
    document.due = string(given.DueDate).slice(0, 10) || document.due;
    document.status = status;
    document.url = string(given.Url) || document.url;
    document.lines = lines;
    document.net = sum("net");
    document.tax = sum("tax");
    document.total = document.net.plus(document.tax);
    document.updated = clock();
    if (!known) books.documents.push(document);
    return document;
  };

  const takeLine = (line: Given, currency: string, fault: (words: string) => void): OtherLine => {
    const digits = DIGITS[currency] ?? 2;
    const found = books.accounts.find(
      (one) =>
        one.status === "ACTIVE" &&
        one.type !== "BANK" &&
        (lower(line.AccountID) === one.id || (one.code !== null && string(line.AccountCode) === one.code)),
    );
    const rate = rates[string(line.TaxType)];
    if (!found) fault(OTHER_WORDS.account);
    else if (!rate) fault(OTHER_WORDS.tax);
    // What is left out of quantity, price and amount is reckoned from the others; the three of them and the discount then multiply out.
    const quantity = new Decimal(numberOf(line.Quantity, "1"));
    const given = line.LineAmount === undefined ? null : new Decimal(numberOf(line.LineAmount, "0"));
    const unit =
      line.UnitAmount !== undefined
        ? new Decimal(numberOf(line.UnitAmount, "0")).toDecimalPlaces(4)
        : given === null || quantity.isZero()
          ? new Decimal(0)
          : given.dividedBy(quantity).toDecimalPlaces(4, Decimal.ROUND_HALF_UP);
    const rated = new Decimal(100).minus(numberOf(line.DiscountRate, "0")).dividedBy(100);
    const product = quantity
      .times(unit)
      .times(rated)
      .minus(numberOf(line.DiscountAmount, "0"))
      .toDecimalPlaces(digits, Decimal.ROUND_HALF_UP);
    const net = given ?? product;
    if ((line.Quantity !== undefined || line.UnitAmount !== undefined) && !net.eq(product)) fault(OTHER_WORDS.lineTotal);
    const tax =
      line.TaxAmount === undefined
        ? net
            .times(rate?.rate ?? "0")
            .dividedBy(100)
            .toDecimalPlaces(digits, Decimal.ROUND_HALF_UP)
        : new Decimal(numberOf(line.TaxAmount, "0"));
    return {
      id: randomUUID(),
      description: string(line.Description),
      quantity,
      unit,
      net,
      tax,
      account: found ?? null,
      taxType: string(line.TaxType),
      item: string(line.ItemCode) || null,
    };
  };

  /** A refusal in one of the shapes that the description allows. */
  const seenRefusal = (refused: Refused, idName: string) => {
    const message = (words: string) => pick<object>([{ Message: words }, { Description: words }, { Message: words, Code: 7 }]);
    const flags =
      refused.said.length + refused.ofLine.size === 0
        ? { StatusAttributeString: "ERROR" }
        : pick<Record<string, unknown>>([
            { HasErrors: true },
            { HasErrors: true, StatusAttributeString: "ERROR" },
            { StatusAttributeString: "ERROR" },
            { StatusAttributeString: "Error" },
            { HasValidationErrors: true },
            {},
          ]);
    // With nothing else to show for it the list of errors is what says no.
    const own = refused.said.length > 0 ? { ValidationErrors: refused.said.map(message) } : {};
    const lines =
      refused.ofLine.size > 0
        ? {
            LineItems: array(refused.given.LineItems).map((line, index) => {
              const words = refused.ofLine.get(index);
              return { ...line, ...(words === undefined ? {} : { ValidationErrors: [message(words)] }) };
            }),
          }
        : {};
    const { LineItems: _, ...rest } = refused.given;
    return { ...rest, [idName]: ZERO_ID, ...flags, ...own, ...lines };
  };

  // What the identity side knows.
  const codes = new Map<string, { redirect: string; event: string }>();
  const refreshes = new Map<string, string>();
  const accesses = new Map<string, { until: number; event: string }>();
  const connections = [
    { id: randomUUID(), event: "", tenantId, name: books.name, type: "ORGANISATION" },
    { id: randomUUID(), event: randomUUID(), tenantId: randomUUID(), name: "The accountant's own", type: "PRACTICE" },
  ];
  const tokensOf = (event: string) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const jwt = (claims: unknown) => {
      const head = `${part({ alg: "RS256", kid: "1" })}.${part(claims)}`;
      return `${head}.${createHmac("sha256", "not a real key").update(head).digest("base64url")}`;
    };
    const at = Math.floor(now().getTime() / 1_000);
    const access =
      quirks.tokens === "opaque"
        ? `at.${randomBytes(24).toString("base64url")}`
        : jwt({ authentication_event_id: event, xero_userid: "5f0e", exp: at + TOKEN_LIFE_S, jti: randomUUID() });
    const refresh = `rt_${randomBytes(24).toString("hex")}`;
    accesses.set(access, { until: now().getTime() + TOKEN_LIFE_S * 1_000, event });
    refreshes.set(refresh, event);
    return {
      ...(quirks.tokens === "opaque"
        ? { id_token: jwt({ iss: "urn:someone-else", aud: "another", sub: "x", iat: at - 9e6, exp: at - 8e6, nonce: "n" }) }
        : {}),
      access_token: access,
      refresh_token: refresh,
      expires_in: TOKEN_LIFE_S,
      token_type: pick(["Bearer", "bearer"]),
      ...(quirks.tokens === "jwt" ? { scope: "offline_access accounting.invoices" } : {}),
      not_in_the_manual: 1,
    };
  };

  const login = await listen((request, response) => {
    const url = new URL(request.url ?? "/", "http://login");
    const back = url.searchParams.get("redirect_uri");
    if (url.pathname !== "/identity/connect/authorize" || back === null || url.searchParams.get("client_id") !== client.id)
      return send(response, 400, "text/html", "<h1>Sorry</h1>");
    const [first] = connections;
    if (first) first.event = randomUUID();
    const code = randomBytes(9).toString("hex");
    codes.set(code, { redirect: back, event: first?.event ?? "" });
    const to = new URL(back);
    to.searchParams.set("session_state", "abc.def");
    to.searchParams.set("state", url.searchParams.get("state") ?? "");
    to.searchParams.set("scope", "openid offline_access");
    to.searchParams.set("code", code);
    response.writeHead(302, { location: to.href }).end();
  });

  const identity = await listen(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    const basic = Buffer.from((request.headers.authorization ?? "").replace(/^basic /i, ""), "base64").toString();
    const [id = "", secret = ""] = basic.split(":").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    const json = (status: number, body: unknown) =>
      send(response, status, "application/json; charset=UTF-8", JSON.stringify(body));
    if (id !== client.id || secret !== client.secret) return json(401, { error: "invalid_client" });
    if (request.url === "/connect/revocation") {
      refreshes.delete(form.get("token") ?? "");
      return send(response, 200, "text/plain", "");
    }
    if (request.url !== "/connect/token") return send(response, 404, "text/html", "");
    if (form.get("grant_type") === "authorization_code") {
      const code = codes.get(form.get("code") ?? "");
      codes.delete(form.get("code") ?? "");
      if (!code || code.redirect !== form.get("redirect_uri")) return json(400, { error: "invalid_grant" });
      return json(200, tokensOf(code.event));
    }
    const held = refreshes.get(form.get("refresh_token") ?? "");
    if (form.get("grant_type") !== "refresh_token" || held === undefined) return json(400, { error: "invalid_grant" });
    refreshes.delete(form.get("refresh_token") ?? "");
    return json(200, tokensOf(held));
  });

  const faults = ["lost-after", "cut", "lost-before", "500-after", "lost-after", "short", "503-before", "429"];
  let faultsLeft = quirks.faults;
  let faulted = 0;
  const keys = new Map<string, { until: number; status: number; body: string }>();

  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    body: string,
    type = "application/json",
  ) => {
    const zip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")) && random() < 0.5;
    const bytes = zip ? gzipSync(body) : Buffer.from(body);
    response.writeHead(status, {
      "content-type": type === "application/json" ? pick(["application/json; charset=utf-8", "application/json"]) : type,
      ...(zip ? { "content-encoding": "gzip" } : {}),
      ...(random() < 0.5 ? { "content-length": String(bytes.length) } : {}),
    });
    response.end(bytes);
  };

  const envelope = (fields: Record<string, unknown>) =>
    text({
      Id: new Guid(randomUUID()),
      Status: "OK",
      ProviderName: "Other",
      DateTimeUTC: new Stamp(clock()),
      FromALaterVersion: null,
      ...fields,
    });

  /** Lists: filtered, in the documented order, cut into pages; each page then comes in any order. */
  const list = <T extends { updated: number; id: string }>(
    url: URL,
    request: IncomingMessage,
    name: string,
    from: readonly T[],
    show: (one: T, full: boolean) => Record<string, unknown>,
  ): { status: number; body: string } => {
    const ask = (key: string) => url.searchParams.get(key) ?? "";
    const since = Date.parse(`${String(request.headers["if-modified-since"] ?? "").replace(/(\.\d+)?Z?$/, "")}Z`);
    let found = from.filter((one) => Number.isNaN(since) || one.updated > since);
    const where = ask("where");
    if (where !== "") {
      const test = whereOf(where);
      if (!test)
        return { status: 400, body: text({ ErrorNumber: 16, Type: "QueryParseException", Message: "We could not follow that" }) };
      found = found.filter((one) => test(show(one, true)));
    }
    const order = ask("order").toLowerCase();
    found = found.toSorted((one, two) => one.updated - two.updated || (one.id < two.id ? -1 : 1));
    if (order.includes("desc")) found = found.toReversed();
    const paged = ask("page") !== "" || ask("pageSize") !== "" || ask("Statuses") !== "" || ask("statuses") !== "";
    const page = Math.max(1, Number.parseInt(ask("page") || "1", 10));
    const size = Math.min(quirks.largestPage, Math.max(1, Number.parseInt(ask("pageSize") || "100", 10)));
    const part = paged ? found.slice((page - 1) * size, page * size) : found;
    const full = paged && ask("summaryOnly") !== "true";
    return {
      status: 200,
      body: envelope({
        ...(paged && quirks.pagination
          ? { pagination: { page, pageSize: size, pageCount: Math.ceil(found.length / size), itemCount: found.length } }
          : {}),
        [name]: shuffle(part).map((one) => show(one, full)),
      }),
    };
  };

  const read = (url: URL, request: IncomingMessage, set: string, id: string): { status: number; body: string; type?: string } => {
    const nothing = { status: 404, body: "Nothing lives here", type: "text/html" };
    const values = (key: string) =>
      (url.searchParams.get(key) ?? "")
        .split(",")
        .map((one) => one.trim().toLowerCase())
        .filter((one) => one !== "");
    const among = (wanted: readonly string[], value: string) => wanted.length === 0 || wanted.includes(value.toLowerCase());
    switch (set) {
      case "organisation":
        return {
          status: 200,
          body: envelope({
            Organisations: [
              {
                OrganisationID: new Guid(tenantId),
                Name: books.name,
                BaseCurrency: "NZD",
                CountryCode: "NZ",
                Timezone: "NEWZEALANDSTANDARDTIME",
                ShortCode: "!k4",
              },
            ],
          }),
        };
      case "accounts":
        return { status: 200, body: envelope({ Accounts: shuffle(books.accounts).map(seenAccount) }) };
      case "currencies":
        return { status: 200, body: envelope({ Currencies: shuffle(["NZD", "USD", "JPY"]).map((Code) => ({ Code })) }) };
      case "taxrates":
        return {
          status: 200,
          body: envelope({
            TaxRates: shuffle(Object.entries(rates)).map(([type, rate]) => ({
              Name: rate.name,
              TaxType: type,
              Status: "ACTIVE",
              EffectiveRate: new Amount(new Decimal(rate.rate)),
              DisplayTaxRate: new Amount(new Decimal(rate.rate)),
              ...Object.fromEntries(
                ["Assets", "Equity", "Expenses", "Liabilities", "Revenue"].map((one) => [
                  `CanApplyTo${one}`,
                  rate.on.includes(one),
                ]),
              ),
            })),
          }),
        };
      case "contacts": {
        const ids = values("IDs");
        const archived = url.searchParams.get("includeArchived") === "true" || ids.length > 0;
        const of = books.contacts.filter(
          (one) =>
            (archived || !one.archived) && among(ids, one.id) && (id === "" || one.id === id || one.number?.toLowerCase() === id),
        );
        if (id !== "" && of.length === 0) return nothing;
        return list(url, request, "Contacts", of, seenContact);
      }
      case "items": {
        const of = books.items.filter((one) => id === "" || one.id === id || one.code.toLowerCase() === id);
        if (id !== "" && of.length === 0) return nothing;
        return list(url, request, "Items", of, (one) => ({
          ItemID: new Guid(one.id),
          Code: one.code,
          Name: one.name,
          UpdatedDateUTC: new Stamp(one.updated),
        }));
      }
      case "invoices":
      case "creditnotes": {
        const name = set === "invoices" ? "Invoices" : "CreditNotes";
        const of = books.documents.filter(
          (one) => one.set === name && (id === "" || one.id === id || one.number.toLowerCase() === id),
        );
        if (id !== "") {
          const [found] = of;
          return found ? { status: 200, body: envelope({ [name]: [seenDocument(found, true)] }) } : nothing;
        }
        // Filters that the description has for invoices alone; elsewhere they are passed over.
        const some =
          name === "CreditNotes"
            ? of
            : of.filter(
                (one) =>
                  among(values("IDs"), one.id) &&
                  among(values("InvoiceNumbers"), one.number) &&
                  among(values("ContactIDs"), one.contact.id) &&
                  among(values("Statuses"), one.status) &&
                  (one.ours || !quirks.honoursCreatedByMyApp || url.searchParams.get("createdByMyApp") !== "true"),
              );
        return list(url, request, name, some, seenDocument);
      }
      case "payments":
        return list(url, request, "Payments", books.payments, seenPayment);
      case "overpayments":
        return list(url, request, "Overpayments", books.onAccount, (one) => ({
          OverpaymentID: new Guid(one.id),
          Type: "RECEIVE-OVERPAYMENT",
          ...dated("Date", one.date),
          Status: "AUTHORISED",
          Total: new Amount(one.amount),
          RemainingCredit: new Amount(one.amount),
          CurrencyCode: "NZD",
          Contact: { ContactID: new Guid(one.contact.id), Name: one.contact.name },
          UpdatedDateUTC: new Stamp(one.updated),
        }));
      case "prepayments":
        return { status: 200, body: envelope({ Prepayments: [] }) };
      case "banktransactions":
        return list(url, request, "BankTransactions", books.onAccount, (one) => ({
          BankTransactionID: new Guid(one.id),
          OverpaymentID: new Guid(one.id),
          Type: "RECEIVE-OVERPAYMENT",
          BankAccount: { AccountID: new Guid(one.bank.id), Name: one.bank.name },
          Total: new Amount(one.amount),
          UpdatedDateUTC: new Stamp(one.updated),
        }));
      default:
        return nothing;
    }
  };

  const write = (
    request: IncomingMessage,
    set: string,
    given: readonly Given[],
  ): { status: number; body: string; type?: string } => {
    const create = request.method === "PUT";
    const take = (one: Given): Record<string, unknown> | Refused => {
      if (set === "contacts") {
        const took = takeContact(one, create);
        return isRefused(took) ? took : seenContact(took);
      }
      if (set === "items") {
        const took = takeItem(one);
        if (isRefused(took)) return took;
        return { ItemID: new Guid(took.id), Code: took.code, Name: took.name };
      }
      const took = takeDocument(set === "invoices" ? "Invoices" : "CreditNotes", one, create);
      return isRefused(took) ? took : seenDocument(took, true);
    };
    const sets: Readonly<Record<string, readonly [string, string]>> = {
      contacts: ["Contacts", "ContactID"],
      items: ["Items", "ItemID"],
      invoices: ["Invoices", "InvoiceID"],
      creditnotes: ["CreditNotes", "CreditNoteID"],
    };
    const known = sets[set];
    if (!known) return { status: 404, body: "", type: "text/html" };
    const [name, idName] = known;
    const took = given.map(take);
    const refused = took.filter(isRefused);
    if (quirks.summarises && refused.length > 0) {
      return {
        status: 400,
        body: text({
          ErrorNumber: 10,
          Type: "ValidationException",
          Message: "Some of this will not do",
          Elements: shuffle(refused).map((one) => seenRefusal(one, idName)),
        }),
      };
    }
    const shown = took.map((one) =>
      isRefused(one)
        ? seenRefusal(one, idName)
        : {
            ...one,
            ...pick<Record<string, unknown>>([
              {},
              { StatusAttributeString: "OK" },
              { HasErrors: false, ValidationErrors: [], Warnings: [] },
            ]),
          },
    );
    return { status: 200, body: envelope({ [name]: shuffle(shown) }) };
  };

  const api = await listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://api");
    const raw = await bodyOf(request);
    await new Promise((resolve) => setTimeout(resolve, random() * 6));
    const method = request.method ?? "GET";
    const path = url.pathname.toLowerCase();
    const token = accesses.get(/^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
    const log = { method, path: url.pathname, status: 0, elements: 0, fault: null as string | null };
    calls.push(log);
    const reply = (status: number, body: string, type?: string) => {
      log.status = status;
      answer(request, response, status, body, type);
    };
    if (!token || token.until < now().getTime())
      return reply(401, text({ Title: "Unauthorized", Status: 401, Detail: "Your pass has run out" }));
    if (path === "/connections" && method === "GET") {
      const event = url.searchParams.get("authEventId");
      const rows = connections.filter((one) => event === null || one.event === event);
      return reply(
        200,
        text(
          shuffle(rows).map((one) => ({
            id: new Guid(one.id),
            authEventId: new Guid(one.event),
            tenantId: new Guid(one.tenantId),
            tenantType: one.type,
            tenantName: one.name,
            createdDateUtc: "2019-12-07T18:46:19.5165400",
            updatedDateUtc: "2026-12-07T18:46:19.5165400",
            more: null,
          })),
        ),
      );
    }
    if (path.startsWith("/connections/") && method === "DELETE") {
      const at = connections.findIndex((one) => path.endsWith(one.id));
      if (at >= 0) connections.splice(at, 1);
      return reply(at >= 0 ? 204 : 404, "");
    }
    const [, set = "", id = ""] = /^\/api\.xro\/2\.0\/([a-z]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (lower(request.headers["xero-tenant-id"]) !== tenantId)
      return reply(403, text({ title: "Forbidden", status: 403, detail: "Not your organisation" }));
    if (!String(request.headers.accept ?? "").includes("json")) return reply(200, "<Response/>", "text/xml");
    if (method === "GET") {
      const { status, body, type } = read(url, request, set, decodeURIComponent(id));
      return reply(status, body, type);
    }
    const key = quirks.honoursKeys ? String(request.headers["idempotency-key"] ?? "") : "";
    const kept = keys.get(key);
    if (key !== "" && kept && kept.until > now().getTime()) return reply(kept.status, kept.body);
    // Three for certain, however few calls write: a test of faults without one is none.
    const due = faultsLeft > 0 && (faulted < 3 || random() < 0.8);
    const fault = due ? (faults[(faultsLeft + quirks.seed) % faults.length] ?? null) : null;
    if (fault !== null) {
      faultsLeft -= 1;
      faulted += 1;
    }
    log.fault = fault;
    if (fault === "lost-before") return response.destroy();
    if (fault === "503-before") return reply(503, "Closed for tea", "text/plain");
    if (fault === "429") return reply(429, "", "text/plain");
    const parsed: unknown = JSON.parse(raw);
    const wrapped = object(parsed);
    const inside = Object.entries(wrapped).find(([name]) => name.toLowerCase() === set)?.[1];
    const given = array(inside ?? (Array.isArray(parsed) ? parsed : [wrapped])).map((one) =>
      id === "" ? one : { ...one, [set === "invoices" ? "InvoiceID" : set === "creditnotes" ? "CreditNoteID" : "ContactID"]: id },
    );
    log.elements = given.length;
    const { status, body, type } = write(request, set, given);
    for (const one of books.documents) if (one.ours && alterOnArrival.delete(one.number)) alter(one, "0.01");
    if (key !== "")
      keys.set(
        key,
        fault === "500-after"
          ? { until: now().getTime() + KEY_LIFE_MS, status: 500, body: "oops" }
          : { until: now().getTime() + KEY_LIFE_MS, status, body },
      );
    if (fault === "lost-after") return response.destroy();
    if (fault === "500-after") return reply(500, "oops", "text/plain");
    if (fault === "cut") {
      log.status = status;
      response.writeHead(status, { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) });
      response.write(body.slice(0, Math.floor(body.length / 2)));
      return void setImmediate(() => response.destroy());
    }
    if (fault === "short") return reply(status, body.slice(0, Math.floor(body.length / 2)));
    reply(status, body, type);
  });

  return {
    loginUrl: login.url,
    identityUrl: identity.url,
    apiUrl: api.url,
    client,
    quirks,
    books,
    calls,
    accountId: (code: string) => books.accounts.find((one) => one.code === code)?.id ?? null,
    bank: () => books.accounts.find((one) => one.type === "BANK"),
    /** A contact that somebody made by hand. */
    addContact(name: string): OtherContact {
      const contact = { id: randomUUID(), name, number: null, email: null, archived: false, updated: clock() };
      books.contacts.push(contact);
      return contact;
    },
    /** A document that somebody else made: by hand, or another app. */
    addForeign(given: {
      type: string;
      number: string;
      contact: OtherContact;
      date: string;
      currency: string;
      net: string;
      tax: string;
    }) {
      const [net, tax] = [new Decimal(given.net), new Decimal(given.tax)];
      const document: OtherDocument = {
        id: randomUUID(),
        set: given.type.endsWith("CREDIT") ? "CreditNotes" : "Invoices",
        type: given.type,
        number: given.number,
        contact: given.contact,
        date: given.date,
        due: given.date,
        currency: given.currency,
        status: "AUTHORISED",
        url: null,
        lines: [
          {
            id: randomUUID(),
            description: "By hand",
            quantity: new Decimal(1),
            unit: net,
            net,
            tax,
            account: books.accounts[0] ?? null,
            taxType: "OUTPUT2",
            item: null,
          },
        ],
        net,
        tax,
        total: net.plus(tax),
        paid: new Decimal(0),
        settled: [],
        updated: clock(),
        ours: false,
      };
      books.documents.push(document);
      return document;
    },
    /** Somebody pays it here: unseen by lists since, or in a kind of its own, where that is said. */
    pay(
      document: OtherDocument,
      amount: string,
      date: string,
      reference: string,
      how: { readonly type?: string; readonly unseen?: boolean } = {},
    ) {
      const bank = books.accounts.find((one) => one.type === "BANK");
      if (!bank) throw new Error("There is no bank account");
      document.paid = document.paid.plus(amount);
      if (dueOn(document).lte(0)) document.status = "PAID";
      document.updated = clock();
      books.payments.push({
        id: randomUUID(),
        type: how.type ?? null,
        status: "AUTHORISED",
        document,
        date,
        amount: new Decimal(amount),
        reference,
        bank,
        updated: how.unseen ? 0 : clock(),
      });
    },
    /** Somebody deletes a payment; no list since then tells of it where that is said. */
    unpay(reference: string, unseen = false) {
      const payment = books.payments.find((one) => one.reference === reference && one.status === "AUTHORISED");
      if (!payment) throw new Error(`There is no payment ${reference}`);
      payment.status = "DELETED";
      payment.updated = unseen ? payment.updated : clock();
      payment.document.paid = payment.document.paid.minus(payment.amount);
      payment.document.status = "AUTHORISED";
      payment.document.updated = clock();
    },
    /** Somebody credits it, or allocates money on account to it. */
    credit(document: OtherDocument, how: OtherDocument["settled"][number]["how"], number: string, amount: string) {
      document.settled.push({ how, number, amount: new Decimal(amount) });
      if (dueOn(document).lte(0)) document.status = "PAID";
      document.updated = clock();
    },
    /** Money comes in that pays no document. */
    payOnAccount(contact: OtherContact, amount: string, date: string) {
      const bank = books.accounts.find((one) => one.type === "BANK");
      if (!bank) throw new Error("There is no bank account");
      books.onAccount.push({ id: randomUUID(), contact, date, amount: new Decimal(amount), bank, updated: clock() });
    },
    dueOn,
    /** From now on this many writes go wrong. */
    breakWrites(count: number) {
      faultsLeft = count;
    },
    /** Numbers of documents that somebody changes by a cent as soon as the answer to their making is written. */
    alterOnArrival,
    /** Every access token stops working, as when the user's sessions are ended. */
    endAccess() {
      accesses.clear();
    },
    async close() {
      await Promise.all([login.close(), identity.close(), api.close()]);
    },
  };
}

export type OtherXero = Awaited<ReturnType<typeof startOtherXero>>;

function refuse(given: Given, said: readonly string[]): Refused {
  return { given, said, ofLine: new Map() };
}

function isRefused(value: object): value is Refused {
  return "given" in value && "ofLine" in value;
}

/** Small and repeatable (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const string = (value: unknown): string => (typeof value === "string" ? value : "");
const lower = (value: unknown): string => string(value).toLowerCase();
const object = (value: unknown): Given =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Given) : {};
const array = (value: unknown): Given[] => (Array.isArray(value) ? value.map(object) : []);
const numberOf = (value: unknown, otherwise: string): string | number =>
  typeof value === "number" || typeof value === "string" ? value : otherwise;

/** The part of Xero's filter language that its description calls fast: comparisons joined by AND and OR. Null for anything else. */
function whereOf(where: string): ((shown: Record<string, unknown>) => boolean) | null {
  const tests: { join: string; test: (shown: Record<string, unknown>) => boolean }[] = [];
  const clause =
    /\s*\(?\s*([A-Za-z.]+)\s*(==|=|!=|>=|<=|>|<)\s*("(?:[^"\\]|\\.)*"|guid\("[^"]*"\)|DateTime\([^)]*\)|null|true|false|-?[\d.]+)\s*\)?\s*(AND|OR|&&|\|\||$)/iy;
  let join = "and";
  for (let at = 0; at < where.length; at = clause.lastIndex) {
    clause.lastIndex = at;
    const [, path = "", sign = "", literal = "", next = ""] = clause.exec(where) ?? [];
    if (path === "") return null;
    const wanted = literalOf(literal);
    tests.push({
      join,
      test: (shown) => {
        const seen = comparable(fieldAt(shown, path));
        if (sign === "==" || sign === "=") return seen === wanted;
        if (sign === "!=") return seen !== wanted;
        if (seen === null || wanted === null) return false;
        return sign === ">=" ? seen >= wanted : sign === "<=" ? seen <= wanted : sign === ">" ? seen > wanted : seen < wanted;
      },
    });
    join = /or|\|\|/i.test(next) ? "or" : "and";
    if (next === "") break;
  }
  return (shown) => {
    const groups: boolean[] = [];
    for (const { join: how, test } of tests) {
      const last = groups.at(-1);
      if (last === undefined || how === "or") groups.push(test(shown));
      else groups[groups.length - 1] = last && test(shown);
    }
    return groups.includes(true);
  };
}

function fieldAt(shown: Record<string, unknown>, path: string): unknown {
  return path.split(".").reduce<unknown>((value, part) => {
    const fields = object(value);
    return Object.entries(fields).find(([name]) => name.toLowerCase() === part.toLowerCase())?.[1];
  }, shown);
}

function literalOf(literal: string): string | number | null {
  const date = /^DateTime\((.*)\)$/i.exec(literal)?.[1];
  if (date !== undefined) {
    const [year = 1, month = 1, ...rest] = date.split(",").map(Number);
    const [dayOf = 1, hour = 0, minute = 0, second = 0] = rest;
    return Date.UTC(year, month - 1, dayOf, hour, minute, second);
  }
  const quoted = /^(?:guid\()?"(.*)"\)?$/i.exec(literal)?.[1];
  if (quoted !== undefined) return quoted.replaceAll('\\"', '"').toLowerCase();
  if (literal.toLowerCase() === "null") return null;
  return /^-?[\d.]+$/.test(literal) ? Number(literal) : literal.toLowerCase();
}

function comparable(value: unknown): string | number | null {
  if (value instanceof Amount) return value.value.toNumber();
  if (value instanceof Stamp) return value.ms;
  if (value instanceof Guid) return value.value;
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" ? value.toLowerCase() : null;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    void Promise.resolve(handle(request, response)).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, "text/plain", String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It does not listen");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
