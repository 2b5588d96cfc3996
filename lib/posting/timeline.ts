import type { ClientScope, ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import {
  findRecordOrigin,
  listAttachments,
  listFileAttempts,
  listFileNames,
  listRecordAttempts,
  listRecordEvents,
  listRecordLinks,
  listRecordPostings,
  nameLinked,
} from "#db/queries/export/timeline.ts";
import { contactNames } from "#db/queries/links/follow-contacts.ts";
import { type Difference, type RecordEvent, WITHHELD_REASONS, type WithheldReason } from "#db/schema/postings.ts";
import type { RunKind } from "#db/schema/work.ts";
import { formatDate, isPlainDate } from "#lib/common/dates.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { jobScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { Names } from "./compare.ts";
import { type SentWords, sentWords } from "./sent-words.ts";

interface Base {
  /** ISO 8601. */
  readonly at: string;
  readonly revision: number | null;
}

interface FileNamed {
  readonly id: string;
  readonly name: string;
}

/** One thing that became of a record. Plain data, the same on the server and over HTTP. */
export type TimelineEntry =
  | (Base & { readonly what: "made"; readonly by: string | null; readonly file: FileNamed | null })
  | (Base & {
      readonly what: "revised";
      readonly by: string;
      readonly file: FileNamed | null;
      /** What it was before, field by field. */
      readonly before: readonly { readonly label: string; readonly value: string }[];
    })
  | (Base & {
      readonly what: "attempt";
      readonly callId: string;
      readonly kind: RecordKind;
      /** The file that was put to the document; null where the record itself was sent. */
      readonly fileName: string | null;
      readonly package: string;
      /** The organisation, where it is not that of today's connection. */
      readonly elsewhere: string | null;
      readonly operation: string;
      /** Nothing was sent: the package was asked what it holds, and it was compared with ours. */
      readonly read: boolean;
      readonly by: string | null;
      readonly run: { readonly id: string; readonly number: number; readonly kind: RunKind } | null;
      readonly mappingVersion: number | null;
      readonly sends: number;
      readonly status: number | null;
      readonly why: string | null;
      readonly outcome: "accepted" | "refused" | "not-sent" | "unknown" | "found" | "absent" | "conflict" | null;
      /** When the package was asked what it holds, for an outcome that the answer did not settle. */
      readonly lookedUpAt: string | null;
      readonly externalId: string | null;
      readonly errorCode: string | null;
      readonly errorDetail: SyncErrorDetail | null;
      readonly sent: SentWords;
    })
  | (Base & {
      readonly what: "seen";
      readonly package: string;
      readonly equal: boolean;
      readonly draft: boolean;
      readonly differences: readonly Difference[];
      /** What the package reckons itself, beside what we expected: no difference. */
      readonly noted: readonly Difference[];
    })
  | (Base & {
      readonly what: "link";
      readonly by: string;
      readonly kind: RecordKind | null;
      readonly externalId: string;
      readonly package: string;
      readonly elsewhere: boolean;
    })
  | (Base & {
      readonly what: Exclude<RecordEvent, "revised">;
      readonly by: string;
      readonly reason: string | null;
      readonly externalId: string | null;
      readonly aside: WithheldReason | null;
      readonly differences: readonly Difference[];
    })
  | (Base & { readonly what: "attached"; readonly by: string; readonly fileName: string })
  | (Base & { readonly what: "attachment-sent"; readonly fileName: string; readonly package: string })
  | (Base & {
      readonly what: "attachment-failed";
      readonly fileName: string;
      readonly package: string;
      readonly errorCode: string | null;
      readonly errorDetail: SyncErrorDetail | null;
    });

const FIELDS: Readonly<Record<string, string>> = {
  name: "Name",
  email: "E-mail",
  tax_number: "VAT number",
  country: "Country",
  terms: "Terms",
  is_customer: "Customer",
  is_supplier: "Supplier",
  description: "Description",
  sales_nominal_code: "Sales nominal code",
  purchase_nominal_code: "Purchase nominal code",
  stock_nominal_code: "Stock nominal code",
  tax_code: "Tax code",
  number: "Number",
  issued_on: "Date",
  due_on: "Due",
  paid_on: "Date",
  journal_on: "Date",
  currency: "Currency",
  net_minor: "Net",
  tax_minor: "Tax",
  gross_minor: "Gross",
  amount_minor: "Amount",
  debit_minor: "Debits",
  narration: "Narration",
  reference: "Reference",
  bank_nominal_code: "Bank nominal code",
  status: "Status",
};

function beforeWords(before: unknown, currency: string, locale: string): { label: string; value: string }[] {
  if (typeof before !== "object" || before === null) return [];
  return Object.entries(FIELDS).flatMap(([key, label]) => {
    if (!Object.hasOwn(before, key)) return [];
    const value: unknown = (before as Record<string, unknown>)[key];
    const words =
      value === null || value === ""
        ? "none"
        : typeof value === "boolean"
          ? value
            ? "yes"
            : "no"
          : key.endsWith("_minor")
            ? minorToDecimal(BigInt(String(value)), currency)
            : typeof value === "string" && isPlainDate(value)
              ? formatDate(value, locale)
              : String(value);
    return [{ label, value: words }];
  });
}

const iso = (at: Date) => at.toISOString();
const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

/**
 * Everything that became of a record, newest first: every attempt of every revision with what was sent and what came back, the reads
 * that followed, its links, marks and new revisions with the file that brought each, and its attachments.
 */
export async function readTimeline(db: ScopedDb, scope: ClientScope, recordId: string, locale: string): Promise<TimelineEntry[]> {
  const ofRecord = await listRecordAttempts(db, scope, recordId);
  const ofFiles = await listFileAttempts(db, scope, recordId);
  const attempts = [...ofRecord.map((one) => ({ ...one, fileName: null })), ...ofFiles.map(fileAttempt)];
  const postings = await listRecordPostings(db, scope, recordId);
  const events = await listRecordEvents(db, scope, recordId);
  const links = await listRecordLinks(db, scope, recordId);
  const origin = await findRecordOrigin(db, scope, recordId);
  const attachments = await listAttachments(db, scope, recordId);
  const fileIds = [origin?.importId, ...events.flatMap((one) => [one.detail.importId, one.detail.previousImportId])];
  const files = await listFileNames(db, scope, [...new Set(fileIds.filter((id) => typeof id === "string"))]);
  const named = new Map(files.map((file) => [file.id, file]));
  const names = await namesFor(db, scope, attempts);
  const connections = new Map(postings.map((one) => [one.connectionId, one]));
  const packageOf = (connectionId: string) => packageName(connections.get(connectionId)?.package ?? "the package");
  const here = postings.find((one) => one.connectionState !== "disconnected")?.package ?? postings[0]?.package;
  const packageHere = here === undefined ? "the package" : packageName(here);
  const currency = postings.find((one) => one.currency !== null)?.currency ?? "GBP";
  const fileOf = (id: unknown): FileNamed | null => {
    const file = typeof id === "string" ? named.get(id) : undefined;
    return file ? { id: file.id, name: file.name } : null;
  };

  const entries: TimelineEntry[] = [];
  if (origin) {
    // The first change knows which file had brought the record before it.
    const first = events.findLast((one) => one.what === "revised");
    const importId = first ? first.detail.previousImportId : origin.importId;
    const by = typeof importId === "string" ? (named.get(importId)?.by ?? null) : null;
    entries.push({ what: "made", at: iso(origin.createdAt), revision: 1, by, file: fileOf(importId) });
  }
  for (const event of events) {
    // A later read that agrees again stands there as what was seen.
    if (event.what === "accepted" && event.actor === jobScope(scope.clientId).actor.label) continue;
    const base = { at: iso(event.at), revision: event.revision, by: event.actor };
    if (event.what === "revised") {
      const before = beforeWords(event.detail.before, currency, locale);
      // A change by hand leaves the file of the revision before where it was.
      const file = event.detail.importId === event.detail.previousImportId ? null : fileOf(event.detail.importId);
      entries.push({ ...base, what: "revised", file, before });
    } else {
      entries.push({
        ...base,
        what: event.what,
        reason: text(event.detail.reason),
        externalId: text(event.detail.externalId),
        aside: WITHHELD_REASONS.find((reason) => reason === event.detail.aside) ?? null,
        differences: Array.isArray(event.detail.differences) ? event.detail.differences : [],
      });
    }
  }
  for (const attempt of attempts) {
    const connection = connections.get(attempt.connectionId);
    const { answeredAt, settledAt } = attempt;
    const settledLater = settledAt !== null && ["found", "absent", "conflict"].includes(attempt.outcome ?? "");
    entries.push({
      what: "attempt",
      at: iso(attempt.at),
      revision: attempt.revision,
      callId: attempt.callId,
      kind: attempt.kind,
      fileName: attempt.fileName,
      package: packageOf(attempt.connectionId),
      elsewhere: connection?.connectionState === "disconnected" ? connection.tenantName : null,
      operation: attempt.operation,
      read: attempt.method === "GET",
      by: attempt.startedBy,
      run:
        attempt.runId !== null && attempt.runNumber !== null && attempt.runKind !== null
          ? { id: attempt.runId, number: attempt.runNumber, kind: attempt.runKind }
          : null,
      mappingVersion: attempt.mappingVersion,
      sends: attempt.sends,
      status: attempt.status,
      why: attempt.why,
      outcome: attempt.outcome,
      lookedUpAt: settledLater && (answeredAt === null || settledAt >= answeredAt) ? iso(settledAt) : null,
      externalId: attempt.externalId,
      errorCode: attempt.errorCode,
      errorDetail: attempt.errorDetail,
      sent: sentWords(attempt.sent, names.get(attempt.connectionId) ?? NO_NAMES, locale),
    });
  }
  for (const posting of postings) {
    if (posting.confirmedAt === null) continue;
    entries.push({
      what: "seen",
      at: iso(posting.confirmedAt),
      revision: posting.revision,
      package: packageOf(posting.connectionId),
      equal: posting.differences === null || posting.differences.length === 0,
      draft: posting.heldAsDraft,
      differences: posting.differences ?? [],
      noted: posting.noted ?? [],
    });
  }
  for (const link of links) {
    entries.push({
      what: "link",
      at: iso(link.at),
      revision: null,
      by: link.by,
      kind: connections.get(link.connectionId)?.kind ?? null,
      externalId: link.externalId,
      elsewhere: connections.get(link.connectionId)?.connectionState === "disconnected",
      package: packageOf(link.connectionId),
    });
  }
  for (const file of attachments) {
    const base = { revision: null, fileName: file.fileName };
    entries.push({ ...base, what: "attached", at: iso(file.createdAt), by: file.createdBy });
    if (file.sentAt === null) continue;
    if (file.state === "sent") entries.push({ ...base, what: "attachment-sent", at: iso(file.sentAt), package: packageHere });
    if (file.state === "failed") {
      const { errorCode } = file;
      const errorDetail = file.errorDetail as SyncErrorDetail | null;
      entries.push({ ...base, what: "attachment-failed", at: iso(file.sentAt), package: packageHere, errorCode, errorDetail });
    }
  }
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort(newestFirst)
    .map(({ entry }) => entry);
}

/** A call that put a file to the document, as an attempt of its own: of no revision and no run. */
function fileAttempt(one: Awaited<ReturnType<typeof listFileAttempts>>[number]) {
  return {
    ...one,
    // Only documents have files.
    kind: one.sent.kind as RecordKind,
    fileName: text(one.sent.fileName),
    revision: null,
    method: null,
    mappingVersion: null,
    runId: null,
    runNumber: null,
    runKind: null,
    startedBy: null,
  };
}

/** Names for the ids in what was sent, by connection: accounts and tax rates as the package calls them, contacts and documents as we do. */
async function namesFor(
  db: ScopedDb,
  scope: ClientScope,
  attempts: readonly { readonly connectionId: string; readonly sent: Record<string, unknown> }[],
): Promise<Map<string, Names>> {
  const ids = attempts.flatMap(({ sent }) => [sent.contactExternalId, sent.documentExternalId]);
  const linked = await nameLinked(db, scope, [...new Set(ids.filter((id) => typeof id === "string"))]);
  const names = new Map<string, Names>();
  const gone = [...new Set(ids.filter((id) => typeof id === "string"))].filter((id) => !linked.has(id));
  for (const id of new Set(attempts.map((one) => one.connectionId))) {
    // What is linked no more is called as the package's own list has it.
    const there = gone.length === 0 ? null : await contactNames(db, id, gone);
    const contact = (externalId: string) =>
      linked.get(externalId) ?? there?.get(externalId)?.name ?? "a record that is not linked here";
    names.set(id, { ...(await loadNames(db, id)), contact });
  }
  return names;
}

const NO_NAMES: Names = { account: (id) => id, accountIdByCode: () => null, taxRate: (id) => id, contact: (id) => id };

/** What happened in one moment stands in the order of a record's life, the last of it on top. */
const LIFE: readonly TimelineEntry["what"][] = ["made", "revised", "set-aside", "taken-up", "attempt", "link", "linked", "seen"];

function newestFirst(a: { entry: TimelineEntry; index: number }, b: { entry: TimelineEntry; index: number }): number {
  if (a.entry.at !== b.entry.at) return a.entry.at < b.entry.at ? 1 : -1;
  return LIFE.indexOf(b.entry.what) - LIFE.indexOf(a.entry.what) || a.index - b.index;
}
