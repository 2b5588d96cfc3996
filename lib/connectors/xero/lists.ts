import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, decimal, flag, get, type JsonObject, list, text } from "../shared/json.ts";
import type { CheckResult, Exchange, Message, PackageAccount, PackageLists, PackageTaxRate } from "../types.ts";
import { faultOf } from "./errors.ts";
import { dateOf, guid } from "./json.ts";
import { ACCOUNTING } from "./push.ts";

/** The organisation first: who wants its lock dates alone, before every run, reads no further. */
const LISTS = ["organisation", "accounts", "tax-rates", "currencies"] as const;
type ListName = (typeof LISTS)[number];

const READS: Readonly<Record<ListName, { readonly operation: string; readonly path: string }>> = {
  accounts: { operation: "getAccounts", path: "/Accounts" },
  "tax-rates": { operation: "getTaxRates", path: "/TaxRates" },
  organisation: { operation: "getOrganisations", path: "/Organisation" },
  currencies: { operation: "getCurrencies", path: "/Currencies" },
};

function readMessage(name: ListName): Message {
  const { operation, path } = READS[name];
  return { operation, method: "GET", path: `${ACCOUNTING}${path}`, query: {}, headers: {}, body: null };
}

function nameOf(cursor: string | null): ListName {
  return LISTS.find((name) => name === cursor) ?? "organisation";
}

/** Organisation with its lock dates, accounts, tax rates, currencies: none of them is paged, so one call each. */
export const discover: Exchange<string | null, PackageLists> = {
  ask: (cursor) => readMessage(nameOf(cursor)),

  read(_message, answer, cursor) {
    const name = nameOf(cursor);
    const body = bodyOf(answer) ?? {};
    const next = LISTS[LISTS.indexOf(name) + 1] ?? null;
    switch (name) {
      case "accounts":
        return { accounts: list(body, "Accounts").flatMap(accountOf), next };
      case "tax-rates":
        return { taxRates: list(body, "TaxRates").flatMap(taxRateOf), next };
      case "currencies":
        return { currencies: list(body, "Currencies").flatMap((one) => text(one, "Code") ?? []), next };
      case "organisation": {
        const organisation = list(body, "Organisations")[0];
        return organisation ? { organisation: organisationOf(organisation), next } : { next };
      }
    }
  },
};

/** Reads the organisation's name: it costs nothing of the data allowance, and needs both token and tenant to be right. */
export const check: Exchange<null, CheckResult> = {
  ask: () => readMessage("organisation"),

  read(message, answer) {
    const fault = faultOf(answer, message);
    if (fault !== null) {
      if ("error" in fault) return { ok: false, error: fault.error };
      return {
        ok: false,
        error: new SyncError(fault.what === "rate-limited" ? "transient.rate-limited" : "transient.server-error"),
      };
    }
    const organisation = list(bodyOf(answer) ?? {}, "Organisations")[0];
    if (!organisation) return { ok: false, error: new SyncError("connection.wrong-tenant") };
    return { ok: true, tenantName: text(organisation, "Name") ?? "" };
  },
};

const CLASSES = ["asset", "equity", "expense", "liability", "revenue"] as const;

/** Only where `Class` is missing: Xero's own `Class` is right when they differ. */
const CLASS_OF_TYPE: Readonly<Record<string, PackageAccount["class"]>> = {
  BANK: "asset",
  CURRENT: "asset",
  FIXED: "asset",
  INVENTORY: "asset",
  NONCURRENT: "asset",
  PREPAYMENT: "asset",
  CURRLIAB: "liability",
  LIABILITY: "liability",
  TERMLIAB: "liability",
  PAYG: "liability",
  EQUITY: "equity",
  DEPRECIATN: "expense",
  DIRECTCOSTS: "expense",
  EXPENSE: "expense",
  OVERHEADS: "expense",
  REVENUE: "revenue",
  SALES: "revenue",
  OTHERINCOME: "revenue",
};

function accountOf(account: JsonObject): PackageAccount[] {
  const externalId = guid(account, "AccountID");
  if (externalId === null) return [];
  const type = (text(account, "Type") ?? "").toUpperCase();
  const said = text(account, "Class")?.toLowerCase();
  const isBank = type === "BANK";
  return [
    {
      externalId,
      code: text(account, "Code"),
      name: text(account, "Name") ?? "",
      type,
      class: CLASSES.find((one) => one === said) ?? CLASS_OF_TYPE[type] ?? "other",
      active: (text(account, "Status") ?? "ACTIVE").toUpperCase() === "ACTIVE",
      isBank,
      takesPayments: isBank || flag(account, "EnablePaymentsToAccount"),
      isSystem: text(account, "SystemAccount") !== null,
      currency: text(account, "CurrencyCode"),
    },
  ];
}

