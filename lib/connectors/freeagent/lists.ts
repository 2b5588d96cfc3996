import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, child, get, isObject, type Json, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { CheckResult, Exchange, PackageAccount, PackageLists } from "../types.ts";
import { BANK_ACCOUNTS } from "./address.ts";
import { faultOf } from "./errors.ts";
import { accountLocks, derivedLocks, type Lock, type LockSource, startLock } from "./locks.ts";
import { dateUnder, hasNext, idUnder, pageOf, reading, rowsIn } from "./read.ts";

/** The company, as it is carried from its own read to that of its locks. */
interface Company {
  readonly name: string;
  readonly currency: string;
  readonly subdomain: string | null;
  readonly startsOn: string | null;
}

/**
 * What is read next, with what the reads before it found. Company and locks first: who wants the lock dates alone, before every run,
 * reads no further. Bank accounts before the nominal codes, since both are accounts and an account is kept or retired with the whole list.
 */
type Cursor =
  | { readonly list: "company" }
  | { readonly list: LockSource; readonly company: Company; readonly locks: readonly Lock[]; readonly page: number }
  | { readonly list: "banks"; readonly page: number; readonly banks: readonly PackageAccount[] }
  | { readonly list: "categories"; readonly banks: readonly PackageAccount[] };

function cursorOf(cursor: string | null): Cursor {
  // What we wrote ourselves a call ago; anything else starts over.
  if (cursor === null) return { list: "company" };
  try {
    const value: Json = parseJson(cursor);
    if (isObject(value) && typeof get(value, "list") === "string") return JSON.parse(cursor) as Cursor;
  } catch {
    // Starts over.
  }
  return { list: "company" };
}

const next = (cursor: Cursor): string => JSON.stringify(cursor);

/** Company with its locks, bank accounts, nominal codes. There is no list of tax rates: they are fixed. */
export const discover: Exchange<string | null, PackageLists> = {
  ask(cursor) {
    const here = cursorOf(cursor);
    switch (here.list) {
      case "company":
        return reading("getCompany", "/v2/company");
      case "banks":
        return reading("listBankAccounts", BANK_ACCOUNTS.path, pageOf(here.page));
      case "categories":
        return reading("getCategories", "/v2/categories", { sub_accounts: "true" });
      case "account-locks":
        return reading("getLocks", "/v2/account_locks");
      case "vat-returns":
        return reading("deriveLocks", "/v2/vat_returns", pageOf(here.page));
      case "final-accounts":
        return reading("deriveLocks", "/v2/final_accounts_reports", pageOf(here.page));
    }
  },

  read(_message, answer, cursor) {
    const here = cursorOf(cursor);
    switch (here.list) {
      case "company": {
        const company = child(bodyOf(answer) ?? {}, "company");
        if (!company) throw new SyncError("transient.server-error", { said: ["FreeAgent gave no company"] });
        return { next: next({ list: "account-locks", company: companyOf(company), locks: [], page: 1 }) };
      }
      case "account-locks": {
        // Only a user of the highest level may read it; without it the date follows from what was filed.
        const locks = answer.status === 200 ? accountLocks(bodyOf(answer) ?? {}) : null;
        if (locks === null) return { next: next({ ...here, list: "vat-returns", page: 1 }) };
        return { organisation: organisationOf(here.company, locks), next: next({ list: "banks", page: 1, banks: [] }) };
      }
      case "vat-returns":
      case "final-accounts": {
        const found = answer.status === 200 ? derivedLocks(bodyOf(answer) ?? {}, here.list) : [];
        const locks = [...here.locks, ...found];
        if (answer.status === 200 && found.length > 0 && hasNext(answer, here.page, 0))
          return { next: next({ ...here, locks, page: here.page + 1 }) };
        if (here.list === "vat-returns") return { next: next({ ...here, list: "final-accounts", locks, page: 1 }) };
        const derived = [...locks, ...startLock(here.company.startsOn)];
        return { organisation: organisationOf(here.company, derived), next: next({ list: "banks", page: 1, banks: [] }) };
      }
      case "banks": {
        const rows = rowsIn(answer, BANK_ACCOUNTS);
        const banks = [...here.banks, ...rows.flatMap(bankOf)];
        const more = hasNext(answer, here.page, rows.length);
        return { next: next(more ? { list: "banks", page: here.page + 1, banks } : { list: "categories", banks }) };
      }
      case "categories":
        return { accounts: accountsIn(bodyOf(answer) ?? {}, here.banks), taxRates: [], next: null };
    }
  },
};

