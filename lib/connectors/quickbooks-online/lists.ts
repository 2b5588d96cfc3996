import { Decimal } from "decimal.js";
import { SyncError } from "#lib/errors/sync-error.ts";
import {
  bodyOf,
  child,
  decimal,
  flag,
  get,
  isObject,
  type Json,
  type JsonObject,
  list,
  parseJson,
  text,
} from "../shared/json.ts";
import type { CheckResult, Connection, Exchange, Message, PackageAccount, PackageLists, PackageTaxRate } from "../types.ts";
import { faultOf } from "./errors.ts";
import { dateIn } from "./seen.ts";
import { attributesOf, NO_TAX, type Share } from "./tax.ts";
import { PAGE, querying, reading, refIn } from "./wire.ts";

const LISTS = ["company", "preferences", "accounts", "currencies", "tax-rates", "tax-codes"] as const;

/** What was learnt from the lists so far: a later one is read by it. */
interface Position {
  readonly list: (typeof LISTS)[number];
  readonly name: string;
  readonly country: string | null;
  readonly timeZone: string | null;
  /** Whether tax is set up there. */
  readonly isTaxed: boolean;
  /** Its currencies are a list of their own; null where it has the one. */
  readonly home: string | null;
  /** What each rate charges, per cent. */
  readonly rates: Readonly<Record<string, string>>;
}

const FIRST: Position = { list: "company", name: "", country: null, timeZone: null, isTaxed: false, home: null, rates: {} };

function positionOf(cursor: string | null): Position {
  const value: Json = cursor === null ? null : parseJson(cursor);
  if (!isObject(value)) return FIRST;
  const rates = child(value, "rates") ?? {};
  return {
    list: LISTS.find((one) => one === get(value, "list")) ?? "company",
    name: text(value, "name") ?? "",
    country: text(value, "country"),
    timeZone: text(value, "timeZone"),
    isTaxed: flag(value, "isTaxed"),
    home: text(value, "home"),
    rates: Object.fromEntries(Object.entries(rates).flatMap(([id, rate]) => (typeof rate === "string" ? [[id, rate]] : []))),
  };
}

const companyRead = (connection: Connection): Message =>
  reading(connection, "readCompanyInfo", `/companyinfo/${encodeURIComponent(connection.tenantId)}`);

const everyOne = (connection: Connection, entity: string): Message =>
  querying(connection, `query${entity}`, `SELECT * FROM ${entity} WHERE Active IN (true,false) MAXRESULTS ${PAGE}`);

/** Company, preferences with the day that its books are closed to, accounts, tax rates, tax codes: each a call. */
export const discover: Exchange<string | null, PackageLists> = {
  ask(cursor, connection) {
    switch (positionOf(cursor).list) {
      case "company":
        return companyRead(connection);
      case "preferences":
        return reading(connection, "readPreferences", "/preferences");
      case "accounts":
        return everyOne(connection, "Account");
      case "currencies":
        return everyOne(connection, "CompanyCurrency");
      case "tax-rates":
        return everyOne(connection, "TaxRate");
      case "tax-codes":
        return everyOne(connection, "TaxCode");
    }
  },

  read(_message, answer, cursor) {
    const position = positionOf(cursor);
    const body = bodyOf(answer) ?? {};
    const elements = (entity: string) => list(child(body, "QueryResponse") ?? {}, entity);
    const to = (next: Partial<Position>) => JSON.stringify({ ...position, ...next });
    switch (position.list) {
      case "company": {
        const info = child(body, "CompanyInfo") ?? {};
        const zone = text(info, "DefaultTimeZone");
        return {
          next: to({
            list: "preferences",
            name: text(info, "CompanyName") ?? "",
            country: countryOf(text(info, "Country")),
            timeZone: zone?.includes("/") ? zone : null,
          }),
        };
      }
      case "preferences": {
        const preferences = child(body, "Preferences") ?? {};
        const isTaxed = flag(child(preferences, "TaxPrefs") ?? {}, "UsingSalesTax");
        const currencies = child(preferences, "CurrencyPrefs") ?? {};
        const home = flag(currencies, "MultiCurrencyEnabled") ? refIn(currencies, "HomeCurrency") : null;
        return { ...organisationOf(preferences, position), next: to({ list: "accounts", isTaxed, home }) };
      }
      case "accounts": {
        const accounts = elements("Account").flatMap(accountOf);
        if (position.home !== null) return { accounts, next: to({ list: "currencies" }) };
        return { accounts, ...codesOrNext(position) };
      }
      case "currencies": {
        const foreign = elements("CompanyCurrency").flatMap((one) =>
          get(one, "Active") === false ? [] : (text(one, "Code") ?? []),
        );
        return { currencies: [position.home ?? "", ...foreign].filter((one) => one !== ""), ...codesOrNext(position) };
      }
      case "tax-rates": {
        const rates = elements("TaxRate").flatMap((one) => {
          const rate = decimal(one, "RateValue");
          const id = text(one, "Id");
          return rate && id ? [[id, rate.toFixed()]] : [];
        });
        return { next: to({ list: "tax-codes", rates: Object.fromEntries(rates) }) };
      }
      case "tax-codes":
        return { taxRates: elements("TaxCode").flatMap((one) => taxCodeOf(one, position.rates)), next: null };
    }
  },
};

