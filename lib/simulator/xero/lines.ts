import { randomUUID } from "node:crypto";
import {
  amount,
  type Decimal,
  formatDecimal,
  minor,
  multiply,
  parseDecimal,
  quotient,
  round,
  significantScale,
  taxOn,
  taxWithin,
  trimDecimal,
} from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { mayTax } from "#lib/simulator/xero/chart.ts";
import { amountOf, decimalOf, ElementRefused, listOf, textOf, type WriteContext } from "#lib/simulator/xero/element.ts";
import type { Account, Line } from "#lib/simulator/xero/records.ts";
import { num, type WireObject } from "#lib/simulator/xero/wire.ts";

export type LineAmountTypes = "Exclusive" | "Inclusive" | "NoTax";

export type LineRules = {
  lineAmountTypes: LineAmountTypes;
  /** Sales or purchases: which side of an item and which default tax. */
  side: "sales" | "purchases";
  /** Every line must be whole; a draft may lack its account. */
  approved: boolean;
  /** Over- and prepayments: no account, Xero posts to debtors or creditors. */
  noAccount?: boolean;
  /** Money lines: no zero price, no quantity of zero or less. */
  money?: boolean;
  discounts: boolean;
  old: readonly Line[];
};

export type Lines = { lines: Line[]; subTotal: bigint; totalTax: bigint; total: bigint; warnings: string[] };

const LARGEST_LINE = 999_999_999_999n;

/** Reads, checks and adds up the lines of a document. @throws {ElementRefused} with every fault of every line */
export function readLines(context: WriteContext, sent: readonly WireObject[], rules: LineRules): Lines {
  const warnings: string[] = [];
  const faults = new Map<number, string[]>();
  const lines = sent.map((element, position) => {
    const errors: string[] = [];
    const line = readLine(context, element, position, rules, errors, warnings);
    if (errors.length > 0) faults.set(position, errors);
    return line;
  });
  if (faults.size > 0) throw new ElementRefused([...new Set([...faults.values()].flat())], faults);
  return { lines, ...totals(lines, rules.lineAmountTypes), warnings };
}

/** Sums of a document's lines, in hundredths. Tax is per line, then added. */
export function totals(lines: readonly Line[], types: LineAmountTypes): { subTotal: bigint; totalTax: bigint; total: bigint } {
  let sum = 0n;
  let totalTax = 0n;
  for (const line of lines) {
    sum += minor(line.amount);
    totalTax += minor(line.tax);
  }
  if (types === "NoTax") return { subTotal: sum, totalTax: 0n, total: sum };
  return types === "Inclusive"
    ? { subTotal: sum - totalTax, totalTax, total: sum }
    : { subTotal: sum, totalTax, total: sum + totalTax };
}

