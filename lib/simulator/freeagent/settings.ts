import { jsonAnswer } from "#lib/simulator/core/answer.ts";
import type { Account } from "#lib/simulator/core/books/records.ts";
import type { Performed } from "#lib/simulator/core/wire.ts";
import {
  addressOf,
  type FreeAgentCall,
  found,
  listAnswer,
  missing,
  moment,
  Refusal,
} from "#lib/simulator/freeagent/wire-format.ts";

/** The company's own record. */
export function company({ organisation }: FreeAgentCall): Performed {
  const { info, settings } = organisation;
  return found("company", {
    id: info.id,
    name: info.name,
    subdomain: info.id,
    type: settings.companyType,
    currency: info.currency,
    freeagent_start_date: settings.startDate,
    sales_tax_registration_status: "Registered",
    sales_tax_name: "VAT",
    initial_vat_basis: "Invoice",
    created_at: moment(info.createdAt),
    updated_at: moment(info.createdAt),
  });
}

/** The locks that stand: a user's, and the system's at the year's end. */
export function accountLocks({ organisation }: FreeAgentCall): Performed {
  const { periodLock, yearLock } = organisation.settings;
  const locks = [
    ...(periodLock === null ? [] : [{ locked_to_date: periodLock, user_lock: true, locked_by_description: "Adviser User" }]),
    ...(yearLock === null ? [] : [{ locked_to_date: yearLock, user_lock: false, locked_by_description: "Accounting Year End" }]),
  ];
  return { answer: jsonAnswer(200, { account_locks: locks }), committed: 0 };
}

export function vatReturns(call: FreeAgentCall): Performed {
  const { vatFiledTo } = call.organisation.settings;
  const rows = vatFiledTo === null ? [] : [{ period_ends_on: vatFiledTo, filing_status: "filed" }];
  return listAnswer(call, "vat_returns", rows, (one) => one);
}

export const finalAccounts = (call: FreeAgentCall): Performed => listAnswer(call, "final_accounts_reports", [], (one) => one);

const GROUP: Partial<Record<Account["role"], string>> = {
  income: "income_categories",
  "cost-of-sales": "cost_of_sales_categories",
  expense: "admin_expenses_categories",
};
const GROUPS = ["admin_expenses_categories", "cost_of_sales_categories", "income_categories", "general_categories"];

const groupOf = ({ role }: Account) => GROUP[role] ?? "general_categories";

function categoryShown(call: FreeAgentCall, one: Account) {
  const isBank = one.role === "bank" || one.role === "card";
  return {
    url: addressOf(call, "categories", one.code ?? one.id),
    description: one.name,
    nominal_code: one.code ?? one.id,
    group_description: one.role,
    auto_sales_tax_rate: "Standard rate",
    ...(isBank ? { bank_account: addressOf(call, "bank_accounts", one.id) } : {}),
  };
}

/** Nominal codes in their four lists; a single one below the name of its list. */
export function categories(call: FreeAgentCall, code: string | undefined): Performed {
  const withSubs = call.url.searchParams.get("sub_accounts") === "true";
  const rows = call.organisation
    .list("accounts")
    .filter((one) => one.active && (withSubs || !(one.code ?? "").includes("-")))
    .sort((one, other) => one.position - other.position);
  if (code !== undefined) {
    const one = rows.find((other) => other.code === code);
    if (one === undefined) throw new Refusal(missing());
    return found(groupOf(one), categoryShown(call, one));
  }
  const lists = GROUPS.map((name) => [name, rows.filter((one) => groupOf(one) === name).map((one) => categoryShown(call, one))]);
  return { answer: jsonAnswer(200, Object.fromEntries(lists)), committed: 0 };
}
