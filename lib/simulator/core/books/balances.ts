import type { Books } from "#lib/simulator/core/books/books.ts";
import { isCredit, isSales } from "#lib/simulator/core/books/documents.ts";
import { minor, parseDecimal, quotient } from "#lib/simulator/core/decimal.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

function inBase(value: bigint, rate: string): bigint {
  const factor = rate === "1" ? null : parseDecimal(rate);
  return factor === null || factor.units === 0n ? value : quotient({ units: value, scale: 2 }, factor, 2).units;
}

/** Hundredths of the organisation's currency by account id, of everything dated up to `until`: debits above zero. */
export function balances<Own extends OwnSettings>(books: Books<Own>, until: string): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  const add = (id: string | null | undefined, value: bigint) => {
    if (id != null) sums.set(id, (sums.get(id) ?? 0n) + value);
  };
  const receivable = books.accountOf("receivable")?.id;
  const payable = books.accountOf("payable")?.id;
  const tax = books.accountOf("tax")?.id;
  const undeposited = books.accountOf("undeposited")?.id;
  for (const one of books.list("documents")) {
    if (one.status !== "open" || one.date > until) continue;
    const sign = isSales(one.type) !== isCredit(one.type) ? 1n : -1n;
    const control = one.bankAccountId ?? (isSales(one.type) ? receivable : payable);
    let left = inBase(minor(one.gross), one.rate);
    add(control, sign * left);
    for (const [at, line] of one.lines.entries()) {
      const value = inBase(minor(line.net), one.rate);
      left -= value;
      const last = at === one.lines.length - 1;
      // Conversion may leave a penny over: it goes with the tax, and without tax with the last line.
      add(line.accountId, -sign * (last && minor(one.tax) === 0n ? value + left : value));
      if (last && minor(one.tax) === 0n) left = 0n;
    }
    add(tax, -sign * left);
  }
  for (const one of books.list("payments")) {
    if (one.status !== "live" || one.date > until) continue;
    const sign = one.direction === "in" ? 1n : -1n;
    const first = books.part("documents").get(one.lines[0]?.documentId ?? "");
    const value = inBase(minor(one.amount), first?.currency === one.currency ? first.rate : "1");
    const party = one.partyId === null ? undefined : books.part("parties").get(one.partyId);
    const sales = first === undefined ? party?.kind !== "supplier" && one.direction === "in" : isSales(first.type);
    add(one.accountId ?? undeposited, sign * value);
    add(sales ? receivable : payable, -sign * value);
  }
  for (const one of books.list("deposits")) {
    if (one.date > until) continue;
    add(one.accountId, minor(one.total));
    for (const line of one.lines) add(line.accountId, -minor(line.amount));
    for (const id of one.paymentIds) {
      const payment = books.part("payments").get(id);
      if (payment !== undefined) add(payment.accountId ?? undeposited, -minor(payment.amount));
    }
  }
  for (const one of books.list("journals")) {
    if (one.date > until) continue;
    for (const line of one.lines) add(line.accountId, minor(line.amount));
  }
  return sums;
}