function readLine(
  context: WriteContext,
  element: WireObject,
  position: number,
  rules: LineRules,
  errors: string[],
  warnings: string[],
): Line {
  const { tenant } = context;
  const path = (name: string) => `LineItems[${position}].${name}`;
  const text = (name: string) => textOf(element, name, path(name)) ?? null;
  const lineId = text("LineItemID");
  const old = lineId === null ? undefined : rules.old.find((line) => line.id === lineId);
  const itemCode = text("ItemCode");
  const item = itemCode === null || itemCode === "" ? undefined : tenant.items.find("code", fold(itemCode))[0];
  if (itemCode !== null && itemCode !== "" && item === undefined) errors.push(`Item code '${itemCode}' is not valid`);
  const itemSide = rules.side === "sales" ? item?.sales : item?.purchases;
  const itemText = rules.side === "sales" ? item?.description : (item?.purchaseDescription ?? item?.description);
  const description = text("Description") ?? itemText ?? null;
  if (description !== null && description.length > 4000)
    errors.push("The description for this line item exceeds the maximum length of 4000 characters");

  const decimal = (name: string): Decimal | null => {
    const given = decimalOf(element, name, path(name));
    return given === undefined ? null : parseDecimal(given);
  };
  let unit = decimal("UnitAmount") ?? (itemSide?.unitPrice == null ? null : parseDecimal(itemSide.unitPrice));
  let quantity = decimal("Quantity");
  const given = amountOf(element, "LineAmount", path("LineAmount"));
  const accountCode = text("AccountCode");
  const accountId = text("AccountID");
  const descriptionOnly =
    unit === null && given === undefined && quantity === null && accountCode === null && accountId === null && item === undefined;

  let badlyFormed = false;
  if (unit !== null && significantScale(unit) > 4) badlyFormed = true;
  if (quantity !== null && formatDecimal(quantity).length > 13) badlyFormed = true;
  if (unit !== null) unit = round(unit, context.unitDigits);
  if (quantity !== null) quantity = round(quantity, 4);
  const discountRate = rules.discounts ? decimal("DiscountRate") : null;
  const discountAmount = rules.discounts ? decimal("DiscountAmount") : null;

  let lineAmount = given ?? 0n;
  if (unit !== null && (quantity !== null || given === undefined)) {
    quantity ??= { units: 1n, scale: 0 };
    let expected = multiply(quantity, unit);
    if (discountRate !== null) {
      expected = multiply(expected, {
        units: 100n * 10n ** BigInt(discountRate.scale) - discountRate.units,
        scale: discountRate.scale + 2,
      });
    }
    lineAmount = round(expected, 2).units;
    if (discountAmount !== null) lineAmount -= round(discountAmount, 2).units;
    if (given !== undefined && given !== lineAmount) {
      errors.push(`The line total ${amount(given)} does not match the expected line total ${amount(lineAmount)}`);
    }
  } else if (given !== undefined && unit === null) {
    quantity ??= { units: 1n, scale: 0 };
    if (quantity.units !== 0n) unit = quotient({ units: given, scale: 2 }, quantity, context.unitDigits);
  } else if (given !== undefined && unit !== null) {
    if (unit.units !== 0n) quantity = quotient({ units: given, scale: 2 }, unit, 4);
  }
  if (lineAmount > LARGEST_LINE || lineAmount < -LARGEST_LINE)
    errors.push("The line amount must be between -9999999999.99 and 9999999999.99");
  if (rules.money === true && !descriptionOnly) {
    if (unit === null || unit.units === 0n) {
      errors.push(
        `The UnitAmount value "${formatDecimal(round(unit ?? { units: 0n, scale: 0 }, 4))}" is invalid. UnitAmount must not be equal to zero.`,
      );
    }
    if (quantity !== null && quantity.units <= 0n) errors.push("The Quantity must be greater than zero");
  }

  const account = rules.noAccount
    ? undefined
    : findAccount(
        context,
        { code: accountCode, id: accountId, fallback: itemSide?.account ?? itemSide?.cogsAccount ?? null },
        descriptionOnly,
        rules,
        errors,
        warnings,
      );
  if (badlyFormed) errors.push("Account must be valid.", "Tax rate must be valid.");

  let taxType = text("TaxType");
  if (taxType === "") taxType = null;
  if (taxType === null && !descriptionOnly) taxType = itemSide?.taxType ?? account?.taxType ?? null;
  if (rules.lineAmountTypes === "NoTax" || rules.noAccount === true) taxType = descriptionOnly ? null : "NONE";
  let percent = "0";
  if (taxType !== null) {
    const rate = tenant.taxRates.get(taxType);
    if (rate === undefined || rate.status !== "ACTIVE") {
      errors.push(`The TaxType code ${taxType} does not exist or cannot be used for this type of transaction.`);
    } else {
      percent = rate.rate;
      if (account !== undefined && rules.lineAmountTypes !== "NoTax" && !mayTax(rate, account.class)) {
        errors.push(`The TaxType code '${taxType}' cannot be used with account code '${account.code ?? account.name}'.`);
      }
    }
  }
  const computed = rules.lineAmountTypes === "Inclusive" ? taxWithin(lineAmount, percent) : taxOn(lineAmount, percent);
  const sentTax = amountOf(element, "TaxAmount", path("TaxAmount"));
  if (rules.money === true && sentTax !== undefined && sentTax !== computed && rules.lineAmountTypes !== "NoTax") {
    errors.push(`The TaxAmount ${amount(sentTax)} does not match the calculated tax amount ${amount(computed)}`);
  }
  const tax = rules.lineAmountTypes === "NoTax" ? 0n : (sentTax ?? computed);

  const tracking = (listOf(element, "Tracking") ?? []).slice(0, 2).flatMap((choice) => {
    const name = textOf(choice, "Name");
    const categoryId = textOf(choice, "TrackingCategoryID");
    const category = tenant.tracking
      .all()
      .find((one) => one.id === categoryId || (name != null && fold(one.name) === fold(name)));
    const wanted = textOf(choice, "Option");
    const option = category?.options.find(
      (one) => one.id === textOf(choice, "TrackingOptionID") || (wanted != null && fold(one.name) === fold(wanted)),
    );
    if (category === undefined || option === undefined) return [];
    return [{ categoryId: category.id, optionId: option.id, name: category.name, option: option.name }];
  });
  return {
    id: old?.id ?? lineId ?? randomUUID(),
    description,
    quantity: quantity === null ? null : trimDecimal(quantity, 4),
    unit: unit === null ? null : trimDecimal(unit, 2),
    itemCode: item?.code ?? null,
    accountId: account?.id ?? null,
    taxType,
    tax: amount(tax),
    amount: amount(lineAmount),
    discountRate: discountRate === null ? null : trimDecimal(discountRate, 2),
    discountAmount: discountAmount === null ? null : trimDecimal(discountAmount, 2),
    tracking,
  };
}

