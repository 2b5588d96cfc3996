import { fold } from "#lib/simulator/core/ids.ts";
import { checkLength, wanted } from "#lib/simulator/quickbooks-online/documents.ts";
import type { Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { missing, Refused, refOf, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

const TAKEN = "Another customer, vendor or employee is already using this name. Please use a different name.";

/** @throws {Refused} 6240 */
function checkName(tenant: Tenant, name: string, entities: readonly ("Customer" | "Vendor" | "Item")[], id: string | null): void {
  const others = entities.flatMap((entity) => tenant.part(entity).find("name", fold(name)));
  if (others.some((one) => one.id !== id))
    throw new Refused("6240", "Duplicate Name Exists Error", `The name supplied already exists. : ${TAKEN}`);
}

/** A customer or vendor as it will be kept. All of them share one list of names. @throws {Refused} */
export function nameOf(tenant: Tenant, given: WireObject, id: string | null): WireObject {
  const name = textOf(given, "DisplayName");
  if (name === null) throw missing("DisplayName");
  checkLength(given, "DisplayName", 500);
  if (/[:\t\n]/.test(name))
    throw new Refused("2040", "Invalid String", "Names may not contain a colon, tab or newline", "DisplayName");
  checkName(tenant, name, ["Customer", "Vendor"], id);
  return {
    Active: true,
    Balance: "0",
    FullyQualifiedName: name,
    PrintOnCheckName: name,
    CurrencyRef: { value: tenant.info.currency },
    ...given,
  };
}

/** @throws {Refused} */
export function itemOf(tenant: Tenant, given: WireObject, id: string | null): WireObject {
  const name = textOf(given, "Name");
  if (name === null) throw missing("Name");
  checkLength(given, "Name", 100);
  if (name.includes(":")) throw new Refused("2040", "Invalid String", "An item's name may not contain a colon", "Name");
  checkName(tenant, name, ["Item"], id);
  const account = wanted(tenant, "Account", refOf(given, "IncomeAccountRef"));
  if (account.Classification !== "Revenue")
    throw new Refused("6430", "Invalid account type", "Invalid account type used for the income account of an item");
  return { Active: true, Type: "Service", FullyQualifiedName: name, ...given };
}
