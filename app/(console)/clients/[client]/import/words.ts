import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { IncomingView } from "#lib/allocating/selection.ts";
import { countWords } from "#lib/common/count-words.ts";
import type { SideSum } from "#lib/common/sums.ts";
import { named } from "#lib/errors/named.ts";
import { CREATED } from "#lib/model/reasons.ts";
import { type FixLink, fixerWords, fixLink, type Wording } from "../export/words.ts";

export type { Wording };

export const VIEW_LABELS: Readonly<Record<IncomingView, string>> = {
  all: "All",
  "to-do": "To create",
  created: "Created",
  kept: "Kept in the package",
  "not-ours": "Not ours",
};

export const MOVEMENT_LABELS: Readonly<Record<IncomingRow["kind"], string>> = {
  receipt: "Receipt",
  "payment-out": "Payment",
  "sales-refund": "Refund to customer",
  "purchase-refund": "Refund from supplier",
  other: "Other",
};

export const SIDE_LABELS = { sales: "Sales", purchase: "Purchase" } as const;

/** Names of one receipt, apart. */
export function companiesOf(row: IncomingRow): readonly string[] {
  return row.company.split(" · ");
}

/** Whether Create & allocate may take this row. */
export function isCreatable(row: IncomingRow): boolean {
  return (
    row.paymentId === null &&
    (row.status === "waiting" || row.status === "queued" || row.status === "failed" || row.status === "not-ours")
  );
}

/** Whether Undo Create & allocate may take this row. */
export function isUndoable(row: IncomingRow): boolean {
  return row.paymentId !== null && row.status === "created";
}

/** The row's status in words, without a full stop. */
export function statusWords(row: IncomingRow, wording: Wording): string {
  if (row.status === "created") return CREATED;
  if (row.status === "waiting") return "Waiting";
  if (row.status === "queued") return "Queued";
  const detail = row.statusDetail ?? "";
  // The rule's own words, as staff know them; elsewhere the package goes by its name.
  return row.statusCode === "rule.payment-on-account" ? detail : named(detail, wording);
}

/** Where the fix is made, when it is made in the console. */
export function fixOf(row: IncomingRow, wording: Wording): FixLink | null {
  if (row.statusCode === "mapping.bank-missing") {
    const account = row.bankAccountExternalId ? `&code=${encodeURIComponent(row.bankAccountExternalId)}` : "";
    return { label: "Map bank account", href: `${wording.base}/mapping?tab=bank${account}` };
  }
  return row.statusCode === null ? null : fixLink(row.statusCode, null, wording);
}

/** "Bookkeeper, in Xero"; null where nobody has anything to do. */
export function whoFixes(row: IncomingRow, wording: Wording): string | null {
  if (row.statusCode === null || row.statusCode.startsWith("rule.")) return null;
  return fixerWords(row.statusCode, wording);
}

export const isRefund = ({ kind }: Pick<IncomingRow, "kind">): boolean => kind === "sales-refund" || kind === "purchase-refund";

/** An amount as it is shown and summed, minor units as text: a refund takes away, so it is negative. */
export const movedMinor = (row: Pick<IncomingRow, "kind" | "amountMinor">): string =>
  isRefund(row) ? `-${row.amountMinor}` : row.amountMinor;

/** What a row is worth in sums. */
export function amountOf(row: IncomingRow): SideSum {
  return { side: row.side, currency: row.currency, minor: movedMinor(row) };
}

const payments = (count: number) => countWords(count, "payment");

/** What became of a press on Create & allocate. */
export function resultWords(result: { readonly created: number; readonly failed: number; readonly already: number }): string {
  const parts: string[] = [];
  if (result.created > 0) parts.push(`${payments(result.created)} created and allocated.`);
  if (result.failed > 0) parts.push(`${payments(result.failed)} could not be created: the reason is in each row.`);
  if (result.created + result.failed === 0) {
    parts.push(
      result.already > 0
        ? "Nothing to do: already created and allocated."
        : "Nothing to do: none of these payments can be created.",
    );
  }
  return parts.join(" ");
}
