import type { RecordKind } from "#lib/common/records.ts";

const LOGIN = "https://login.xero.com";
const SCREENS = "https://go.xero.com";

/**
 * Xero's own address of a record's screen, below its web address.
 * @see https://developer.xero.com/documentation/guides/how-to-guides/deep-link-xero/
 */
function screenOf(kind: RecordKind, externalId: string): string | null {
  switch (kind) {
    case "customer":
    case "supplier":
      return `/Contacts/View/${externalId}`;
    case "product":
      return `/Accounts/Inventory/${externalId}`;
    case "sales-invoice":
      return `/AccountsReceivable/View.aspx?InvoiceID=${externalId}`;
    case "bill":
      return `/AccountsPayable/View.aspx?InvoiceID=${externalId}`;
    case "sales-credit-note":
      return `/AccountsReceivable/ViewCreditNote.aspx?creditNoteID=${externalId}`;
    case "supplier-credit-note":
      return `/AccountsPayable/ViewCreditNote.aspx?creditNoteID=${externalId}`;
    case "payment":
      return `/Bank/ViewTransaction.aspx?bankTransactionID=${externalId}`;
    case "journal":
      return `/Journal/View.aspx?invoiceID=${externalId}`;
    // It is shown with its credit note, and has no screen of its own.
    case "allocation":
    case "helper":
      return null;
  }
}

/** Where Xero's screens are, when it is signed in to at `loginUrl`: the simulator has both in one place. */
export function xeroWebUrl(loginUrl: string): string {
  return loginUrl.startsWith(LOGIN) ? SCREENS : new URL(loginUrl).origin;
}

/** The address that opens a record in Xero, null for what has no screen; with the short code, in the right organisation whichever was open last. */
export function xeroLink(webUrl: string, shortCode: string | null, kind: RecordKind, externalId: string): string | null {
  const screen = screenOf(kind, encodeURIComponent(externalId));
  if (screen === null) return null;
  return shortCode === null
    ? `${webUrl}${screen}`
    : `${webUrl}/organisationlogin/default.aspx?shortcode=${encodeURIComponent(shortCode)}&redirecturl=${screen}`;
}