/** Where no rate is to be read, the codes follow from the company; else their rates come next. */
function codesOrNext(position: Position): Pick<PackageLists, "taxRates" | "next"> {
  if (position.country === "US") return { taxRates: US_CODES, next: null };
  if (!position.isTaxed) return { taxRates: UNTAXED, next: null };
  return { next: JSON.stringify({ ...position, list: "tax-rates" }) };
}

/** Reads the company itself: it needs both token and company to be right. */
export const check: Exchange<null, CheckResult> = {
  ask: (_nothing, connection) => companyRead(connection),

  read(message, answer) {
    const fault = faultOf(answer, message);
    if (fault !== null) {
      if ("error" in fault) return { ok: false, error: fault.error };
      const code = fault.what === "rate-limited" ? "transient.rate-limited" : "transient.server-error";
      return { ok: false, error: new SyncError(code) };
    }
    const info = child(bodyOf(answer) ?? {}, "CompanyInfo");
    if (!info) return { ok: false, error: new SyncError("connection.wrong-tenant") };
    return { ok: true, tenantName: text(info, "CompanyName") ?? "" };
  },
};

/** Countries that they serve, by the codes of three letters that they tell since 2025. */
const COUNTRIES: Readonly<Record<string, string>> = {
  USA: "US",
  GBR: "GB",
  CAN: "CA",
  AUS: "AU",
  NZL: "NZ",
  IRL: "IE",
  ZAF: "ZA",
  FRA: "FR",
  SGP: "SG",
  ARE: "AE",
  MEX: "MX",
  BRA: "BR",
  IND: "IN",
};

function countryOf(said: string | null): string | null {
  const code = said?.trim().toUpperCase() ?? "";
  return code.length === 2 ? code : (COUNTRIES[code] ?? null);
}

function organisationOf(preferences: JsonObject, { name, country, timeZone }: Position): Omit<PackageLists, "next"> {
  const closed = dateIn(child(preferences, "AccountingInfoPrefs") ?? {}, "BookCloseDate");
  const currencies = child(preferences, "CurrencyPrefs") ?? {};
  const baseCurrency = refIn(currencies, "HomeCurrency") ?? "USD";
  const forms = child(preferences, "SalesFormsPrefs") ?? {};
  return {
    organisation: {
      name,
      baseCurrency,
      countryCode: country,
      timeZone,
      shortCode: null,
      locks: closed === null ? [] : [{ label: "Books closed", from: null, to: closed }],
      // With numbers of its own it refuses one that is taken; without, it numbers invoices by itself.
      uniqueNumbers: flag(forms, "CustomTxnNumbers") ? ["sales-invoice"] : [],
    },
    ...(flag(currencies, "MultiCurrencyEnabled") ? {} : { currencies: [baseCurrency] }),
  };
}

