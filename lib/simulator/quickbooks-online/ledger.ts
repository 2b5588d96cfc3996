import type { Ledger } from "#lib/simulator/control-client.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { DocumentSheet } from "#lib/simulator/core/organisation.ts";
import { HttpRefusal } from "#lib/simulator/http.ts";
import { appliedTo, isVoided, netOf, taxOf } from "#lib/simulator/quickbooks-online/answered.ts";
import type { Kept, Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { childOf, listOf, refOf, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

const DOCUMENTS = [
  ["Invoice", "sales-invoice"],
  ["Bill", "bill"],
  ["CreditMemo", "sales-credit-note"],
  ["VendorCredit", "supplier-credit-note"],
] as const;
export type DocumentEntity = (typeof DOCUMENTS)[number][0];

/** A document by its id, with its entity. @throws {HttpRefusal} 404 */
export function documentById(tenant: Tenant, id: string): { entity: DocumentEntity; one: Kept } {
  for (const [entity] of DOCUMENTS) {
    const one = tenant.part(entity).get(id);
    if (one) return { entity, one };
  }
  throw new HttpRefusal(404, `There is no document ${id}`);
}

/** Documents under a number, invoices first. */
export const documentsByNumber = (tenant: Tenant, number: string): { entity: DocumentEntity; one: Kept }[] =>
  DOCUMENTS.flatMap(([entity]) =>
    tenant
      .part(entity)
      .all()
      .filter(({ body }) => fold(textOf(body, "DocNumber") ?? "") === fold(number))
      .map((one) => ({ entity, one })),
  );

/** What is open of a document, in hundredths. */
export const openOf = (tenant: Tenant, one: Kept): bigint => netOf(one.body) + taxOf(one.body) - appliedTo(tenant, one.id);

const detailOf = (line: WireObject): WireObject =>
  childOf(line, "SalesItemLineDetail") ?? childOf(line, "AccountBasedExpenseLineDetail") ?? {};

const accountOf = (line: WireObject): string | null =>
  refOf(detailOf(line), "ItemAccountRef") ?? refOf(detailOf(line), "AccountRef");

function neutral(tenant: Tenant, entity: DocumentEntity, one: Kept, withLines: boolean): Ledger["documents"][number] {
  const { body } = one;
  const type = DOCUMENTS.find(([name]) => name === entity)?.[1] ?? "sales-invoice";
  const open = openOf(tenant, one);
  return {
    id: one.id,
    type,
    number: textOf(body, "DocNumber"),
    reference: textOf(body, "PrivateNote"),
    contactId: refOf(body, "CustomerRef") ?? refOf(body, "VendorRef") ?? "",
    date: textOf(body, "TxnDate") ?? "",
    dueDate: textOf(body, "DueDate"),
    currency: refOf(body, "CurrencyRef") ?? tenant.info.currency,
    status: isVoided(one) ? "VOIDED" : open === 0n ? "PAID" : "AUTHORISED",
    net: amount(netOf(body)),
    tax: amount(taxOf(body)),
    gross: amount(netOf(body) + taxOf(body)),
    due: amount(open),
    ...(withLines
      ? {
          lines: listOf(body, "Line").map((line) => {
            const accountId = accountOf(line);
            const account = accountId === null ? undefined : tenant.part("Account").get(accountId);
            return {
              id: textOf(line, "Id") ?? "",
              account: account ? textOf(account.body, "AcctNum") : null,
              accountId,
              taxType: refOf(detailOf(line), "TaxCodeRef"),
              amount: textOf(line, "Amount") ?? "0",
              // Tax stands on the document, and on none of its lines.
              tax: "0.00",
            };
          }),
        }
      : {}),
  };
}

const MARK = /^\[ref ([^\]]+)\]$/m;

/** What the company holds, in the words of the control calls. */
export function ledger(tenant: Tenant, withLines: boolean): Ledger {
  const documents = DOCUMENTS.flatMap(([entity]) =>
    tenant
      .part(entity)
      .all()
      .map((one) => neutral(tenant, entity, one, withLines)),
  );
  const totals = new Map<string, { type: string; currency: string; count: number; gross: bigint }>();
  for (const { type, currency, gross, status } of documents) {
    if (status === "VOIDED") continue;
    const total = totals.get(`${type} ${currency}`) ?? { type, currency, count: 0, gross: 0n };
    totals.set(`${type} ${currency}`, { ...total, count: total.count + 1, gross: total.gross + minor(gross) });
  }
  return {
    contacts: (["Customer", "Vendor"] as const).flatMap((entity) =>
      tenant
        .part(entity)
        .all()
        .map(({ id, body }) => ({
          id,
          name: textOf(body, "DisplayName") ?? "",
          key: MARK.exec(textOf(body, "Notes") ?? "")?.[1] ?? null,
          status: body.Active === false ? "ARCHIVED" : "ACTIVE",
        })),
    ),
    items: tenant
      .part("Item")
      .all()
      .map(({ id, body }) => ({ id, code: textOf(body, "Name") ?? "", name: textOf(body, "Name") })),
    documents,
    payments: (["Payment", "BillPayment"] as const).flatMap((entity) =>
      tenant
        .part(entity)
        .all()
        .filter((one) => !isVoided(one))
        .flatMap((one) => paymentRows(one)),
    ),
    totals: [...totals.values()].map((one) => ({ ...one, gross: amount(one.gross) })),
    overpayments: [],
    prepayments: [],
    allocations: [],
  };
}

function paymentRows({ id, body }: Kept): Ledger["payments"] {
  const check = childOf(body, "CheckPayment");
  const accountId = refOf(body, "DepositToAccountRef") ?? (check && refOf(check, "BankAccountRef")) ?? "";
  const row = (documentId: string, said: string) => ({
    id,
    documentId,
    date: textOf(body, "TxnDate") ?? "",
    amount: said,
    bankAmount: said,
    reference: textOf(body, "PrivateNote") ?? textOf(body, "PaymentRefNum"),
    accountId,
    batchId: null,
  });
  const lines = listOf(body, "Line");
  if (lines.length === 0) return [row("", textOf(body, "TotalAmt") ?? "0")];
  return lines.map((line) => row(textOf(listOf(line, "LinkedTxn")[0] ?? {}, "TxnId") ?? "", textOf(line, "Amount") ?? "0"));
}

/** A document's page. */
export function sheetOf(tenant: Tenant, id: string): DocumentSheet {
  const { one } = documentById(tenant, id);
  return {
    remark: isVoided(one) ? "voided" : "",
    payable: openOf(tenant, one) > 0n,
    lines: listOf(one.body, "Line").map((line) => {
      const detail = detailOf(line);
      const account = tenant.part("Account").get(accountOf(line) ?? "");
      const item = tenant.part("Item").get(refOf(detail, "ItemRef") ?? "");
      return {
        description: textOf(line, "Description") ?? "",
        item: item ? (textOf(item.body, "Name") ?? "") : "",
        account: account ? (textOf(account.body, "Name") ?? "") : "",
        tax: refOf(detail, "TaxCodeRef") ?? "",
        quantity: textOf(detail, "Qty") ?? "",
        unit: textOf(detail, "UnitPrice") ?? "",
        taxAmount: "",
        amount: textOf(line, "Amount") ?? "",
      };
    }),
  };
}

/** The chart with what documents put on each account. */
export function accountRows(tenant: Tenant) {
  const sums = new Map<string, bigint>();
  for (const [entity] of DOCUMENTS) {
    const sign = entity === "Invoice" || entity === "VendorCredit" ? -1n : 1n;
    for (const line of tenant
      .part(entity)
      .all()
      .flatMap(({ body }) => listOf(body, "Line"))) {
      const id = accountOf(line) ?? "";
      sums.set(id, (sums.get(id) ?? 0n) + sign * minor(textOf(line, "Amount") ?? "0"));
    }
  }
  return tenant
    .part("Account")
    .all()
    .map(({ id, body }) => ({
      id,
      code: textOf(body, "AcctNum"),
      name: textOf(body, "Name") ?? "",
      type: textOf(body, "AccountType") ?? "",
      status: body.Active === false ? "ARCHIVED" : "ACTIVE",
      balance: sums.get(id) ?? 0n,
    }));
}