/** Report types, and types where the report is not said, of tax that stands on no document: reverse charges and EU acquisitions. */
const NOT_CHARGED = /^(REVERSECHARGES|DRCHARGE|ECACQUISITIONS|ECZRACQUISITIONS)/;
/** Report types of which the document is all there is. Xero adds types: any other one is not known. */
const ORDINARY = new Set(
  "OUTPUT INPUT CAPEXOUTPUT CAPEXINPUT ZERORATEDOUTPUT ZERORATEDINPUT EXEMPTOUTPUT EXEMPTINPUT NONE".split(" "),
);

/** Xero reclaims whatever a rate charges on a purchase, but for its components that are said to be non-recoverable. */
function recoveredOf(rate: JsonObject): NonNullable<PackageTaxRate["recovers"]> {
  const charging = list(rate, "TaxComponents").filter((one) => decimal(one, "Rate")?.isZero() === false);
  const lost = charging.filter((one) => flag(one, "IsNonRecoverable")).length;
  return lost === 0 ? "all" : lost === charging.length ? "nothing" : "part";
}

function taxRateOf(rate: JsonObject): PackageTaxRate[] {
  const externalId = text(rate, "TaxType");
  if (externalId === null) return [];
  const applies: [string, PackageAccount["class"]][] = [
    ["CanApplyToAssets", "asset"],
    ["CanApplyToEquity", "equity"],
    ["CanApplyToExpenses", "expense"],
    ["CanApplyToLiabilities", "liability"],
    ["CanApplyToRevenue", "revenue"],
  ];
  // A server that leaves them out lets the rate be used everywhere; Xero itself always says.
  const says = applies.some(([key]) => get(rate, key) !== null);
  const report = (text(rate, "ReportTaxType") ?? externalId).toUpperCase();
  const display = decimal(rate, "DisplayTaxRate");
  const effective = decimal(rate, "EffectiveRate") ?? display;
  const reversed = NOT_CHARGED.test(report) || NOT_CHARGED.test(externalId.toUpperCase());
  const takenBack = effective?.isZero() === true && display !== null && !display.isZero();
  // On sales the other party accounts for it: only what may stand on expenses is accounted for here.
  const selfAccounts = reversed || takenBack ? flag(rate, "CanApplyToExpenses") || !says : ORDINARY.has(report) ? false : null;
  const charges = reversed ? "0" : (effective?.toFixed() ?? "0");
  const forPurchases = !says || flag(rate, "CanApplyToExpenses") || flag(rate, "CanApplyToAssets");
  return [
    {
      externalId,
      name: text(rate, "Name") ?? externalId,
      rate: charges,
      selfAccounts,
      recovers: forPurchases && charges !== "0" ? recoveredOf(rate) : null,
      active: (text(rate, "Status") ?? "ACTIVE").toUpperCase() === "ACTIVE",
      appliesTo: applies.filter(([key]) => !says || flag(rate, key)).map(([, name]) => name),
    },
  ];
}

/** Xero names zones as Windows does, in capitals without blanks; those of the countries it serves. Others stay unknown. */
const TIME_ZONES: Readonly<Record<string, string>> = {
  GMTSTANDARDTIME: "Europe/London",
  GREENWICHSTANDARDTIME: "Atlantic/Reykjavik",
  NEWZEALANDSTANDARDTIME: "Pacific/Auckland",
  AUSEASTERNSTANDARDTIME: "Australia/Sydney",
  EAUSTRALIASTANDARDTIME: "Australia/Brisbane",
  TASMANIASTANDARDTIME: "Australia/Hobart",
  CENAUSTRALIASTANDARDTIME: "Australia/Adelaide",
  AUSCENTRALSTANDARDTIME: "Australia/Darwin",
  WAUSTRALIASTANDARDTIME: "Australia/Perth",
  EASTERNSTANDARDTIME: "America/New_York",
  CENTRALSTANDARDTIME: "America/Chicago",
  MOUNTAINSTANDARDTIME: "America/Denver",
  PACIFICSTANDARDTIME: "America/Los_Angeles",
  SINGAPORESTANDARDTIME: "Asia/Singapore",
  SOUTHAFRICASTANDARDTIME: "Africa/Johannesburg",
  WEUROPESTANDARDTIME: "Europe/Berlin",
  ROMANCESTANDARDTIME: "Europe/Paris",
};

function organisationOf(organisation: JsonObject): NonNullable<PackageLists["organisation"]> {
  return {
    name: text(organisation, "Name") ?? "",
    baseCurrency: text(organisation, "BaseCurrency") ?? "GBP",
    countryCode: text(organisation, "CountryCode"),
    timeZone: TIME_ZONES[(text(organisation, "Timezone") ?? "").toUpperCase()] ?? null,
    shortCode: text(organisation, "ShortCode"),
    locks: [
      { label: "Period", from: null, to: dateOf(organisation, "PeriodLockDate") },
      { label: "Year", from: null, to: dateOf(organisation, "EndOfYearLockDate") },
    ].flatMap(({ to, ...lock }) => (to === null ? [] : { ...lock, to })),
  };
}
