import { sumsInWords } from "#components/grid/words.ts";
import type { Cause } from "#db/queries/export/causes.ts";
import type { Difference } from "#db/schema/postings.ts";
import { formatDate, formatMoment, isPlainDate } from "#lib/common/dates.ts";
import { decimalToMinor, formatMoney } from "#lib/common/money.ts";
import { personWords } from "#lib/common/person-words.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS, type RecordKind, sideOf } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";
import { errorEntry, FIXERS } from "#lib/errors/catalogue.ts";
import { fieldWords } from "#lib/errors/field-words.ts";
import { named } from "#lib/errors/named.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { rowKey, rowQuery } from "#lib/mapping/sides.ts";
import type { PostingState } from "#lib/model/states.ts";
import { TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import { thereWords } from "./now-words.ts";

/** What the words depend on beside the row. */
export interface Wording {
  /** The package's own name: "Xero". */
  readonly packageName: string;
  /** `/clients/slug`, which every link begins with. */
  readonly base: string;
  readonly locale: string;
  readonly timeZone: string;
}

/** The client as actions and addresses name it. */
export const slugOf = ({ base }: Pick<Wording, "base">): string => base.replace("/clients/", "");

export interface FixLink {
  readonly label: string;
  readonly href: string;
}

const NUMBER = new Intl.NumberFormat("en-GB");

/** Where a code's fix is made in the console, if it is; the editor opens at the row. */
export function fixLink(code: string, detail: SyncErrorDetail | null, wording: Wording): FixLink | null {
  const value = detail?.value;
  const isTax = code.startsWith("mapping.tax-") || detail?.field?.endsWith("taxCode") === true;
  switch (code) {
    case "mapping.account-missing":
    case "mapping.account-wrong-type":
    case "mapping.tax-missing":
    case "mapping.tax-wrong-side":
    case "mapping.target-archived":
      if (!value) return { label: "Open mapping", href: `${wording.base}/mapping` };
      if (detail?.field === "bankNominalCode") return { label: "Map a bank account", href: `${wording.base}/mapping?tab=bank` };
      return {
        label: `Map ${value}${forSide(detail)}`,
        href: `${wording.base}/mapping${rowQuery(isTax ? "tax" : "nominal", rowKey(value, detail?.side ?? null))}`,
      };
    case "mapping.link-cleared":
    case "mapping.linked-elsewhere": {
      if (!detail?.recordId) return null;
      const kind = detail.subject?.startsWith("Product")
        ? "product"
        : detail.subject?.startsWith("Supplier")
          ? "supplier"
          : "customer";
      return { label: "Open its page to link it", href: `${wording.base}${recordPath(kind, detail.recordId)}` };
    }
    case "mapping.tax-not-allowed-on-account":
      return value
        ? { label: `Map ${value}`, href: `${wording.base}/mapping?tab=nominal&code=${encodeURIComponent(value)}` }
        : { label: "Open mapping", href: `${wording.base}/mapping` };
    case "mapping.perhaps-there":
      return {
        label: "Answer on Matches",
        href: `${wording.base}/matches${detail?.recordId ? `#offer-${detail.recordId}` : ""}`,
      };
    case "mapping.new-there":
    case "mapping.entity-unlinked":
      return { label: "Open Matches", href: `${wording.base}/matches` };
    case "source.duplicate-number":
      return { label: "Open Matches", href: `${wording.base}/matches` };
    case "source.perhaps-in-package":
      return { label: "Answer", href: `${wording.base}/matches` };
    case "rule.payments-in-package":
      return { label: "Open Import", href: `${wording.base}/import` };
    case "mapping.bank-missing":
    case "mapping.bank-wrong-type":
      return { label: "Map a bank account", href: `${wording.base}/mapping?tab=bank` };
    case "package.account-without-code":
      return {
        label: "Open mapping",
        href: `${wording.base}/mapping?tab=nominal${value ? `&code=${encodeURIComponent(value)}` : ""}`,
      };
    default:
      return code.startsWith("connection.") ? { label: "Open setup", href: `${wording.base}/setup` } : null;
  }
}

/** " for purchases", of a tax code that is mapped by side. */
const forSide = (detail: SyncErrorDetail | null): string =>
  detail?.side === undefined ? "" : ` for ${TAX_SIDE_LABELS[detail.side].toLowerCase()}`;

function codeWord(kind: RecordKind | null): string {
  const side = kind === null ? null : sideOf(kind);
  return side === "sales" ? "Sales code" : side === "purchase" ? "Purchase code" : "Nominal code";
}

function lockWord(detail: SyncErrorDetail | null, wording: Wording): string {
  return detail?.lockDate && isPlainDate(detail.lockDate) ? ` up to ${formatDate(detail.lockDate, wording.locale)}` : "";
}

/** Their titles speak of "a field": it is named. */
const OF_A_FIELD: ReadonlySet<string> = new Set(["source.required-field", "source.too-long", "source.bad-format"]);

/** Of a note of pre-check: only the order in which records go, which needs nobody. */
export function goesFirst(detail: { readonly subject?: string | undefined } | null): boolean {
  return detail?.subject?.endsWith("goes first") === true || detail?.subject?.startsWith("It goes after") === true;
}

/** One cause in one sentence without a full stop: "Sales code 4010 has no Xero account". */
export function reasonWords(
  code: string,
  detail: SyncErrorDetail | null,
  kind: RecordKind | null,
  wording: Wording,
  name: string | null = null,
): string {
  const value = detail?.value;
  const what = value === undefined ? null : `${value}${name ? ` \u201c${name}\u201d` : ""}`;
  const absent = detail?.subject?.includes("absent in the package") === true;
  switch (code) {
    case "mapping.account-missing":
      if (what === null) break;
      return absent
        ? `${codeWord(kind)} ${what} is mapped to a code that is not in ${wording.packageName}`
        : `${codeWord(kind)} ${what} has no ${wording.packageName} account`;
    case "source.already-in-package":
      if (value === undefined) break;
      return detail?.externalId
        ? `Already in ${wording.packageName} as ${value}${detail.subject && detail.subject !== value ? `, sent as ${detail.subject}` : ""}`
        : `Number ${value} is also that of ${detail?.subject ?? "another record"}, which is sent first`;
    case "source.perhaps-in-package":
      return `${wording.packageName} holds ${value ?? "one of this number"}${detail?.subject ? ` of ${detail.subject}` : ""}: is it the same?`;
    case "mapping.tax-missing":
      if (what !== null) return `Tax code ${what} has no ${wording.packageName} tax rate${forSide(detail)}`;
      break;
    case "mapping.tax-wrong-side":
      if (what !== null && detail?.side !== undefined)
        return `Tax code ${what} is mapped to a ${wording.packageName} rate that is not${forSide(detail)}`;
      break;
    case "mapping.account-wrong-type":
      if (what !== null) return `${codeWord(kind)} ${what} is mapped to an account that can't be used here`;
      break;
    case "mapping.bank-missing":
      if (what !== null) return `Bank nominal ${what} has no ${wording.packageName} account`;
      break;
    case "mapping.bank-wrong-type":
      if (what !== null) return `${wording.packageName} takes no payments on the account that bank nominal ${what} is mapped to`;
      break;
    case "rule.stock-nominal-not-used":
      if (what !== null) return `Stock or cost-of-sale code ${what} is not posted`;
      break;
    case "rule.control-nominal":
      if (what !== null) return `Control account ${what} can't be used in a journal`;
      break;
    case "rule.payments-in-package":
      if (detail?.subject) return `${detail.subject}: payments are made in ${wording.packageName}`;
      break;
    case "rule.payment-on-draft":
      if (detail?.subject) return `${detail.subject} is still a draft in ${wording.packageName}`;
      break;
    case "mapping.target-archived":
      if (what !== null)
        return `The ${wording.packageName} side of code ${what} is archived${detail?.side === undefined ? "" : `, as mapped${forSide(detail)}`}`;
      break;
    case "package.account-without-code":
      if (what !== null) return `The account of code ${what} has no code in ${wording.packageName}`;
      break;
    case "package.period-locked":
      if (detail?.agreedOn && isPlainDate(detail.agreedOn)) {
        return `Agreed for ${formatDate(detail.agreedOn, wording.locale)}, but ${wording.packageName} is now locked${lockWord(detail, wording)}`;
      }
      return `${value && isPlainDate(value) ? `Dated ${formatDate(value, wording.locale)}: ` : ""}${wording.packageName} is locked${lockWord(detail, wording)}`;
    case "rule.lock-policy":
      return `${wording.packageName} is locked${lockWord(detail, wording)}: it will be sent ${detail?.subject === "redate" ? "dated the first open day" : "as a draft"}`;
    case "package.currency-or-feature-off":
      if (value) return `${wording.packageName} is not set up for ${value}`;
      break;
    case "mapping.link-cleared":
    case "mapping.linked-elsewhere": {
      const [word = "Record", ...rest] = (detail?.subject ?? "").split(" ");
      const here = [wording.packageName, detail?.organisation].filter(Boolean).join(" · ");
      const named = [rest.join(" "), rest.join(" ") === value ? null : value].filter(Boolean).join(", ");
      const which = named === "" ? "" : `: ${named}`;
      return code === "mapping.link-cleared"
        ? `${word} not linked to ${here}${which}`
        : `${word} linked to another organisation (${detail?.elsewhere ?? "not this one"}), not to ${here}${which}`;
    }
    case "mapping.perhaps-there": {
      const theirs = detail?.theirs ?? null;
      const who = detail?.subject ?? value ?? "";
      return theirs === null
        ? `${wording.packageName} may have ${who === "" ? "it" : who} already`
        : `${wording.packageName} has ${theirs}: is it ${who === "" ? "the same" : who}?`;
    }
    case "mapping.new-there": {
      const who = detail?.subject ?? value ?? "";
      return who === ""
        ? `new to ${wording.packageName}: press Create to add it`
        : `${who} is new to ${wording.packageName}: create it?`;
    }
    case "source.dependency-missing":
      if (detail?.subject && goesFirst(detail)) return detail.subject;
      if (detail?.field?.endsWith("productReference") && value) return `product ${value} is not in ${wording.packageName}`;
      if (detail?.subject ?? value) return `${detail?.subject ?? value} is not in ${wording.packageName}`;
      break;
  }
  const title = named(errorEntry(code).title, wording);
  if (OF_A_FIELD.has(code) && detail?.field) return `${title}: ${fieldWords(detail.field)}`;
  return code.startsWith("mapping.") && what !== null ? `${title}: ${what}` : title;
}

/** The badge of who fixes it: "Bookkeeper, here". */
export function fixerWords(code: string, wording: Pick<Wording, "packageName">): string {
  const { fixer, where } = errorEntry(code);
  if (fixer === "nobody" || fixer === "support") return FIXERS[fixer];
  return `${FIXERS[fixer]}, ${where === "here" ? "here" : where === "package" ? `in ${wording.packageName}` : "in the source"}`;
}

/** "3 sales invoices", "3 records": the rows of a cause, by their kind where they are of one. */
export function countWords(cause: Pick<Wire<Cause>, "count" | "kind">): string {
  const one = cause.count === 1;
  const kind = cause.kind === null ? (one ? "record" : "records") : kindWords(cause.kind, one);
  return `${NUMBER.format(cause.count)} ${kind}`;
}

const kindWords = (kind: RecordKind, one: boolean) => `${KIND_LABELS[kind].toLowerCase()}${one ? "" : "s"}`;

/** "A", "A and B", "A, B and C". */
const listed = (names: readonly string[]) => new Intl.ListFormat("en-GB").format(names);

/** So many are named whole; of more, two with how many more there are. */
const ALL_NAMED = 3;

/** The first of a cause's rows by number, each with its company where two go by one number: "INV-1, INV-2 and 3 more". */
export function namesOf(cause: Pick<Wire<Cause>, "rows" | "count">): string {
  const { rows, count } = cause;
  const alone = (reference: string) => rows.filter((row) => row.reference === reference).length === 1;
  const name = (row: Wire<Cause>["rows"][number]) =>
    alone(row.reference) || row.party === "" || row.party === row.reference ? row.reference : `${row.reference} of ${row.party}`;
  const named = rows.slice(0, count <= ALL_NAMED ? count : 2).map(name);
  const more = count - named.length;
  return listed(more > 0 ? [...named, `${NUMBER.format(more)} more`] : named);
}

/** The customers and suppliers of a cause by name, as far as they are known: "Peak Gifts and Delta Ltd", "Peak Gifts and 6 more". */
function companiesOf(cause: Pick<Wire<Cause>, "parties" | "partyNames" | "rows">): string {
  if (cause.partyNames.length > 0) return listed(cause.partyNames);
  const first = [...new Set(cause.rows.map((row) => row.party))].filter((party) => party !== "").slice(0, 2);
  const more = cause.parties - first.length;
  return listed(more > 0 ? [...first, `${NUMBER.format(more)} more`] : first);
}

/** The time of day in the client's zone. */
export const clock = (at: string, wording: Wording) =>
  formatMoment(at, wording.timeZone, wording.locale).split(", ").at(-1) ?? "";
const lower = (text: string) => (/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);

/** Causes whose rows ask about one document each: an answer for one is none for the others. */
const ASKS_EACH: ReadonlySet<string> = new Set([
  "source.perhaps-in-package",
  "source.already-in-package",
  "source.duplicate-number",
  "mapping.entity-unlinked",
  "mapping.perhaps-there",
  "unknown.ambiguous-match",
]);

export const asksEach = (code: string): boolean => ASKS_EACH.has(code);

/** Why all rows of a cause are stopped: what is said of one row alone stands for no other. */
function causeReason(cause: Wire<Cause>, wording: Wording): string {
  const one = cause.count === 1;
  const { code } = cause;
  if (!one && code === "source.perhaps-in-package")
    return `${wording.packageName} has a document with the same number as each: is it the same?`;
  if (!one && code === "source.already-in-package")
    return "another record with the same number is already there, or is sent first";
  if (code === "package.contact-archived") {
    const who = companiesOf(cause);
    if (who !== "") return `${who} ${cause.parties > 1 ? "are" : "is"} archived in ${wording.packageName}`;
  }
  // A cause that is told by its value has one for all of its rows; where its line stands is each row's own.
  const isByValue = (code.startsWith("mapping.") && code !== "mapping.new-there") || code === "source.dependency-missing";
  const detail = one || isByValue ? cause.sampleDetail : cause.shared;
  const sides = new Set(cause.sums.map((sum) => sum.side));
  return reasonWords(code, detail, cause.kind ?? (sides.size > 1 ? null : cause.sampleKind), wording, cause.name);
}

/** What is stuck, by name, and why: "312 sales invoices (INV-1, INV-2 and 310 more) wait: sales code 4010 “Training” has no Xero account". */
export function causeHeadline(cause: Wire<Cause>, wording: Wording): string {
  const one = cause.count === 1;
  const names = namesOf(cause);
  const subject = cause.count <= ALL_NAMED ? names : `${countWords(cause)} (${names})`;
  if (cause.checking > 0) return `${subject}: checking whether ${one ? "it" : "they"} reached ${wording.packageName}`;
  const reason = causeReason(cause, wording);
  const verb = cause.held === cause.count ? (one ? "waits" : "wait") : one ? "was refused" : "were refused";
  const isName = reason.startsWith(wording.packageName) || (cause.code === "package.contact-archived" && cause.parties > 0);
  return `${subject} ${verb}: ${isName ? reason : lower(reason)}`;
}

/** What it is worth, what state was left behind, and what happens next. */
export function causeLine(cause: Wire<Cause>, wording: Wording): string {
  if (cause.checking > 0) {
    const sent = cause.sentAt ? ` at ${clock(cause.sentAt, wording)}` : "";
    const looks = cause.looksAt ? `; next check at ${clock(cause.looksAt, wording)}` : "; we will check again soon";
    const answers = new Set(cause.rows.map((row) => answeredWords(row.detail, wording)));
    // What one call was answered is said of its own rows alone.
    const isOne = cause.count === 1 || (cause.count <= cause.rows.length && answers.size === 1);
    const what = isOne
      ? (answeredWords(cause.sampleDetail, wording) ?? `The connection was lost after sending${sent}.`)
      : "No clear answer was received for any of them.";
    return `${what} ${cause.count === 1 ? "It is" : "They are"} not sent again${looks}.`;
  }
  const parts: string[] = [];
  const money = sumsInWords(cause.sums, wording.locale, true);
  const names = cause.partyNames.length > 0 ? listed(cause.partyNames) : "";
  const who =
    names !== ""
      ? `for ${names}`
      : cause.parties > 0
        ? `for ${NUMBER.format(cause.parties)} ${cause.parties === 1 ? "customer or supplier" : "customers and suppliers"}`
        : "";
  const opening = [money, who].filter(Boolean).join(" ");
  if (opening) parts.push(`${opening.charAt(0).toUpperCase()}${opening.slice(1)}.`);
  parts.push(stateLeft(cause, wording));
  const detail = cause.sampleDetail;
  if (["mapping.account-missing", "mapping.tax-missing", "mapping.tax-wrong-side"].includes(cause.code)) {
    const value = detail?.value && `${detail.value}${forSide(detail)}`;
    if (value)
      parts.push(cause.count === 1 ? `Mapping ${value} releases it.` : `Mapping ${value} releases all of them, contacts first.`);
  } else if (cause.retryAt) parts.push(`Resumes at ${clock(cause.retryAt, wording)}.`);
  return parts.join(" ");
}

/** What the package answered of a row whose outcome it leaves open, word for word; null where no answer came. */
export function answeredWords(detail: SyncErrorDetail | null, wording: Wording): string | null {
  const words = detail?.said?.find((one) => one.trim() !== "")?.trim();
  if (detail?.httpStatus === undefined && words === undefined) return null;
  const status = detail?.httpStatus === undefined ? "" : ` with status ${detail.httpStatus}`;
  const said = words === undefined ? "" : `: \u201c${words.length > 160 ? `${words.slice(0, 157)}\u2026` : words}\u201d`;
  return `${wording.packageName} answered${status}${said}${/[.!?]$/.test(words ?? "") && said !== "" ? "" : "."}`;
}

/** The code by which a card explains a row whose outcome is not known: what it answered is no dropped line. */
export const unknownCode = (detail: SyncErrorDetail | null) =>
  detail?.httpStatus === undefined && !detail?.said?.length ? "unknown.timeout-after-send" : "unknown.error-answer";

/** The catalogue's code of what stops a row, by which its card, its line on paper and its diagnosis explain it; null where nothing does. */
export function stoppedCode(row: {
  readonly panel: string | null;
  readonly state: PostingState;
  readonly errorCode: string | null;
  readonly errorDetail: SyncErrorDetail | null;
  readonly precheckCode: string | null;
}): string | null {
  if (row.panel === "pending") return row.precheckCode;
  if (row.panel !== "errors") return null;
  if (row.state === "unknown") return unknownCode(row.errorDetail);
  return row.errorCode ?? (row.state === "conflict" ? "unknown.ambiguous-match" : "internal.unexpected");
}

/** Where "Why isn't this syncing?" of a record is. */
export const whyHref = (row: { readonly kind: RecordKind; readonly recordId: string }, wording: Wording): string =>
  `${wording.base}${recordPath(row.kind, row.recordId)}#why`;

/** What state was left behind: never a claim that was not looked up. */
function stateLeft(
  cause: Pick<Wire<Cause>, "held" | "count" | "maybeSent" | "code" | "linked" | "sampleThere">,
  wording: Wording,
): string {
  if (cause.code === "unknown.ambiguous-match") return `${wording.packageName} has a different record with this number.`;
  if (cause.maybeSent > 0) return "Sent before without a clear answer: checked first, never sent twice.";
  if (cause.linked > 0) {
    const one = cause.count === 1;
    if (one && cause.sampleThere) {
      const now = thereWords(cause.sampleThere, wording);
      return `${now.charAt(0).toUpperCase()}${now.slice(1)}; the change was not ${cause.held === 1 ? "sent" : "taken"}.`;
    }
    const which = cause.linked === cause.count ? "All" : `${NUMBER.format(cause.linked)} of them`;
    return `${which} in ${wording.packageName} as they were: the changes were not ${cause.held === cause.count ? "sent" : "taken"}.`;
  }
  if (cause.held === cause.count) return "Nothing was sent.";
  return `Not in ${wording.packageName}.`;
}

/** "Marked by Demo adviser", "Uploaded by Demo staff": the actor's name without the address. */
export function howWords(row: { readonly exportedHow: string | null; readonly exportedBy: string | null }): string {
  const by = personWords(row.exportedBy ?? "");
  switch (row.exportedHow) {
    case "marked":
      return by ? `Marked by ${by}` : "Marked by hand";
    case "nightly":
      return "Nightly";
    case "linked":
      return "Found and linked";
    default:
      return by ? `Uploaded by ${by}` : "Uploaded";
  }
}

/** "Differs by £0.01" when the gross does, else what differs: "Differs in date". */
export function differenceWords(differences: readonly Difference[] | null, currency: string | null, locale: string): string {
  const gross = differences?.find((one) => one.field.toLowerCase() === "gross");
  if (gross && currency) {
    const minor = (text: string) => decimalToMinor(text.replace(/\u2212/g, "-").replace(/[^\d.-]/g, ""), currency);
    const ours = minor(gross.ours);
    const theirs = minor(gross.theirs);
    if (ours !== null && theirs !== null) {
      return `Differs by ${formatMoney(ours > theirs ? ours - theirs : theirs - ours, currency, locale)}`;
    }
  }
  const field = differences?.[0]?.field.split(":")[0]?.toLowerCase();
  return field ? `Differs in ${field}` : "Differs";
}
