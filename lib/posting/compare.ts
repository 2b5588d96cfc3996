import type { Difference } from "#db/schema/postings.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { OutgoingDocument, OutgoingRecord, SeenDocument, SeenRecord } from "#lib/common/records.ts";
import {
  allocationDifferences,
  isSameAllocation,
  isSameJournal,
  isSamePayment,
  journalDifferences,
  paymentDifferences,
} from "./compare-money.ts";

/** Names for ids, so that a difference reads as a person would say it. */
export interface Names {
  account(externalId: string): string;
  /** The account's id by its code, where the package names it by code alone. */
  accountIdByCode(code: string): string | null;
  taxRate(externalId: string): string;
  contact(externalId: string): string;
  /** The contact that the package merged this one into, else itself; left out where nothing is known of merges. */
  survivor?(externalId: string): string;
}

/**
 * Compares what was sent with what an independent read saw, to the penny: number, contact, dates, currency, status, net, tax, gross and
 * the split by account and tax code. An empty answer earns the green tick.
 */
export function findDifferences(sent: OutgoingRecord, seen: SeenRecord, names: Names): Difference[] {
  const found: Difference[] = [];
  const differs = (field: string, ours: string | null, theirs: string | null) => {
    if (ours !== theirs) found.push({ field, ours: ours ?? "none", theirs: theirs ?? "none" });
  };
  switch (sent.kind) {
    case "customer":
    case "supplier":
      if (seen.family !== "contact") return [{ field: "Kind", ours: "contact", theirs: seen.family }];
      if (seen.reference !== undefined && !(sent.linked && !seen.reference?.trim()))
        differs("Reference", sent.reference, seen.reference);
      differs("Name", plainBlanks(sent.name), plainBlanks(seen.name));
      // Without one of our own nothing was sent, and whatever stands there stays.
      if (sent.email && seen.email !== undefined && !(sent.linked && !seen.email?.trim()))
        differs("E-mail", sent.email.trim(), seen.email?.trim() ?? null);
      if (sent.taxNumber && seen.taxNumber !== undefined && !(sent.linked && !seen.taxNumber?.trim())) {
        if (bareNumber(sent.taxNumber) !== bareNumber(seen.taxNumber ?? ""))
          differs("VAT number", sent.taxNumber, seen.taxNumber?.trim() || null);
      }
      if (seen.mergedInto) found.push({ field: "Status", ours: "active", theirs: "merged into another contact" });
      else differs("Status", "active", seen.status);
      return found;
    case "product":
      if (seen.family !== "product") return [{ field: "Kind", ours: "product", theirs: seen.family }];
      // Packages compare stock codes without case.
      differs("Code", sent.reference.toUpperCase(), seen.reference.toUpperCase());
      if (plainBlanks(sent.name) !== "" && seen.name !== null) differs("Name", plainBlanks(sent.name), plainBlanks(seen.name));
      if (sent.description && seen.description !== undefined) {
        differs("Description", plainBlanks(sent.description), plainBlanks(seen.description ?? ""));
      }
      return found;
    case "payment":
      if (seen.family !== "payment") return [{ field: "Kind", ours: "payment", theirs: seen.family }];
      return paymentDifferences(sent, seen, names);
    case "journal":
      if (seen.family !== "journal") return [{ field: "Kind", ours: "journal", theirs: seen.family }];
      return journalDifferences(sent, seen, names);
    case "helper":
      if (seen.family !== "helper") return [{ field: "Kind", ours: "item", theirs: seen.family }];
      differs("Name", sent.reference, seen.name);
      if (seen.accountExternalId !== null && seen.accountExternalId !== sent.accountExternalId)
        found.push({
          field: "Account",
          ours: names.account(sent.accountExternalId),
          theirs: names.account(seen.accountExternalId),
        });
      differs("Status", "active", seen.status);
      return found;
    case "allocation":
      if (seen.family !== "allocation") return [{ field: "Kind", ours: "allocation", theirs: seen.family }];
      return allocationDifferences(sent, seen);
    default:
      if (seen.family !== "document") return [{ field: "Kind", ours: sent.kind, theirs: seen.family }];
      return documentDifferences(sent, seen, names);
  }
}

