import { randomUUID } from "node:crypto";
import { fixedId, fold } from "#lib/simulator/core/ids.ts";
import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { classOf } from "#lib/simulator/xero/chart.ts";
import { booleanOf, listOf, refuse, textOf, type WriteContext, type Written } from "#lib/simulator/xero/element.ts";
import type { Listing } from "#lib/simulator/xero/listing.ts";
import type { Account, TaxRate, Tracking } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { day, moment, num, type WireObject } from "#lib/simulator/xero/wire.ts";

/** The organisation's name in Xero's own screen addresses. */
export function shortCodeOf(info: TenantInfo): string {
  return `!${fixedId(`short:${info.id}`).replaceAll("-", "").slice(0, 5)}`;
}

export function wireOrganisation(tenant: Tenant): WireObject {
  const { info, settings } = tenant;
  return {
    OrganisationID: info.id,
    Name: info.name,
    LegalName: info.name,
    PaysTax: true,
    Version: "UK",
    OrganisationType: "COMPANY",
    BaseCurrency: info.currency,
    CountryCode: "GB",
    IsDemoCompany: false,
    OrganisationStatus: "ACTIVE",
    FinancialYearEndDay: 31,
    FinancialYearEndMonth: 3,
    SalesTaxBasis: "ACCRUALS",
    SalesTaxPeriod: "QUARTERLY",
    DefaultSalesTax: "Tax Exclusive",
    DefaultPurchasesTax: "Tax Exclusive",
    PeriodLockDate: settings.periodLock === null ? undefined : day(settings.periodLock),
    EndOfYearLockDate: settings.yearLock === null ? undefined : day(settings.yearLock),
    CreatedDateUTC: moment(info.createdAt),
    OrganisationEntityType: "COMPANY",
    Timezone: "GMTSTANDARDTIME",
    ShortCode: shortCodeOf(info),
    Class: "PREMIUM",
    Edition: "BUSINESS",
    Addresses: [],
    Phones: [],
    ExternalLinks: [],
    PaymentTerms: {},
  };
}

export function wireActions(tenant: Tenant): WireObject[] {
  const names = [
    "AttachFilesIntoInvoice",
    "CreateApprovedBill",
    "CreateApprovedInvoice",
    "CreateDraftBill",
    "CreateDraftInvoice",
    "CreateInvoicePayment",
    "CreateRepeatingInvoice",
  ];
  return [
    ...names.map((Name) => ({ Name, Status: "ALLOWED" })),
    { Name: "UseMulticurrency", Status: tenant.info.currencies.length > 1 ? "ALLOWED" : "NOT-ALLOWED" },
  ];
}

const CURRENCY_NAMES: Record<string, string> = { GBP: "British Pound", EUR: "Euro", USD: "United States Dollar" };

export function wireCurrencies(tenant: Tenant): WireObject[] {
  return tenant.info.currencies.map((Code) => ({ Code, Description: CURRENCY_NAMES[Code] ?? Code }));
}

export function wireAccount(account: Account): WireObject {
  return {
    AccountID: account.id,
    Code: account.code ?? undefined,
    Name: account.name,
    Status: account.status,
    Type: account.type,
    TaxType: account.taxType,
    Description: account.description ?? undefined,
    Class: account.class,
    SystemAccount: account.system ?? undefined,
    EnablePaymentsToAccount: account.enablePayments,
    ShowInExpenseClaims: false,
    ...(account.type === "BANK"
      ? { BankAccountNumber: account.bankNumber ?? "", BankAccountType: "BANK", CurrencyCode: account.currency ?? undefined }
      : { BankAccountType: "" }),
    ReportingCode: account.class === "EXPENSE" ? "EXP" : account.class.slice(0, 3),
    HasAttachments: false,
    UpdatedDateUTC: moment(account.updatedAt),
    AddToWatchlist: false,
  };
}

