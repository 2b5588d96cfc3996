import { answered, isVoided } from "#lib/simulator/quickbooks-online/answered.ts";
import { checkOpen, documentOf } from "#lib/simulator/quickbooks-online/documents.ts";
import { type Entity, FIELDS, NAME_LISTS, PURCHASES, SALES } from "#lib/simulator/quickbooks-online/fields.ts";
import { journalOf, paymentOf } from "#lib/simulator/quickbooks-online/money.ts";
import { itemOf, nameOf } from "#lib/simulator/quickbooks-online/names.ts";
import type { Kept, Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { listOf, Refused, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

/** What a write does. */
export type Operation = "create" | "update" | "delete" | "void";

/** Does one write and answers the object as it stands then, or that it is gone. @throws {Refused} */
export function write(
  tenant: Tenant,
  entity: Entity,
  operation: Operation,
  given: WireObject,
  now: number,
): { id: string; wire: WireObject } {
  const known = FIELDS[entity];
  if (!known) throw new Refused("500", "Unsupported Operation", `Operation ${entity} is not supported.`);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new Refused(
        "2010",
        "Request has invalid or unsupported property",
        `Property Name:Unrecognized field "${name}" (${known.length} known properties)`,
      );
  if (operation === "create") {
    const body = made(tenant, entity, given, null);
    const id = tenant.nextId(NAME_LISTS.includes(entity) ? (entity === "Item" ? "items" : "names") : "transactions");
    const kept = tenant.part(entity).put({ id, updatedAt: now, createdAt: now, syncToken: 0, body });
    return { id, wire: answered(tenant, entity, kept) };
  }
  const before = heldBy(tenant, entity, given);
  if (operation === "delete") {
    if (NAME_LISTS.includes(entity)) throw new Refused("500", "Unsupported Operation", "A name is made inactive instead");
    checkOpen(tenant, textOf(before.body, "TxnDate"));
    tenant.drop(entity, before.id);
    tenant.part("Gone").put({ id: before.id, updatedAt: now, entity });
    return { id: before.id, wire: { domain: "QBO", status: "Deleted", Id: before.id } };
  }
  if (isVoided(before)) throw new Refused("6110", "Transaction cannot be updated", "The transaction was voided");
  const changed = operation === "void" ? voided(tenant, before) : changedBy(tenant, entity, before, given);
  const kept = tenant
    .part(entity)
    .put({ ...before, body: changed, syncToken: before.syncToken + 1, updatedAt: Math.max(now, before.updatedAt + 1) });
  return { id: kept.id, wire: answered(tenant, entity, kept) };
}

/** What a change is of. @throws {Refused} 610, 5010 */
function heldBy(tenant: Tenant, entity: Entity, given: WireObject): Kept {
  const id = textOf(given, "Id") ?? "";
  const before = tenant.part(entity).get(id);
  if (!before) throw new Refused("610", "Object Not Found", "Object Not Found : Another user has deleted this transaction.");
  if (textOf(given, "SyncToken") !== String(before.syncToken))
    throw new Refused(
      "5010",
      "Stale Object Error",
      "Stale Object Error : You and Ann Lee were working on this at the same time. Ann Lee finished before you did, so your work was not saved.",
    );
  return before;
}

const OWN = ["Id", "SyncToken", "sparse", "domain", "MetaData", "LinkedTxn"];
const withoutOwn = (given: WireObject): WireObject =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !OWN.includes(name)));

function made(tenant: Tenant, entity: Entity, given: WireObject, id: string | null): WireObject {
  const own = withoutOwn(given);
  if (entity === "Customer" || entity === "Vendor") return nameOf(tenant, own, id);
  if (entity === "Item") return itemOf(tenant, own, id);
  if (entity === "JournalEntry") return journalOf(tenant, own);
  if (entity === "Payment" || entity === "BillPayment") return paymentOf(tenant, entity, own, id);
  if (SALES.includes(entity) || PURCHASES.includes(entity)) return documentOf(tenant, entity, own, id);
  throw new Refused("500", "Unsupported Operation", `${entity} is not written here`);
}

/** Of a sparse change what is left out stays; of a whole one it is emptied. */
function changedBy(tenant: Tenant, entity: Entity, before: Kept, given: WireObject): WireObject {
  checkOpen(tenant, textOf(before.body, "TxnDate"));
  const { TxnTaxDetail: _, ...left } = before.body;
  const base = given.sparse === true ? (given.Line === undefined ? before.body : left) : {};
  return made(tenant, entity, { ...base, ...withoutOwn(given) }, before.id);
}

/** Nothing is left on it, its number stays, and its note says so. */
function voided(tenant: Tenant, { body }: Kept): WireObject {
  checkOpen(tenant, textOf(body, "TxnDate"));
  return {
    ...body,
    PrivateNote: "Voided",
    TxnTaxDetail: { TotalTax: "0" },
    ...(body.TotalAmt === undefined ? {} : { TotalAmt: "0" }),
    Line: listOf(body, "Line").map((line) => ({ ...line, Amount: "0", LinkedTxn: [] })),
  };
}