/** Reads the company's name. */
export const check: Exchange<null, CheckResult> = {
  ask: () => reading("getCompany", "/v2/company"),

  read(message, answer) {
    const fault = faultOf(answer, message);
    if (fault !== null) {
      if ("error" in fault) return { ok: false, error: fault.error };
      return {
        ok: false,
        error: new SyncError(fault.what === "rate-limited" ? "transient.rate-limited" : "transient.server-error"),
      };
    }
    const company = child(bodyOf(answer) ?? {}, "company");
    if (!company) return { ok: false, error: new SyncError("connection.wrong-tenant") };
    return { ok: true, tenantName: text(company, "name") ?? "" };
  },
};

/** Documents of a landlord need a property, which nothing here says. */
const LANDLORD = "UkUnincorporatedLandlord";

/** @throws {SyncError} for a company whose documents would all be refused, or taxed by rules that are not known here */
function companyOf(company: JsonObject): Company {
  const type = text(company, "type") ?? "";
  if (!type.startsWith("Uk") || type === LANDLORD) {
    const why =
      type === LANDLORD ? "its documents need a property, which nothing here names" : "its taxes are not those of the UK";
    throw new SyncError("package.refused", {
      value: type,
      said: [`A FreeAgent company of the type ${type} cannot be used from here: ${why}`],
    });
  }
  return {
    name: text(company, "name") ?? "",
    currency: text(company, "currency") ?? "GBP",
    subdomain: text(company, "subdomain"),
    startsOn: dateUnder(company, "freeagent_start_date"),
  };
}

function organisationOf(company: Company, locks: readonly Lock[]): NonNullable<PackageLists["organisation"]> {
  return {
    name: company.name,
    baseCurrency: company.currency,
    countryCode: "GB",
    timeZone: "Europe/London",
    shortCode: company.subdomain,
    locks,
  };
}

function bankOf(row: JsonObject): PackageAccount[] {
  const externalId = idUnder(row, "url");
  if (externalId === null) return [];
  return [
    {
      externalId,
      code: null,
      name: text(row, "name") ?? "",
      type: text(row, "type") ?? "",
      class: text(row, "type") === "CreditCardAccount" ? "liability" : "asset",
      active: (text(row, "status") ?? "active").toLowerCase() === "active",
      isBank: true,
      takesPayments: true,
      isSystem: false,
      currency: text(row, "currency"),
    },
  ];
}

/** Trade debtors and creditors, and VAT: FreeAgent keeps them itself. */
const CONTROL = new Set(["681", "796", "817", "818", "819"]);

/** The four lists of categories by their names, and what each is. */
const GROUPS = [
  ["income_categories", "revenue"],
  ["cost_of_sales_categories", "expense"],
  ["admin_expenses_categories", "expense"],
  ["general_categories", null],
] as const;

function accountsIn(body: JsonObject, banks: readonly PackageAccount[]): PackageAccount[] {
  const rows = GROUPS.flatMap(([name, kind]) => list(body, name).map((row) => ({ row, kind })));
  // A bank account's nominal code stands among the categories, as a sub-account of 750.
  const codes = new Map(
    rows.flatMap(({ row }) => {
      const bank = idUnder(row, "bank_account");
      const code = text(row, "nominal_code");
      return bank === null || code === null ? [] : [[bank, code] as const];
    }),
  );
  const categories = rows.flatMap(({ row, kind }): PackageAccount[] => {
    const externalId = idUnder(row, "url");
    const code = text(row, "nominal_code");
    if (externalId === null || code === null || code.startsWith("750")) return [];
    return [
      {
        externalId,
        code,
        name: text(row, "description") ?? code,
        type: text(row, "group_description") ?? "",
        class: kind ?? classOf(code),
        active: true,
        isBank: false,
        takesPayments: false,
        isSystem: CONTROL.has(code.split("-")[0] ?? code),
        currency: null,
      },
    ];
  });
  return [...banks.map((bank) => ({ ...bank, code: codes.get(bank.externalId) ?? null })), ...categories];
}

/** What a general category is, by the ranges in which FreeAgent lets codes be made and those of its own that are known. */
function classOf(code: string): PackageAccount["class"] {
  const number = Number(code.split("-")[0]);
  if (number < 96) return "revenue";
  if (number < 600) return "expense";
  if (number <= 730 || (number > 749 && number < 760)) return "asset";
  if (number < 900) return "liability";
  return number < 1_000 ? "equity" : "other";
}