/** A VAT number by its letters and figures: blanks and full stops between them make no other number. */
const bareNumber = (number: string) => number.replace(/[^\p{L}\d]/gu, "").toUpperCase();

/** Packages keep no leading, trailing or double blanks in a name: the connector sends it cleaned and says so with a warning. */
const plainBlanks = (name: string) => name.trim().replace(/\s+/g, " ");

function documentDifferences(sent: OutgoingDocument, seen: SeenDocument, names: Names): Difference[] {
  const found: Difference[] = [];
  const differs = (field: string, ours: string | null, theirs: string | null) => {
    if (ours !== theirs) found.push({ field, ours: ours ?? "none", theirs: theirs ?? "none" });
  };
  if (sent.voided) {
    if (seen.status !== "voided" && seen.status !== "deleted")
      found.push({ field: "Status", ours: "void", theirs: statusWord(seen) });
    return found;
  }
  differs("Kind", sent.kind, seen.kind);
  differs("Number", sent.number, seen.number);
  // A merge there moved the document to the survivor, and is no difference.
  if (
    sent.contactExternalId !== seen.contactExternalId &&
    (names.survivor?.(sent.contactExternalId) ?? sent.contactExternalId) !== seen.contactExternalId
  ) {
    found.push({
      field: "Contact",
      ours: names.contact(sent.contactExternalId),
      theirs: seen.contactExternalId ? names.contact(seen.contactExternalId) : "none",
    });
  }
  differs("Date", sent.issuedOn, seen.issuedOn);
  // A credit note falls due with nothing: packages may leave its due date out.
  if (seen.dueOn !== null || sent.kind === "sales-invoice" || sent.kind === "bill") differs("Due date", sent.dueOn, seen.dueOn);
  differs("Currency", sent.currency, seen.currency);
  const wanted = sent.postAs === "draft" ? ["draft"] : ["authorised", "paid"];
  if (!wanted.includes(seen.status)) {
    // A draft that was approved in the package is what was meant to happen to it.
    const approved =
      sent.postAs === "draft" && (seen.status === "authorised" || seen.status === "paid" || seen.status === "submitted");
    if (!approved) found.push({ field: "Status", ours: sent.postAs, theirs: statusWord(seen) });
  }
  const money = (minor: bigint, currency: string) => formatMoney(minor, currency);
  if (sent.currency === seen.currency) {
    for (const [field, ours, theirs] of [
      ["Net", sent.netMinor, seen.netMinor],
      ["Tax", sent.taxMinor, seen.taxMinor],
      ["Gross", sent.grossMinor, seen.grossMinor],
    ] as const) {
      if (field !== "Net" && (sent.taxBy === "package" || isRounding(sent, ours - theirs, sent.lines.length))) continue;
      if (ours !== theirs) found.push({ field, ours: money(ours, sent.currency), theirs: money(theirs, seen.currency) });
    }
    found.push(...splitDifferences(sent, seen, names));
  }
  return found;
}

/** What the package reckoned by itself and was seen to hold beside what we expected: for a person to read, and no difference. */
export function findNoted(sent: OutgoingRecord, seen: SeenRecord): Difference[] {
  if (!("taxBy" in sent) || sent.taxBy === undefined || seen.family !== "document" || sent.currency !== seen.currency) return [];
  if (sent.taxBy === "lines" && sent.taxMinor === seen.taxMinor) return [];
  const beside = (field: string, ours: bigint, theirs: bigint): Difference => ({
    field,
    ours: formatMoney(ours, sent.currency),
    theirs: formatMoney(theirs, seen.currency),
  });
  return [beside("Tax", sent.taxMinor, seen.taxMinor), beside("Gross", sent.grossMinor, seen.grossMinor)];
}

/** The status as we call it; one that is none of ours by the package's own word. */
const statusWord = (seen: SeenDocument): string => (seen.status === "other" && seen.statusSaid ? seen.statusSaid : seen.status);

