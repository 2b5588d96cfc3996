import { amount, minor, multiply, parseDecimal, taxOn } from "#lib/simulator/core/decimal.ts";
import { percentsOf } from "#lib/simulator/quickbooks-online/chart.ts";
import { type Entity, SALES } from "#lib/simulator/quickbooks-online/fields.ts";
import type { Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { childOf, listOf, missing, Refused, refOf, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

/** @throws {Refused} 2500 for what is not there, 610 for what is inactive */
export function wanted(
  tenant: Tenant,
  entity: "Customer" | "Vendor" | "Item" | "Account" | "TaxCode",
  id: string | null,
): WireObject {
  const words = { Customer: "Names", Vendor: "Names", Item: "Items", Account: "Accounts", TaxCode: "TaxCodes" }[entity];
  const found = id === null ? undefined : tenant.part(entity).get(id);
  if (!found) throw new Refused("2500", "Invalid Reference Id", `Invalid Reference Id : ${words} element id ${id} not found`);
  if (found.body.Active === false) {
    const list = words.toLowerCase();
    throw new Refused(
      "610",
      "Object Not Found",
      `Object Not Found : Something you're trying to use has been made inactive. Check the fields with ${list}.`,
    );
  }
  return found.body;
}

/** @throws {Refused} 6210 */
export function checkOpen(tenant: Tenant, date: string | null): void {
  const closed = tenant.closedTo;
  if (date === null || closed === null || date > closed) return;
  throw new Refused(
    "6210",
    "Account Period Closed, Cannot Update Through Services API",
    "The account period has closed and the account books cannot be updated through through the QBO Services API. Please use the QBO website to make these changes.",
  );
}

/** @throws {Refused} */
export function checkDate(body: WireObject): string {
  const date = textOf(body, "TxnDate");
  if (date === null) throw missing("TxnDate");
  return date;
}

/** @throws {Refused} 2050 */
export function checkLength(body: WireObject, name: string, most: number): void {
  const said = textOf(body, name) ?? "";
  if (said.length <= most) return;
  const detail = `String length specified does not match the supported length. Min:0 Max:${most} supported. Supplied length:${said.length}`;
  throw new Refused("2050", "String length is either shorter or longer than supported by specification", detail, name);
}

/**
 * An invoice, bill or credit as it will be kept: its lines with ids, its tax as it was said or as the company reckons it.
 * @param before of one that is changed
 * @throws {Refused}
 */
export function documentOf(tenant: Tenant, entity: Entity, given: WireObject, id: string | null): WireObject {
  const isSale = SALES.includes(entity);
  wanted(tenant, isSale ? "Customer" : "Vendor", refOf(given, isSale ? "CustomerRef" : "VendorRef"));
  checkOpen(tenant, checkDate(given));
  checkLength(given, "DocNumber", 21);
  const lines = listOf(given, "Line");
  if (lines.length === 0) throw missing("Line");
  const used = new Set(lines.flatMap((line) => textOf(line, "Id") ?? []));
  let next = 1;
  const numbered = lines.map((line, position) => {
    let lineId = textOf(line, "Id");
    if (lineId === null) {
      while (used.has(String(next))) next += 1;
      lineId = String(next);
      used.add(lineId);
    }
    return { ...lineOf(tenant, isSale, line), Id: lineId, LineNum: String(position + 1) };
  });
  const number = numberOf(tenant, entity, given, id);
  const { DocNumber: _, ...rest } = given;
  const body: WireObject = { CurrencyRef: { value: tenant.info.currency }, ...rest, Line: numbered };
  const tax = taxDetail(tenant, isSale, body);
  return { ...body, ...(number === null ? {} : { DocNumber: number }), TxnTaxDetail: tax };
}

function lineOf(tenant: Tenant, isSale: boolean, line: WireObject): WireObject {
  const name = isSale ? "SalesItemLineDetail" : "AccountBasedExpenseLineDetail";
  const detail = childOf(line, name);
  const amountSaid = textOf(line, "Amount");
  if (!detail || amountSaid === null) throw missing("Line.Amount");
  checkTaxCode(tenant, detail);
  checkLength(line, "Description", 4_000);
  if (!isSale) {
    wanted(tenant, "Account", refOf(detail, "AccountRef"));
    return line;
  }
  const item = wanted(tenant, "Item", refOf(detail, "ItemRef"));
  const [quantity, price] = [parseDecimal(textOf(detail, "Qty") ?? ""), parseDecimal(textOf(detail, "UnitPrice") ?? "")];
  const due = parseDecimal(amountSaid);
  if (quantity && price && due) {
    const made = multiply(quantity, price);
    const scale = Math.max(made.scale, due.scale);
    const at = (one: { units: bigint; scale: number }) => one.units * 10n ** BigInt(scale - one.scale);
    if (at(made) !== at(due))
      throw new Refused(
        "6070",
        "Amount calculation incorrect in the request",
        `Amount is not equal to UnitPrice * Qty. Supplied value:${amountSaid}`,
        "Line.Amount",
      );
  }
  const account = item.IncomeAccountRef ?? null;
  return { ...line, SalesItemLineDetail: { ...detail, ItemAccountRef: account } };
}

/** @throws {Refused} */
function checkTaxCode(tenant: Tenant, detail: WireObject): void {
  const code = refOf(detail, "TaxCodeRef");
  if (tenant.settings.country === "US") {
    if (code !== null && code !== "TAX" && code !== "NON")
      throw new Refused("6100", "Invalid tax code", "Line tax codes of a company in the United States are TAX and NON");
    return;
  }
  if (!tenant.settings.taxSetUp) return;
  if (code === null)
    throw new Refused(
      "6000",
      "A business validation error has occurred while processing your request",
      "Business Validation Error: Make sure all your transactions have a VAT rate before you save.",
    );
  wanted(tenant, "TaxCode", code);
}

/** What a company numbers by itself, or the number that it was given. */
function numberOf(tenant: Tenant, entity: Entity, given: WireObject, id: string | null): string | null {
  const said = textOf(given, "DocNumber");
  if (entity !== "Invoice") return said;
  const before = id === null ? undefined : tenant.part("Invoice").get(id);
  if (!tenant.settings.customTxnNumbers) return before ? textOf(before.body, "DocNumber") : tenant.nextNumber("QB", () => false);
  const other =
    said === null
      ? undefined
      : tenant
          .part("Invoice")
          .find("number", said)
          .find((one) => one.id !== id);
  if (other)
    throw new Refused(
      "6140",
      "Duplicate Document Number Error",
      `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${said} is assigned to TxnType=Invoice with TxnId=${other.id}`,
    );
  return said;
}

function taxDetail(tenant: Tenant, isSale: boolean, body: WireObject): WireObject {
  const given = childOf(body, "TxnTaxDetail");
  const said = given && textOf(given, "TotalTax");
  const isOutside = body.GlobalTaxCalculation === "NotApplicable";
  if (isOutside && said && minor(said) !== 0n)
    throw new Refused("6170", "Invalid tax detail", "Tax detail is not allowed where GlobalTaxCalculation is NotApplicable");
  if (given && said && tenant.settings.keepsGivenTax) return given;
  if (isOutside || (!tenant.settings.taxSetUp && tenant.settings.country !== "US")) return { TotalTax: "0" };
  const side = isSale ? "Sales" : "Purchase";
  let total = 0n;
  for (const line of listOf(body, "Line")) {
    const detail = childOf(line, "SalesItemLineDetail") ?? childOf(line, "AccountBasedExpenseLineDetail") ?? {};
    const code = refOf(detail, "TaxCodeRef") ?? "";
    const net = minor(textOf(line, "Amount") ?? "0");
    if (tenant.settings.country === "US") total += isSale && code === "TAX" ? taxOn(net, tenant.settings.autoTaxPercent) : 0n;
    else
      for (const { percent } of percentsOf(tenant.part("TaxCode").all(), tenant.part("TaxRate").all(), code, side))
        total += taxOn(net, percent);
  }
  return { TotalTax: amount(total) };
}
