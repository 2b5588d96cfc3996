import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { appliedTo, isVoided, netOf, taxOf } from "#lib/simulator/quickbooks-online/answered.ts";
import { checkDate, checkLength, checkOpen, wanted } from "#lib/simulator/quickbooks-online/documents.ts";
import type { Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { childOf, listOf, missing, Refused, refOf, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

const business = (why: string) =>
  new Refused(
    "6000",
    "A business validation error has occurred while processing your request",
    `Business Validation Error: ${why}`,
  );

/** A payment of either direction as it will be kept. A link to what is paid already is dropped without a word. @throws {Refused} */
export function paymentOf(tenant: Tenant, entity: "Payment" | "BillPayment", given: WireObject, id: string | null): WireObject {
  const isIn = entity === "Payment";
  const party = refOf(given, isIn ? "CustomerRef" : "VendorRef");
  wanted(tenant, isIn ? "Customer" : "Vendor", party);
  checkOpen(tenant, checkDate(given));
  checkLength(given, isIn ? "PaymentRefNum" : "DocNumber", 21);
  const check = childOf(given, "CheckPayment");
  const bank = isIn ? refOf(given, "DepositToAccountRef") : check && refOf(check, "BankAccountRef");
  if (bank !== null) {
    const account = wanted(tenant, "Account", bank);
    const takes = account.AccountType === "Bank" || (isIn && account.AccountType === "Other Current Asset");
    if (!takes) throw new Refused("6430", "Invalid account type", "Select a bank account for this transaction");
  }
  const said = textOf(given, "TotalAmt");
  if (said === null) throw missing("TotalAmt");
  const total = minor(said);
  const drops = tenant.settings.dropLinks > 0;
  if (drops) tenant.change({ dropLinks: tenant.settings.dropLinks - 1 });
  const lines = listOf(given, "Line").filter((line) => !drops && isLinked(tenant, line, { isIn, party, id }));
  const linked = lines.reduce((sum, line) => sum + minor(textOf(line, "Amount") ?? "0"), 0n);
  if (linked > total) throw business("The amount of the linked transactions is more than the total.");
  return { CurrencyRef: { value: tenant.info.currency }, ...given, TotalAmt: amount(total), Line: lines };
}

/** Whether a link is kept. @throws {Refused} */
function isLinked(
  tenant: Tenant,
  line: WireObject,
  { isIn, party, id }: { isIn: boolean; party: string | null; id: string | null },
): boolean {
  const [link] = listOf(line, "LinkedTxn");
  const documentId = link && textOf(link, "TxnId");
  const document = documentId ? tenant.part(isIn ? "Invoice" : "Bill").get(documentId) : undefined;
  if (!document || isVoided(document))
    throw new Refused("620", "Transaction cannot be linked", "The transaction to be linked was not found");
  if (refOf(document.body, isIn ? "CustomerRef" : "VendorRef") !== party)
    throw business("It belongs to another customer or supplier.");
  const own = id === null ? 0n : ownLink(tenant, isIn, id, document.id);
  const open = netOf(document.body) + taxOf(document.body) - appliedTo(tenant, document.id) + own;
  if (open <= 0n) return false;
  if (minor(textOf(line, "Amount") ?? "0") > open) throw business("You cannot pay more than the balance of a transaction.");
  return true;
}

function ownLink(tenant: Tenant, isIn: boolean, id: string, documentId: string): bigint {
  const mine = tenant.part(isIn ? "Payment" : "BillPayment").get(id);
  return listOf(mine?.body ?? {}, "Line")
    .filter((line) => listOf(line, "LinkedTxn").some((one) => one.TxnId === documentId))
    .reduce((sum, line) => sum + minor(textOf(line, "Amount") ?? "0"), 0n);
}

/** @throws {Refused} */
export function journalOf(tenant: Tenant, given: WireObject): WireObject {
  checkOpen(tenant, checkDate(given));
  checkLength(given, "DocNumber", 21);
  let sum = 0n;
  const lines = listOf(given, "Line").map((line, position) => {
    const detail = childOf(line, "JournalEntryLineDetail") ?? {};
    const account = wanted(tenant, "Account", refOf(detail, "AccountRef"));
    if (/^Accounts /.test(String(account.AccountType)) && !detail.Entity)
      throw business("A line of Accounts Receivable or Payable needs a name.");
    const value = minor(textOf(line, "Amount") ?? "0");
    sum += detail.PostingType === "Credit" ? -value : value;
    return { ...line, Id: String(position) };
  });
  if (sum !== 0n) throw new Refused("2300", "Total of the debits must equal the credits", "Debits and credits are not equal");
  return { CurrencyRef: { value: tenant.info.currency }, Adjustment: false, ...given, Line: lines };
}