interface Share {
  net: bigint;
  tax: bigint;
  lines: number;
}

/** Whether so much of tax may come of rounding each line by itself: at most a penny a line, half of it ours and half of it theirs. */
function isRounding({ taxBy }: OutgoingDocument, difference: bigint, lines: number): boolean {
  return taxBy === "lines" && (difference < 0n ? -difference : difference) <= BigInt(lines);
}

function splitDifferences(sent: OutgoingDocument, seen: SeenDocument, names: Names): Difference[] {
  // Tax that the package reckons is its own, rate and amount: by account the net is all there is to compare.
  const netAlone = sent.taxBy === "package";
  // Where lines have no tax of their own, the document's was compared as a whole.
  const taxless = netAlone || seen.taxOnLines === false;
  const add = (into: Map<string, Share>, account: string, tax: string, net: bigint, taxMinor: bigint) => {
    const key = JSON.stringify([account, netAlone ? "" : tax]);
    const share = into.get(key) ?? { net: 0n, tax: 0n, lines: 0 };
    into.set(key, { net: share.net + net, tax: taxless ? 0n : share.tax + taxMinor, lines: share.lines + 1 });
  };
  const ours = new Map<string, Share>();
  for (const line of sent.lines) add(ours, line.target.account.externalId, line.tax.externalId, line.netMinor, line.taxMinor);
  const theirs = new Map<string, Share>();
  for (const part of seen.split) {
    const account = part.accountExternalId ?? (part.accountCode ? names.accountIdByCode(part.accountCode) : null) ?? "";
    add(theirs, account, part.taxExternalId ?? "", part.netMinor, part.taxMinor);
  }
  const found: Difference[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const our = ours.get(key) ?? { net: 0n, tax: 0n, lines: 0 };
    const their = theirs.get(key) ?? { net: 0n, tax: 0n, lines: 0 };
    if (our.net === their.net && (our.tax === their.tax || isRounding(sent, our.tax - their.tax, our.lines))) continue;
    const [account, tax] = JSON.parse(key) as [string, string];
    const on = account ? names.account(account) : "no account";
    const where = netAlone ? on : `${on}, ${tax ? names.taxRate(tax) : "no tax rate"}`;
    const say = (share: Share) =>
      `${formatMoney(share.net, sent.currency)}${taxless ? "" : ` + ${formatMoney(share.tax, sent.currency)} tax`}`;
    found.push({ field: `Split: ${where}`, ours: say(our), theirs: say(their) });
  }
  return found;
}

/** Whether what a read-back found is the very record that was sent, for settling an unclear outcome: the tick's full comparison comes later. */
export function isSameRecord(sent: OutgoingRecord, seen: SeenRecord): boolean {
  if (sent.kind === "customer" || sent.kind === "supplier") {
    if (seen.family !== "contact" || (seen.reference !== undefined && seen.reference !== sent.reference)) return false;
    return plainBlanks(seen.name) === plainBlanks(sent.name);
  }
  if (sent.kind === "product") return seen.family === "product" && seen.reference.toUpperCase() === sent.reference.toUpperCase();
  if (sent.kind === "helper") {
    const { reference, accountExternalId } = sent;
    if (seen.family !== "helper" || seen.status !== "active") return false;
    return seen.name === reference && seen.accountExternalId === accountExternalId;
  }
  if (sent.kind === "payment") return seen.family === "payment" && isSamePayment(sent, seen);
  if (sent.kind === "journal") return seen.family === "journal" && isSameJournal(sent, seen);
  if (sent.kind === "allocation") return seen.family === "allocation" && isSameAllocation(sent, seen);
  return (
    seen.family === "document" &&
    seen.kind === sent.kind &&
    seen.number === sent.number &&
    seen.contactExternalId === sent.contactExternalId &&
    seen.issuedOn === sent.issuedOn &&
    seen.currency === sent.currency &&
    (sent.taxBy !== undefined ? seen.netMinor === sent.netMinor : seen.grossMinor === sent.grossMinor)
  );
}