const CLASSES = ["asset", "equity", "expense", "liability", "revenue"] as const;
/** Accounts that documents post to by themselves: not for lines. */
const CONTROL = /^(Accounts (Receivable|Payable))$/;
const TAX_ACCOUNT = /SalesTaxPayable|GlobalTax/i;

function accountOf(account: JsonObject): PackageAccount[] {
  const externalId = text(account, "Id");
  if (externalId === null) return [];
  const type = text(account, "AccountType") ?? "";
  const subType = text(account, "AccountSubType") ?? "";
  const said = text(account, "Classification")?.toLowerCase();
  const name = text(account, "FullyQualifiedName") ?? text(account, "Name") ?? "";
  const isBank = type === "Bank";
  return [
    {
      externalId,
      code: text(account, "AcctNum"),
      matchKey: name,
      name,
      type,
      class: CLASSES.find((one) => one === said) ?? "other",
      active: get(account, "Active") !== false,
      isBank,
      takesPayments: isBank || subType === "UndepositedFunds",
      isSystem: CONTROL.test(type) || TAX_ACCOUNT.test(subType) || flag(account, "TaxAccount"),
      currency: refIn(account, "CurrencyRef"),
    },
  ];
}

const ALL: PackageTaxRate["appliesTo"] = ["asset", "equity", "expense", "liability", "revenue"];
const US = attributesOf("us", [], []);

/** What stands on a line in the United States: taxed or not; how much, the company reckons, or the source said. */
const US_CODES: readonly PackageTaxRate[] = [
  {
    externalId: "TAX",
    name: "Taxable",
    rate: null,
    attributes: US,
    selfAccounts: false,
    recovers: null,
    active: true,
    appliesTo: ALL,
  },
  {
    externalId: "NON",
    name: "Not taxable",
    rate: "0",
    attributes: US,
    selfAccounts: false,
    recovers: null,
    active: true,
    appliesTo: ALL,
  },
];

/** What stands for all lines where tax is not set up. */
const UNTAXED: readonly PackageTaxRate[] = [
  {
    externalId: NO_TAX,
    name: "No tax (not set up)",
    rate: "0",
    attributes: attributesOf("none", [], []),
    selfAccounts: false,
    recovers: null,
    active: true,
    appliesTo: ALL,
  },
];

function sharesIn(code: JsonObject, key: string, rates: Readonly<Record<string, string>>): Share[] {
  return list(child(code, key) ?? {}, "TaxRateDetail").flatMap((one) => {
    const rateId = refIn(one, "TaxRateRef");
    const percent = rateId === null ? undefined : rates[rateId];
    return rateId === null || percent === undefined ? [] : [{ rateId, percent }];
  });
}

const sumOf = (shares: readonly Share[]): Decimal => shares.reduce((sum, one) => sum.plus(one.percent), new Decimal(0));

/** A code, with the rates behind it: its percentage is their sum. */
function taxCodeOf(code: JsonObject, rates: Readonly<Record<string, string>>): PackageTaxRate[] {
  const externalId = text(code, "Id");
  if (externalId === null) return [];
  const sales = sharesIn(code, "SalesTaxRateList", rates);
  const purchase = sharesIn(code, "PurchaseTaxRateList", rates);
  const isForSales = sales.length > 0 || purchase.length === 0;
  const isForPurchases = purchase.length > 0 || sales.length === 0;
  const charges = sales.length > 0 ? sumOf(sales) : sumOf(purchase);
  // Charged and taken back in one: the buyer accounts for it.
  const isReversed = sumOf(purchase).isZero() && purchase.some(({ percent }) => !new Decimal(percent).isZero());
  return [
    {
      externalId,
      name: text(code, "Name") ?? externalId,
      rate: charges.toFixed(),
      attributes: attributesOf("global", sales, purchase),
      selfAccounts: isReversed,
      recovers: purchase.length > 0 && !sumOf(purchase).isZero() ? "all" : null,
      active: get(code, "Active") !== false && !flag(code, "Hidden"),
      appliesTo: ALL.filter((one) => (one === "revenue" ? isForSales : one === "expense" ? isForPurchases : true)),
    },
  ];
}