export function accountListing(tenant: Tenant): Listing<Account> {
  return {
    plural: "Accounts",
    collection: tenant.accounts,
    paged: false,
    indices: { accountid: "id", code: "code" },
    read: (one, field) => {
      const values: Record<string, string | number | boolean | null> = {
        accountid: one.id,
        code: one.code,
        name: one.name,
        type: one.type,
        class: one.class,
        status: one.status,
        taxtype: one.taxType,
        systemaccount: one.system ?? "",
        enablepaymentstoaccount: one.enablePayments,
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: wireAccount,
  };
}

/** Creates an account (PUT) or changes one by id (POST). @throws {ElementRefused} */
export function writeAccount(context: WriteContext, sent: WireObject, pathId: string | undefined): Written {
  const { tenant, now } = context;
  const id = pathId ?? textOf(sent, "AccountID") ?? null;
  const old = context.createOnly || id === null ? undefined : tenant.accounts.get(id.toLowerCase());
  if (!context.createOnly && old === undefined) refuse("Account could not be found");
  const name = textOf(sent, "Name") ?? old?.name ?? "";
  const code = textOf(sent, "Code") ?? old?.code ?? null;
  const type = textOf(sent, "Type") ?? old?.type ?? "";
  const status = textOf(sent, "Status") ?? old?.status ?? "ACTIVE";
  const errors: string[] = [];
  const kind = classOf(type);
  if (kind === undefined) errors.push("Please select a valid account type.");
  if (name.trim() === "") errors.push("Please enter a Name.");
  if (tenant.accounts.all().some((one) => one.id !== old?.id && one.status === "ACTIVE" && fold(one.name) === fold(name))) {
    errors.push("Please enter a unique Name.");
  }
  if (code === null && type !== "BANK") errors.push("Please enter a Code.");
  if ((code ?? "").length > 10) errors.push("Please enter a Code of 10 characters or fewer.");
  if (code !== null && tenant.accountByCode(code) !== undefined && tenant.accountByCode(code)?.id !== old?.id)
    errors.push("Please enter a unique Code.");
  if (old !== undefined && old.system !== null && status === "ARCHIVED") errors.push("A system account cannot be archived");
  if (old !== undefined && status === "ARCHIVED" && Object.keys(sent).some((key) => !/^(accountid|status)$/i.test(key))) {
    errors.push("An account can only be archived if archiving is the only change in the call");
  }
  if (errors.length > 0 || kind === undefined) return refuse(...errors);
  const account = tenant.accounts.put({
    id: old?.id ?? randomUUID(),
    updatedAt: now,
    position: old?.position ?? tenant.accounts.size,
    code,
    name,
    type,
    class: kind,
    status: status === "ARCHIVED" ? "ARCHIVED" : "ACTIVE",
    taxType: textOf(sent, "TaxType") ?? old?.taxType ?? "NONE",
    enablePayments: booleanOf(sent, "EnablePaymentsToAccount") ?? old?.enablePayments ?? false,
    system: old?.system ?? null,
    currency: type === "BANK" ? (textOf(sent, "CurrencyCode") ?? old?.currency ?? tenant.info.currency) : null,
    bankNumber: textOf(sent, "BankAccountNumber") ?? old?.bankNumber ?? null,
    description: textOf(sent, "Description") ?? old?.description ?? null,
  });
  return { wire: wireAccount(account), warnings: [], ids: [account.id] };
}

function wireTaxRate(rate: TaxRate): WireObject {
  return {
    Name: rate.name,
    TaxType: rate.id,
    ReportTaxType: rate.report,
    CanApplyToAssets: rate.use.includes("A"),
    CanApplyToEquity: rate.use.includes("Q"),
    CanApplyToExpenses: rate.use.includes("E"),
    CanApplyToLiabilities: rate.use.includes("L"),
    CanApplyToRevenue: rate.use.includes("R"),
    DisplayTaxRate: num(rate.shown ?? rate.rate),
    EffectiveRate: num(rate.rate),
    Status: rate.status,
    TaxComponents: [{ Name: "VAT", Rate: num(rate.rate), IsCompound: false, IsNonRecoverable: false }],
  };
}

export function taxRateListing(tenant: Tenant): Listing<TaxRate> {
  return {
    plural: "TaxRates",
    collection: tenant.taxRates,
    paged: false,
    indices: {},
    read: (one, field) => {
      const values: Record<string, string | number> = {
        name: one.name,
        taxtype: one.id,
        status: one.status,
        reporttaxtype: one.report,
      };
      return values[field];
    },
    wire: wireTaxRate,
  };
}

export function wireTracking(category: Tracking): WireObject {
  return {
    Name: category.name,
    Status: category.status,
    TrackingCategoryID: category.id,
    Options: category.options.map((option) => ({
      TrackingOptionID: option.id,
      Name: option.name,
      Status: option.status,
      HasValidationErrors: false,
      IsDeleted: false,
      IsArchived: option.status === "ARCHIVED",
      IsActive: option.status === "ACTIVE",
    })),
  };
}

/** Creates a tracking category. @throws {ElementRefused} */
export function writeTracking(context: WriteContext, sent: WireObject): Written {
  const { tenant, now } = context;
  const name = textOf(sent, "Name") ?? "";
  if (name === "" || name.length > 100) refuse("A tracking category Name must be 1 to 100 characters");
  if (tenant.tracking.find("name", fold(name)).length > 0) refuse("A tracking category with that name already exists");
  if (tenant.tracking.all().filter((one) => one.status === "ACTIVE").length >= 2)
    refuse("Only two active tracking categories are allowed");
  const options = (listOf(sent, "Options") ?? []).map((option) => ({
    id: randomUUID(),
    name: textOf(option, "Name") ?? "",
    status: "ACTIVE",
  }));
  const category = tenant.tracking.put({ id: randomUUID(), updatedAt: now, name, status: "ACTIVE", options });
  return { wire: wireTracking(category), warnings: [], ids: [category.id] };
}

/** Adds an option to a tracking category. @throws {ElementRefused} */
export function writeTrackingOption(context: WriteContext, category: Tracking, sent: WireObject): Written {
  const name = textOf(sent, "Name") ?? "";
  if (name === "" || name.length > 100) refuse("A tracking option Name must be 1 to 100 characters");
  if (category.options.some((one) => fold(one.name) === fold(name))) refuse("A tracking option with that name already exists");
  const option = { id: randomUUID(), name, status: "ACTIVE" };
  context.tenant.tracking.put({ ...category, updatedAt: context.now, options: [...category.options, option] });
  return { wire: { TrackingOptionID: option.id, Name: name, Status: "ACTIVE" }, warnings: [], ids: [option.id] };
}