function findAccount(
  context: WriteContext,
  wanted: { code: string | null; id: string | null; fallback: string | null },
  descriptionOnly: boolean,
  rules: LineRules,
  errors: string[],
  warnings: string[],
): Account | undefined {
  const { tenant } = context;
  const code = wanted.code === "" ? null : wanted.code;
  const id = wanted.id === "" ? null : wanted.id;
  if (id === null && code === null && wanted.fallback === null) {
    if (rules.approved && !descriptionOnly) errors.push("Account code or ID must be specified");
    return undefined;
  }
  const name = code ?? wanted.fallback ?? id ?? "";
  const account = id !== null ? tenant.accounts.get(id.toLowerCase()) : tenant.accountByCode(name);
  if (account === undefined) {
    if (rules.approved)
      errors.push(id !== null ? "Account must be valid." : `Account code '${name}' is not a valid code for this document.`);
    else warnings.push(`Account code '${name}' has been removed as it does not match a recognised account.`);
    return undefined;
  }
  if (account.status === "ARCHIVED") {
    errors.push(
      `Account code '${account.code ?? name}' has been archived, or has been deleted. Each line item must reference a valid account.`,
    );
    return undefined;
  }
  const system = account.system !== null && account.system !== "ROUNDING";
  if (system || account.type === "BANK") {
    errors.push(`Account code '${account.code ?? name}' is not a valid code for this document.`);
    return undefined;
  }
  return account;
}

/** Lines on the wire; unit prices with 2 or 4 digits. */
export function wireLines(
  context: { tenant: WriteContext["tenant"]; unitDigits: 2 | 4 },
  lines: readonly Line[],
  discounts: boolean,
): WireObject[] {
  return lines.map((line) => {
    const account = line.accountId === null ? undefined : context.tenant.accounts.get(line.accountId);
    const unit = line.unit === null ? null : parseDecimal(line.unit);
    return {
      LineItemID: line.id,
      ItemCode: line.itemCode ?? undefined,
      Description: line.description ?? undefined,
      UnitAmount: unit === null ? undefined : num(trimDecimal(round(unit, context.unitDigits), 2)),
      TaxType: line.taxType ?? undefined,
      TaxAmount: num(line.tax),
      LineAmount: num(line.amount),
      AccountCode: account?.code ?? undefined,
      AccountID: account?.id,
      Quantity: line.quantity === null ? undefined : num(line.quantity),
      DiscountRate: discounts && line.discountRate !== null ? num(line.discountRate) : undefined,
      DiscountAmount: discounts && line.discountAmount !== null ? num(line.discountAmount) : undefined,
      Tracking: line.tracking.map((choice) => ({
        Name: choice.name,
        Option: choice.option,
        TrackingCategoryID: choice.categoryId,
        TrackingOptionID: choice.optionId,
      })),
      ValidationErrors: [],
    };
  });
}
