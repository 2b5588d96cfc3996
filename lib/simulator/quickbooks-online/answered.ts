import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { type Entity, MONEY, NAME_LISTS } from "#lib/simulator/quickbooks-online/fields.ts";
import type { Kept, Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { childOf, listOf, moment, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

/** What payments have taken of a document, in hundredths. */
export function appliedTo(tenant: Tenant, documentId: string): bigint {
  return MONEY.flatMap((entity) => tenant.part(entity).all())
    .flatMap(({ body }) => listOf(body, "Line"))
    .filter((line) => listOf(line, "LinkedTxn").some((one) => one.TxnId === documentId))
    .reduce((sum, line) => sum + minor(textOf(line, "Amount") ?? "0"), 0n);
}

/** The money on lines, sums left out. */
export const netOf = (body: WireObject): bigint =>
  listOf(body, "Line")
    .filter((line) => line.DetailType !== "SubTotalLineDetail")
    .reduce((sum, line) => sum + minor(textOf(line, "Amount") ?? "0"), 0n);

export const taxOf = (body: WireObject): bigint => minor(textOf(childOf(body, "TxnTaxDetail") ?? {}, "TotalTax") ?? "0");

export const isVoided = ({ body }: Kept): boolean => textOf(body, "PrivateNote")?.startsWith("Voided") === true;

/** The payments that a document lists. */
function linksOf(tenant: Tenant, documentId: string): WireObject[] {
  return MONEY.flatMap((entity) =>
    tenant
      .part(entity)
      .all()
      .filter(({ body }) =>
        listOf(body, "Line").some((line) => listOf(line, "LinkedTxn").some((one) => one.TxnId === documentId)),
      )
      .map(({ id }) => ({ TxnId: id, TxnType: entity === "BillPayment" ? "BillPaymentCheck" : entity })),
  );
}

/** An object as it is answered and read: with what follows from the rest. */
export function answered(tenant: Tenant, entity: Entity, one: Kept): WireObject {
  const meta = {
    domain: "QBO",
    sparse: false,
    Id: one.id,
    SyncToken: String(one.syncToken),
    MetaData: { CreateTime: moment(one.createdAt), LastUpdatedTime: moment(one.updatedAt) },
  };
  const { body } = one;
  if (NAME_LISTS.includes(entity) || entity === "JournalEntry") return { ...meta, ...body };
  if (MONEY.includes(entity)) {
    const linked = listOf(body, "Line").reduce((sum, line) => sum + minor(textOf(line, "Amount") ?? "0"), 0n);
    const left = minor(textOf(body, "TotalAmt") ?? "0") - linked;
    return { ...meta, ...body, ...(entity === "Payment" ? { UnappliedAmt: amount(left), ProcessPayment: false } : {}) };
  }
  const total = netOf(body) + taxOf(body);
  const open = amount(total - appliedTo(tenant, one.id));
  const sum: WireObject = { Amount: amount(netOf(body)), DetailType: "SubTotalLineDetail", SubTotalLineDetail: {} };
  const isSale = entity === "Invoice" || entity === "CreditMemo";
  return {
    ...meta,
    ...body,
    Line: [...listOf(body, "Line"), ...(isSale ? [sum] : [])],
    LinkedTxn: linksOf(tenant, one.id),
    TotalAmt: amount(total),
    ...(entity === "CreditMemo" ? { RemainingCredit: open, Balance: open } : { Balance: open }),
  };
}
