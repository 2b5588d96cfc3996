import type { Books } from "#lib/simulator/core/books/books.ts";
import type { Line } from "#lib/simulator/core/books/records.ts";
import type { Reason } from "#lib/simulator/core/books/refusal.ts";
import { amount, multiply, parseDecimal, round, taxOn, taxWithin } from "#lib/simulator/core/decimal.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

/** A line as a wire gives it. `amount` wins over quantity × unit price; `tax` over what the percent comes to. */
export type LineInput = {
  id?: string;
  description?: string | null;
  quantity?: string | null;
  unit?: string | null;
  amount?: string | null;
  accountId?: string | null;
  itemId?: string | null;
  taxId?: string | null;
  /** Given where the package has no tax rates of its own; else the rate's. */
  percent?: string;
  tax?: string | null;
  own?: Readonly<Record<string, unknown>>;
};

/** Whether the lines' amounts have tax in them; `none` charges none. */
export type AmountsAre = "net" | "gross" | "untaxed";

const cents = (text: string | null | undefined): bigint | null => {
  const value = text == null ? null : parseDecimal(text);
  return value === null ? null : round(value, 2).units;
};

/** Lines with their net and tax, and the sums. What is wrong with them is added to `reasons`. */
export function reckon<Own extends OwnSettings>(
  books: Books<Own>,
  inputs: readonly LineInput[],
  how: { amounts: AmountsAre; side: "sales" | "purchases"; needsAccount: boolean },
  reasons: Reason[],
): { lines: Line[]; net: bigint; tax: bigint } {
  const priced = inputs.map((input, at) => price(books, input, at, how, reasons));
  const byRate = new Map<string, { base: bigint; tax: bigint; last: number }>();
  for (const [at, one] of priced.entries()) {
    if (one.given) continue;
    const sum = byRate.get(one.percent) ?? { base: 0n, tax: 0n, last: at };
    byRate.set(one.percent, { base: sum.base + one.base, tax: sum.tax + one.tax, last: at });
  }
  // Tax of a rate is rounded once: what the lines' own rounding leaves over goes to the last of them.
  if (books.policy.taxPer === "rate")
    for (const [percent, { base, tax, last }] of byRate) {
      const line = priced[last];
      const whole = how.amounts === "gross" ? taxWithin(base, percent) : taxOn(base, percent);
      if (line !== undefined && how.amounts !== "untaxed") line.tax += whole - tax;
    }
  let net = 0n;
  let tax = 0n;
  const lines = priced.map(({ input, base, percent, tax: own }): Line => {
    const lineNet = how.amounts === "gross" ? base - own : base;
    net += lineNet;
    tax += own;
    return {
      id: input.id ?? books.newId(),
      description: input.description ?? null,
      quantity: input.quantity ?? null,
      unit: input.unit ?? null,
      accountId: input.accountId ?? null,
      itemId: input.itemId ?? null,
      taxId: input.taxId ?? null,
      percent,
      net: amount(lineNet),
      tax: amount(own),
      own: input.own ?? {},
    };
  });
  return { lines, net, tax };
}

function price<Own extends OwnSettings>(
  books: Books<Own>,
  input: LineInput,
  line: number,
  how: { amounts: AmountsAre; side: "sales" | "purchases"; needsAccount: boolean },
  reasons: Reason[],
) {
  const quantity = parseDecimal(input.quantity ?? "1");
  const unit = input.unit == null ? null : parseDecimal(input.unit);
  const product = quantity === null || unit === null ? null : round(multiply(quantity, unit), 2).units;
  const base = cents(input.amount) ?? product ?? 0n;
  const rate = input.taxId == null ? undefined : books.part("taxRates").get(input.taxId);
  if (input.taxId != null && (rate === undefined || !rate.active))
    reasons.push({ code: "unknown-tax", line, field: "taxId", text: input.taxId });
  const item = input.itemId == null ? undefined : books.part("items").get(input.itemId);
  if (input.itemId != null && (item === undefined || item.deleted || !item.active))
    reasons.push({ code: "unknown-item", line, field: "itemId", text: input.itemId });
  const itemAccount = how.side === "sales" ? item?.incomeAccountId : item?.expenseAccountId;
  const accountId = input.accountId ?? itemAccount ?? null;
  if (accountId !== null) checkAccount(books, accountId, line, reasons);
  else if (how.needsAccount && base !== 0n) reasons.push({ code: "required", line, field: "accountId" });
  const percent = input.percent ?? rate?.percent ?? "0";
  const given = cents(input.tax);
  const reckoned = how.amounts === "gross" ? taxWithin(base, percent) : taxOn(base, percent);
  const tax = given ?? (how.amounts === "untaxed" ? 0n : reckoned);
  return { input: { ...input, accountId }, base, percent, tax, given: given !== null };
}

function checkAccount<Own extends OwnSettings>(books: Books<Own>, id: string, line: number, reasons: Reason[]): void {
  const account = books.part("accounts").get(id);
  const about = { line, field: "accountId", text: id };
  if (account === undefined || account.deleted) reasons.push({ code: "unknown-account", ...about });
  else if (!account.active) reasons.push({ code: "inactive-account", ...about });
  else if (books.policy.notOnLines.includes(account.role)) reasons.push({ code: "wrong-account", ...about });
}
