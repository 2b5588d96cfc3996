import type { Difference } from "#db/schema/postings.ts";
import { formatMoney } from "#lib/common/money.ts";
import type {
  OutgoingAllocation,
  OutgoingJournal,
  OutgoingPayment,
  SeenAllocation,
  SeenJournal,
  SeenPayment,
} from "#lib/common/records.ts";
import type { Names } from "./compare.ts";

/** What a payment in the package differs in: its document, bank account, date, amount, currency, reference, and whether it still stands. */
export function paymentDifferences(sent: OutgoingPayment, seen: SeenPayment, names: Names): Difference[] {
  const found: Difference[] = [];
  const differs = (field: string, ours: string, theirs: string | null) => {
    if (ours !== theirs) found.push({ field, ours, theirs: theirs ?? "none" });
  };
  differs("Status", "live", seen.status);
  differs("Kind", sent.direction, seen.direction);
  if (seen.packageReference !== undefined) differs("Reference", sent.packageReference, seen.packageReference);
  if (sent.documentExternalId !== seen.documentExternalId) {
    found.push({ field: "Document", ours: "the document it was sent for", theirs: seen.documentExternalId ?? "none" });
  }
  if (sent.accountExternalId !== seen.accountExternalId) {
    found.push({
      field: "Bank account",
      ours: names.account(sent.accountExternalId),
      theirs: seen.accountExternalId ? names.account(seen.accountExternalId) : "none",
    });
  }
  differs("Date", sent.paidOn, seen.paidOn);
  differs("Currency", sent.currency, seen.currency);
  if (sent.currency === seen.currency && sent.amountMinor !== seen.amountMinor) {
    found.push({
      field: "Amount",
      ours: formatMoney(sent.amountMinor, sent.currency),
      theirs: formatMoney(seen.amountMinor, seen.currency),
    });
  }
  return found;
}

/** Whether a read-back found the very payment that was sent: document, date and amount, reference and account where the read says them. */
export function isSamePayment(sent: OutgoingPayment, seen: SeenPayment): boolean {
  return (
    (seen.packageReference === undefined || seen.packageReference === sent.packageReference) &&
    seen.documentExternalId === sent.documentExternalId &&
    seen.paidOn === sent.paidOn &&
    seen.amountMinor === sent.amountMinor &&
    (seen.accountExternalId === null || seen.accountExternalId === sent.accountExternalId)
  );
}

/** What a journal in the package differs in: narration, date, status and every account's amount. */
export function journalDifferences(sent: OutgoingJournal, seen: SeenJournal, names: Names): Difference[] {
  const found: Difference[] = [];
  const differs = (field: string, ours: string, theirs: string | null) => {
    if (ours !== theirs) found.push({ field, ours, theirs: theirs ?? "none" });
  };
  differs("Status", "posted", seen.status);
  differs("Narration", sent.narration, seen.narration);
  differs("Date", sent.journalOn, seen.journalOn);
  const ours = byAccount(sent.legs.map((leg) => [leg.accountExternalId, leg.amountMinor]));
  const theirs = byAccount(
    seen.split.map((leg) => [
      leg.accountExternalId ?? (leg.accountCode ? names.accountIdByCode(leg.accountCode) : null) ?? "",
      leg.amountMinor,
    ]),
  );
  for (const account of new Set([...ours.keys(), ...theirs.keys()])) {
    const [our, their] = [ours.get(account) ?? 0n, theirs.get(account) ?? 0n];
    if (our === their) continue;
    found.push({
      field: `Amount: ${account ? names.account(account) : "no account"}`,
      ours: formatMoney(our, sent.currency),
      theirs: formatMoney(their, sent.currency),
    });
  }
  return found;
}

function byAccount(legs: readonly (readonly [account: string, minor: bigint])[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [account, minor] of legs) sums.set(account, (sums.get(account) ?? 0n) + minor);
  return sums;
}

/** Whether a read-back found the very journal that was sent: our marker where the package echoes one, narration and date. */
export function isSameJournal(sent: OutgoingJournal, seen: SeenJournal): boolean {
  return seen.narration === sent.narration && seen.journalOn === sent.journalOn && (seen.url === null || seen.url === sent.url);
}

/** What an allocation in the package differs in: whether it stands, between which documents, by what amount. */
export function allocationDifferences(sent: OutgoingAllocation, seen: SeenAllocation): Difference[] {
  const found: Difference[] = [];
  if (seen.status !== "live") found.push({ field: "Status", ours: "live", theirs: seen.status });
  if (sent.creditNoteExternalId !== seen.creditNoteExternalId) {
    found.push({ field: "Credit note", ours: sent.creditNoteNumber, theirs: seen.creditNoteExternalId });
  }
  if (sent.documentExternalId !== seen.documentExternalId) {
    found.push({ field: "Allocated to", ours: sent.documentNumber, theirs: seen.documentExternalId ?? "none" });
  }
  if (sent.currency !== seen.currency) found.push({ field: "Currency", ours: sent.currency, theirs: seen.currency });
  else if (sent.amountMinor !== seen.amountMinor) {
    const [ours, theirs] = [sent, seen].map((one) => formatMoney(one.amountMinor, one.currency));
    found.push({ field: "Amount", ours: ours ?? "", theirs: theirs ?? "" });
  }
  return found;
}

/** Whether a read-back found the very allocation that was sent: the same credit note, on the same document, by the same amount. */
export function isSameAllocation(sent: OutgoingAllocation, seen: SeenAllocation): boolean {
  return seen.status === "live" && allocationDifferences(sent, seen).length === 0;
}
