import { today } from "#lib/simulator/core/dates.ts";
import { amount, minor, parseDecimal, quotient } from "#lib/simulator/core/decimal.ts";
import { isSales } from "#lib/simulator/xero/documents.ts";
import type { Line } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import type { WireObject } from "#lib/simulator/xero/wire.ts";

/** Hundredths of the base currency by account id: debits above zero, credits below, of everything dated up to `until`. */
export function balances(tenant: Tenant, until: string): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  const add = (accountId: string | undefined, value: bigint) => {
    if (accountId !== undefined) sums.set(accountId, (sums.get(accountId) ?? 0n) + value);
  };
  const debtors = tenant.systemAccount("DEBTORS")?.id;
  const creditors = tenant.systemAccount("CREDITORS")?.id;
  const vat = tenant.systemAccount("GST")?.id;
  const rounding = tenant.systemAccount("ROUNDING")?.id;
  const gains = tenant.systemAccount("REALISEDCURRENCYGAIN")?.id;
  const inBase = (value: bigint, rate: string) => {
    const factor = parseDecimal(rate);
    if (factor === null || factor.units === 0n || rate === "1") return value;
    return quotient({ units: value, scale: 2 }, factor, 2).units;
  };
  /** Lines on one side, tax to VAT, the total on the other; what conversion leaves over goes to rounding. */
  const book = (
    one: { lines: readonly Line[]; lineAmountTypes: string; totalTax: string; total: string; rate: string },
    control: string | undefined,
    sign: bigint,
  ) => {
    let left = inBase(minor(one.total), one.rate);
    add(control, sign * left);
    for (const line of one.lines) {
      const net = minor(line.amount) - (one.lineAmountTypes === "Inclusive" ? minor(line.tax) : 0n);
      const value = inBase(net, one.rate);
      add(line.accountId ?? undefined, -sign * value);
      if (line.accountId !== null) left -= value;
    }
    const tax = inBase(minor(one.totalTax), one.rate);
    add(vat, -sign * tax);
    left -= tax;
    if (left !== 0n) add(rounding, -sign * left);
  };
  for (const kind of ["invoice", "credit-note"] as const) {
    for (const one of tenant.documents(kind).all()) {
      if ((one.status !== "AUTHORISED" && one.status !== "PAID") || one.date > until) continue;
      const sign = isSales(one.type) === (kind === "invoice") ? 1n : -1n;
      book(one, isSales(one.type) ? debtors : creditors, sign);
    }
  }
  for (const one of tenant.bankTransactions.all()) {
    if (one.status === "DELETED" || one.date > until) continue;
    const sign = one.type.startsWith("RECEIVE") ? 1n : -1n;
    if (one.overpaymentId === null) {
      book(one, one.bankAccountId, sign);
      continue;
    }
    const value = inBase(minor(one.total), one.rate);
    add(one.bankAccountId, sign * value);
    add(one.type.startsWith("RECEIVE") ? debtors : creditors, -sign * value);
  }
  for (const payment of tenant.payments.all()) {
    if (payment.status === "DELETED" || payment.date > until) continue;
    const document = tenant.documents(payment.documentKind).get(payment.documentId);
    if (document === undefined) continue;
    const sales = isSales(document.type);
    const comesIn = sales === (document.kind === "invoice");
    const sign = comesIn ? 1n : -1n;
    const bank = inBase(
      minor(payment.bankAmount),
      tenant.accounts.get(payment.accountId)?.currency === document.currency ? payment.rate : "1",
    );
    const owed = inBase(minor(payment.amount), document.rate);
    add(payment.accountId, sign * bank);
    add(sales ? debtors : creditors, -sign * owed);
    if (bank !== owed) add(gains, -sign * (bank - owed));
  }
  for (const journal of tenant.journals.all()) {
    if (journal.status !== "POSTED" || journal.date > until) continue;
    for (const line of journal.lines) add(line.accountId, minor(line.amount));
  }
  return sums;
}

