import type { RecordKind } from "#lib/common/records.ts";

const LOGIN = "https://appcenter.intuit.com";
const SCREENS = "https://app.qbo.intuit.com";

/** The screen of a record; null of a payment, whose id does not say whether money came in or went out, and of what has none. */
function screenOf(kind: RecordKind, id: string): string | null {
  switch (kind) {
    case "customer":
      return `/app/customerdetail?nameId=${id}`;
    case "supplier":
      return `/app/vendordetail?nameId=${id}`;
    case "sales-invoice":
      return `/app/invoice?txnId=${id}`;
    case "bill":
      return `/app/bill?txnId=${id}`;
    case "sales-credit-note":
      return `/app/creditmemo?txnId=${id}`;
    case "supplier-credit-note":
      return `/app/vendorcredit?txnId=${id}`;
    case "journal":
      return `/app/journal?txnId=${id}`;
    default:
      return null;
  }
}

/** Where the screens are, when it is signed in to at `loginUrl`: the simulator has both in one place. */
export function quickbooksWebUrl(loginUrl: string): string {
  return loginUrl.startsWith(LOGIN) ? SCREENS : loginUrl;
}

/** The address that opens a record, in whichever company is open there. */
export function quickbooksLink(webUrl: string, kind: RecordKind, externalId: string): string | null {
  const screen = screenOf(kind, encodeURIComponent(externalId));
  return screen === null ? null : `${webUrl}${screen}`;
}
