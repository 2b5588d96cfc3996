import { randomUUID } from "node:crypto";
import { formatDecimal, parseDecimal, round, trimDecimal } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { booleanOf, decimalOf, objectOf, refuse, textOf, type WriteContext, type Written } from "#lib/simulator/xero/element.ts";
import type { Listing } from "#lib/simulator/xero/listing.ts";
import type { Item, ItemSide } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { moment, num, type WireObject } from "#lib/simulator/xero/wire.ts";

const NO_SIDE: ItemSide = { unitPrice: null, account: null, cogsAccount: null, taxType: null };

/** PUT creates, POST creates or updates, by id or code. @throws {ElementRefused} */
export function writeItem(context: WriteContext, sent: WireObject): Written {
  const { tenant } = context;
  const id = textOf(sent, "ItemID") || null;
  const code = textOf(sent, "Code") ?? null;
  const named = code === null ? undefined : tenant.items.find("code", fold(code))[0];
  let old: Item | undefined;
  if (!context.createOnly) {
    old = id === null ? named : tenant.items.get(id.toLowerCase());
    if (id !== null && old === undefined) refuse("The item with the specified ItemID could not be found");
  }
  const errors: string[] = [];
  const finalCode = code ?? old?.code ?? "";
  if (finalCode.trim() === "") errors.push("Price List Item Code must be supplied");
  if (finalCode.length > 30) errors.push("Price List Item Code must be 30 characters or fewer");
  if (named !== undefined && named.id !== old?.id) errors.push(`Price List Item with Code '${finalCode}' already exists`);
  const text = (name: string, before: string | null | undefined) => {
    const given = textOf(sent, name);
    return given === undefined ? (before ?? null) : given === "" ? null : given;
  };
  const name = text("Name", old?.name);
  if (name !== null && name.length > 50) errors.push("Price List Item Name must be 50 characters or fewer");
  const description = text("Description", old?.description);
  if (description !== null && description.length > 4000)
    errors.push("Price List Item Description must be 4000 characters or fewer");
  const side = (key: string, before: ItemSide | undefined): ItemSide => {
    const given = objectOf(sent, key);
    if (given === undefined) return before ?? NO_SIDE;
    const price = decimalOf(given, "UnitPrice", `${key}.UnitPrice`);
    const value = price === undefined ? null : parseDecimal(price);
    const result = {
      unitPrice: value === null ? (before?.unitPrice ?? null) : trimDecimal(round(value, context.unitDigits), 2),
      account: textOf(given, "AccountCode") ?? before?.account ?? null,
      cogsAccount: textOf(given, "COGSAccountCode") ?? before?.cogsAccount ?? null,
      taxType: textOf(given, "TaxType") ?? before?.taxType ?? null,
    };
    for (const one of [result.account, result.cogsAccount]) {
      if (one === null || one === "") continue;
      const account = tenant.accountByCode(one);
      if (account === undefined || account.type === "BANK" || account.system !== null)
        errors.push(`Account code '${one}' is not a valid code for this document.`);
      else if (account.status === "ARCHIVED") {
        errors.push(
          `Account code '${one}' has been archived, or has been deleted. Each line item must reference a valid account.`,
        );
      }
    }
    if (result.taxType !== null && tenant.taxRates.get(result.taxType)?.status !== "ACTIVE") {
      errors.push(`The TaxType code ${result.taxType} does not exist or cannot be used for this type of transaction.`);
    }
    return result;
  };
  const item: Item = {
    id: old?.id ?? randomUUID(),
    updatedAt: context.now,
    code: finalCode,
    name,
    description,
    purchaseDescription: text("PurchaseDescription", old?.purchaseDescription),
    isSold: booleanOf(sent, "IsSold") ?? old?.isSold ?? true,
    isPurchased: booleanOf(sent, "IsPurchased") ?? old?.isPurchased ?? true,
    sales: side("SalesDetails", old?.sales),
    purchases: side("PurchaseDetails", old?.purchases),
    inventoryAccount: text("InventoryAssetAccountCode", old?.inventoryAccount),
  };
  if (item.inventoryAccount !== null && tenant.accountByCode(item.inventoryAccount)?.type !== "INVENTORY") {
    errors.push("InventoryAssetAccountCode must be an account of type INVENTORY");
  }
  if (errors.length > 0) refuse(...errors);
  tenant.items.put(item);
  return { wire: wireItem(item, context.unitDigits), warnings: [], ids: [item.id] };
}

export function wireItem(item: Item, digits: 2 | 4): WireObject {
  const side = (one: ItemSide): WireObject | undefined => {
    if (one.unitPrice === null && one.account === null && one.cogsAccount === null && one.taxType === null) return undefined;
    const price = one.unitPrice === null ? null : parseDecimal(one.unitPrice);
    return {
      UnitPrice: price === null ? undefined : num(formatDecimal(round(price, digits))),
      AccountCode: one.account ?? undefined,
      COGSAccountCode: one.cogsAccount ?? undefined,
      TaxType: one.taxType ?? undefined,
    };
  };
  const tracked = item.inventoryAccount !== null && item.purchases.cogsAccount !== null;
  return {
    ItemID: item.id,
    Code: item.code,
    Name: item.name ?? item.code,
    Description: item.description ?? undefined,
    PurchaseDescription: item.purchaseDescription ?? undefined,
    UpdatedDateUTC: moment(item.updatedAt),
    PurchaseDetails: side(item.purchases) ?? {},
    SalesDetails: side(item.sales) ?? {},
    InventoryAssetAccountCode: item.inventoryAccount ?? undefined,
    IsTrackedAsInventory: tracked,
    ...(tracked ? { TotalCostPool: num("0.00"), QuantityOnHand: num("0.0000") } : {}),
    IsSold: item.isSold,
    IsPurchased: item.isPurchased,
  };
}

export function itemListing(tenant: Tenant, digits: 2 | 4): Listing<Item> {
  return {
    plural: "Items",
    collection: tenant.items,
    paged: false,
    indices: { itemid: "id", code: "code" },
    read: (one, field) => {
      const values: Record<string, string | number | boolean | null> = {
        itemid: one.id,
        code: one.code,
        name: one.name,
        description: one.description,
        issold: one.isSold,
        ispurchased: one.isPurchased,
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: (one) => wireItem(one, digits),
  };
}