const SECTIONS: readonly [title: string, classes: readonly string[]][] = [
  ["Revenue", ["REVENUE"]],
  ["Expenses", ["EXPENSE"]],
  ["Assets", ["ASSET"]],
  ["Liabilities", ["LIABILITY"]],
  ["Equity", ["EQUITY"]],
];

/** The trial balance up to a day, as Xero lays a report out. */
export function trialBalance(tenant: Tenant, date: string | null, now: number): WireObject {
  const until = date ?? today(now);
  const yearStart = startOfYear(until);
  const sums = balances(tenant, until);
  const beforeYear = balances(tenant, dayBefore(yearStart));
  const beforeMonth = balances(tenant, dayBefore(`${until.slice(0, 7)}-01`));
  let debits = 0n;
  let credits = 0n;
  const cell = (value: bigint) => (value === 0n ? "" : amount(value));
  const rows: WireObject[] = SECTIONS.flatMap(([title, classes]) => {
    const inside = tenant.accounts
      .all()
      .filter((account) => classes.includes(account.class))
      .sort((a, b) => a.position - b.position)
      .flatMap((account) => {
        const profit = account.class === "REVENUE" || account.class === "EXPENSE";
        const whole = sums.get(account.id) ?? 0n;
        const year = profit ? whole - (beforeYear.get(account.id) ?? 0n) : whole;
        const month = profit ? whole - (beforeMonth.get(account.id) ?? 0n) : whole;
        if (year === 0n) return [];
        if (year > 0n) debits += year;
        else credits -= year;
        const attributes = [{ Value: account.id, Id: "account" }];
        const values = [month > 0n ? month : 0n, month < 0n ? -month : 0n, year > 0n ? year : 0n, year < 0n ? -year : 0n];
        const name = account.code === null ? account.name : `${account.name} (${account.code})`;
        return [{ RowType: "Row", Cells: [name, ...values.map(cell)].map((Value) => ({ Value, Attributes: attributes })) }];
      });
    return inside.length === 0 ? [] : [{ RowType: "Section", Title: title, Rows: inside }];
  });
  const earlier = [...sums].reduce((sum, [id]) => {
    const account = tenant.accounts.get(id);
    return account !== undefined && (account.class === "REVENUE" || account.class === "EXPENSE")
      ? sum + (beforeYear.get(id) ?? 0n)
      : sum;
  }, 0n);
  const retained = tenant.systemAccount("RETAINEDEARNINGS");
  if (earlier !== 0n && retained !== undefined) {
    if (earlier > 0n) debits += earlier;
    else credits -= earlier;
    const values = ["", "", earlier > 0n ? amount(earlier) : "", earlier < 0n ? amount(-earlier) : ""];
    rows.push({
      RowType: "Section",
      Title: "Equity",
      Rows: [
        {
          RowType: "Row",
          Cells: [`${retained.name} (${retained.code ?? ""})`, ...values].map((Value) => ({
            Value,
            Attributes: [{ Value: retained.id, Id: "account" }],
          })),
        },
      ],
    });
  }
  return {
    Reports: [
      {
        ReportID: "TrialBalance",
        ReportName: "Trial Balance",
        ReportType: "TrialBalance",
        ReportTitles: ["Trial Balance", tenant.info.name, `As at ${until}`],
        ReportDate: until,
        UpdatedDateUTC: `/Date(${now}+0000)/`,
        Rows: [
          { RowType: "Header", Cells: ["Account", "Debit", "Credit", "YTD Debit", "YTD Credit"].map((Value) => ({ Value })) },
          ...rows,
          {
            RowType: "Section",
            Title: "",
            Rows: [
              { RowType: "SummaryRow", Cells: ["Total", "", "", amount(debits), amount(credits)].map((Value) => ({ Value })) },
            ],
          },
        ],
      },
    ],
  };
}

/** The organisations' year begins on 1 April. */
function startOfYear(date: string): string {
  const year = Number(date.slice(0, 4));
  return `${date.slice(5) >= "04-01" ? year : year - 1}-04-01`;
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
