import { randomUUID } from "node:crypto";
import {
  familyOf,
  isDocumentKind,
  type OutgoingDocument,
  type OutgoingRecord,
  type RecordKind,
  type SeenDocument,
  type SeenRecord,
} from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { hexKey } from "../shared/keys.ts";
import { oneCall } from "../shared/one-call.ts";
import type {
  Batch,
  CallFault,
  DirectConnector,
  Exchanged,
  Message,
  PackageLists,
  PushOutcome,
  PushOutcomes,
  RawAnswer,
  SendContext,
  SendResult,
  Step,
} from "../types.ts";

/**
 * A throwaway package that takes a document in steps: it is made as a draft, and a second call marks
 * it as sent. A credit note asks for its customer's terms first. A change takes three writes: back
 * to draft, the change, marked as sent again; voiding takes two. It has no keys and keeps no number unique, so that
 * nothing but the engine's own order keeps a document from being made twice.
 */

type Body = Record<string, unknown>;

const message = (
  operation: string,
  method: Message["method"],
  path: string,
  body: Body | null = null,
  query: Message["query"] = {},
): Message => ({
  operation,
  method,
  path,
  query,
  headers: {},
  body: body === null ? null : JSON.stringify(body),
});

const own = (record: OutgoingRecord): string => ("number" in record ? record.number : record.reference);

function bodyIn(answer: RawAnswer): Body | null {
  try {
    return JSON.parse(answer.body) as Body;
  } catch {
    return null;
  }
}

function written(record: OutgoingRecord, extra: Body = {}): Body {
  if (!isDocument(record)) {
    return { kind: record.kind, own: own(record), name: "name" in record ? record.name : "" };
  }
  return {
    kind: record.kind,
    own: record.number,
    party: record.contactExternalId,
    on: record.issuedOn,
    by: record.dueOn,
    cur: record.currency,
    mark: record.url,
    ...extra,
    lines: record.lines.map((line) => ({
      account: line.target.account.externalId,
      tax: line.tax.externalId,
      // The package wants the rate itself, beside which rate it is.
      rate: line.tax.rate,
      net: line.netMinor.toString(),
      vat: line.taxMinor.toString(),
    })),
  };
}

const isDocument = (record: OutgoingRecord): record is OutgoingDocument => "dueOn" in record;

const IN_STEPS: readonly RecordKind[] = ["sales-invoice", "sales-credit-note"];

const whole = oneCall<Batch, PushOutcomes>({
  ask: (batch) => {
    const records = batch.records.map((record) => ({
      ...written(record),
    }));
    return message("make", "POST", "/many", { records });
  },
  read: (_message, answer, batch) => {
    const made = (bodyIn(answer)?.made ?? []) as { own: string; id: string }[];
    return new Map(
      batch.records.map((record): [string, PushOutcome] => {
        const here = made.find((one) => one.own === own(record));
        return [
          record.recordId,
          here && answer.status === 200
            ? { status: "accepted", externalId: here.id, warnings: [] }
            : { status: "unknown", why: "missing-in-answer" },
        ];
      }),
    );
  },
});

/** What one step behind us says: the id that it made or found, or how it ended. */
function said(step: Exchanged): { id: string } | { outcome: PushOutcome } {
  if ("found" in step) return { id: step.found.externalId };
  const { answer } = step;
  const body = bodyIn(answer);
  if (answer.status === 200 && typeof body?.id === "string") return { id: body.id };
  if (answer.status === 422) {
    const error = new SyncError("package.refused", { said: [String(body?.fault)] });
    return { outcome: { status: "refused", error } };
  }
  return { outcome: { status: "unknown", why: "unparsable" } };
}

const done = (record: OutgoingRecord, outcome: PushOutcome): Step<PushOutcomes> => ({
  do: "done",
  answer: new Map([[record.recordId, outcome]]),
});
const accepted = (record: OutgoingRecord, externalId: string) => done(record, { status: "accepted", externalId, warnings: [] });

const isSent = (seen: SeenRecord) => seen.family === "document" && seen.status === "authorised";
const isDraft = (seen: SeenRecord) => seen.family === "document" && seen.status === "draft";

function making(record: OutgoingDocument, past: readonly Exchanged[], memo: string): Step<PushOutcomes> {
  const rest = [...past];
  const extra: Body = { memo };
  if (record.kind === "sales-credit-note") {
    const read = rest.shift();
    const path = `/terms/${record.contactExternalId}`;
    if (!read) return { do: "send", writes: false, message: message("terms", "GET", path) };
    if ("answer" in read) extra.terms = bodyIn(read.answer)?.terms;
    // A customer of these terms takes no credit notes.
    if (extra.terms === "none") {
      const error = new SyncError("package.refused", { said: ["No credit notes for this customer"] });
      return done(record, { status: "refused", error });
    }
  }
  const made = rest.shift();
  if (!made) {
    const create = message("create", "POST", "/documents", written(record, extra));
    return { do: "send", writes: true, message: create };
  }
  const first = said(made);
  if ("outcome" in first) return done(record, first.outcome);
  const { id } = first;
  if (record.postAs === "draft") return accepted(record, id);
  const marked = rest.shift();
  if (!marked) {
    const mark = message("mark", "PUT", `/documents/${id}/sent`);
    const held = { externalId: id, version: null };
    return { do: "send", writes: true, message: mark, held, proof: isSent };
  }
  const last = said(marked);
  return "outcome" in last ? done(record, last.outcome) : accepted(record, id);
}

function changing(record: OutgoingDocument, id: string, all: readonly Exchanged[], checks: boolean): Step<PushOutcomes> {
  const past = all.filter((one) => one.message.operation !== "check");
  for (const one of past) {
    const step = said(one);
    if ("outcome" in step) return done(record, step.outcome);
  }
  const put = (operation: string, path: string, body: Body | null = null) =>
    message(operation, "PUT", `/documents/${id}${path}`, body);
  const isChanged = (seen: SeenRecord) => isDraft(seen) && seen.family === "document" && seen.grossMinor === record.grossMinor;
  if (record.voided) {
    if (past.length > 1) return accepted(record, id);
    if (past.length === 0) return { do: "send", writes: true, message: put("unmark", "/draft"), proof: isDraft };
    const proof = (seen: SeenRecord) => seen.family === "document" && seen.status === "voided";
    return { do: "send", writes: true, message: put("void", "/void"), proof };
  }
  switch (past.length) {
    case 0:
      return { do: "send", writes: true, message: put("unmark", "/draft"), proof: isDraft };
    case 1: {
      if (checks && all.length === 1) return { do: "send", writes: false, message: message("check", "GET", "/none") };
      const change = put("change", "", written(record));
      return { do: "send", writes: true, message: change, proof: isChanged };
    }
    case 2:
      if (record.postAs === "draft") return accepted(record, id);
      return { do: "send", writes: true, message: put("mark", "/sent"), proof: isSent };
    default:
      return accepted(record, id);
  }
}

function faultOf(answer: RawAnswer): CallFault | null {
  if (answer.status === 200) return null;
  if (answer.status === 429) return { what: "rate-limited", limit: "minute", retryAfterMs: 30_000 };
  if (answer.status === 422 || answer.status === 404)
    return {
      what: "refused",
      error: new SyncError("package.refused", { said: [answer.body] }),
    };
  return { what: "unclear", why: "server-error" };
}

export interface Kept {
  readonly id: string;
  readonly kind: RecordKind;
  own: string;
  status: SeenDocument["status"];
  body: Body;
}

/** What a read shows of it. */
export function seenOf({ kind, own: reference, status, body }: Kept): SeenRecord {
  if (kind === "customer" || kind === "supplier")
    return {
      family: "contact",
      reference,
      name: String(body.name),
      status: "active",
      mergedInto: null,
    };
  if (!isDocumentKind(kind)) return { family: "product", reference, name: String(body.name) };
  const lines = body.lines as { account: string; tax: string; net: string; vat: string }[];
  const split = Map.groupBy(lines, (line) => `${line.account} ${line.tax}`);
  const sum = (of: readonly { net: string; vat: string }[], field: "net" | "vat") =>
    of.reduce((total, line) => total + BigInt(line[field]), 0n);
  return {
    family: "document",
    kind,
    number: reference,
    contactExternalId: String(body.party),
    issuedOn: String(body.on),
    dueOn: String(body.by),
    currency: String(body.cur),
    status,
    netMinor: sum(lines, "net"),
    taxMinor: sum(lines, "vat"),
    grossMinor: sum(lines, "net") + sum(lines, "vat"),
    split: [...split.values()].map((same) => ({
      accountExternalId: same[0]?.account ?? null,
      taxExternalId: same[0]?.tax ?? null,
      netMinor: sum(same, "net"),
      taxMinor: sum(same, "vat"),
    })),
    url: String(body.mark),
  };
}

/** What can befall the next call of one operation. */
type Trouble =
  /** It is done, and the answer never comes. */
  | "answer-lost"
  /** It never arrives, and nobody can say so. */
  | "request-lost"
  | "refused"
  | "slow-down"
  /** Nothing leaves this machine. */
  | "no-line";

/** The package's side: its books, what befalls its calls, and what was called. */
export class TwoStepBooks {
  readonly records: Kept[] = [];
  /** Operations that arrived, in order. */
  readonly calls: string[] = [];
  readonly #lists: PackageLists;
  readonly #troubles: { readonly operation: string; readonly trouble: Trouble }[] = [];
  /** Told of every call before and after the package works on it. */
  onCall: (operation: string, when: "before" | "after") => Promise<void> = async () => {};
  terms = "30 days";
  /** Its next read shows ids in another case than its writes did. */
  shouts = false;

  constructor(lists: Pick<PackageLists, "accounts" | "taxRates">) {
    this.#lists = { ...lists, next: null };
  }

  /** Arranges what befalls the next call of an operation. */
  arrange(operation: string, trouble: Trouble): void {
    this.#troubles.push({ operation, trouble });
  }

  /** Documents under one number. */
  under(number: string): readonly Kept[] {
    return this.records.filter((one) => one.own === number);
  }

  /** As somebody does in the package's own screens. */
  byHand(number: string, status: Kept["status"]): void {
    for (const one of this.under(number)) one.status = status;
  }

  async send(sent: Message): Promise<SendResult> {
    const at = this.#troubles.findIndex((one) => one.operation === sent.operation);
    const [struck] = at < 0 ? [] : this.#troubles.splice(at, 1);
    const trouble = struck?.trouble;
    if (trouble === "no-line") return { sent: false, why: "connect refused" };
    await this.onCall(sent.operation, "before");
    if (trouble === "request-lost") return { sent: "maybe", why: "timeout", partial: null, bytesOut: 1, bytesIn: 0 };
    const answer =
      trouble === "refused"
        ? { status: 422, body: { fault: "The package says no" } }
        : trouble === "slow-down"
          ? { status: 429, body: {} }
          : this.#work(sent);
    if (trouble !== "slow-down") this.calls.push(sent.operation);
    await this.onCall(sent.operation, "after");
    if (trouble === "answer-lost") return { sent: "maybe", why: "timeout", partial: null, bytesOut: 1, bytesIn: 0 };
    const body = JSON.stringify(answer.body);
    return {
      sent: true,
      answer: { status: answer.status, headers: {}, body },
      bytesOut: 1,
      bytesIn: body.length,
    };
  }

  #work({ method, path, body, query }: Message): { status: number; body: Body } {
    const given = body === null ? {} : (JSON.parse(body) as Body);
    if (path === "/lists") return { status: 200, body: { ...this.#lists } };
    if (path === "/none") return { status: 200, body: {} };
    if (path.startsWith("/terms/")) return { status: 200, body: { terms: this.terms } };
    if (path === "/find") {
      const ids = (query.ids ?? "").split(",");
      const owns = (query.owns ?? "").split(",");
      const found = this.records.filter((one) => one.kind === query.kind && (ids.includes(one.id) || owns.includes(one.own)));
      const isLoud = this.shouts;
      this.shouts = false;
      const shown = (id: string) => (isLoud ? id.toUpperCase() : id);
      return { status: 200, body: { found: found.map((one) => ({ ...one, id: shown(one.id) })) } };
    }
    if (path === "/many") {
      const made = (given.records as Body[]).map((one) => this.#make(one, "authorised"));
      return { status: 200, body: { made: made.map(({ id, own }) => ({ id, own })) } };
    }
    if (method === "POST") return { status: 200, body: { id: this.#make(given, "draft").id } };
    const [, , id, move] = path.split("/");
    const kept = this.records.find((one) => one.id === id);
    if (!kept || kept.status === "deleted") return { status: 404, body: { fault: "Not found" } };
    if (move === "sent") kept.status = "authorised";
    else if (move === "draft") kept.status = "draft";
    else if (move === "void") kept.status = "voided";
    else kept.body = given;
    return { status: 200, body: { id: kept.id } };
  }

  #make(body: Body, status: Kept["status"]): Kept {
    const kept: Kept = {
      id: randomUUID(),
      kind: body.kind as RecordKind,
      own: String(body.own),
      status,
      body,
    };
    this.records.push(kept);
    return kept;
  }
}

/** What its code writes beside the record, the version of that code, and what it says of the package. */
export interface TwoStepCode {
  readonly memo: string;
  readonly version: number;
  /** Before it changes a document it reads something. */
  readonly checks?: boolean;
  /** It breaks on what follows the first step of this number. */
  readonly breaksOn?: string;
  readonly can?: Partial<DirectConnector["can"]>;
}

/** Where the books are reached: in this process, or over a line. */
interface TwoStepLine {
  send(message: Message, context: SendContext): Promise<SendResult>;
}

/** The connector to it. */
export function twoStep(books: TwoStepLine, code: TwoStepCode = { memo: "", version: 1 }): DirectConnector {
  return {
    id: "toy-two-step",
    name: "A throwaway of two steps",
    style: "direct",
    can: {
      push: ["customer", "supplier", "product", "sales-invoice", "bill", "sales-credit-note"],
      update: ["sales-invoice", "sales-credit-note"],
      usually: { batch: 10, readAtOnce: 100 },
      kinds: {},
      uniqueNumbers: [],
      keys: null,
      settleMs: 60_000,
      drafts: true,
      accounts: { onLines: "id", onSales: "account" },
      tax: "ours",
      ...code.can,
    },
    guide: { says: [], there: {}, lacks: {} },
    limits: {
      windows: [],
      refreshes: [],
      concurrent: { calls: 5, writes: 3 },
      keptForStaff: 1,
      staffShare: 0.2,
      gapMs: 0,
      timeoutMs: { read: 30_000, write: 30_000 },
    },
    check: {
      ask: () => message("ping", "GET", "/none"),
      read: () => ({ ok: true, tenantName: "Two steps" }),
    },
    discover: {
      ask: () => message("lists", "GET", "/lists"),
      read: (_message, answer) => ({ ...bodyIn(answer), next: null }),
    },
    push: {
      inSteps: IN_STEPS,
      version: code.version,
      next(batch, about, past) {
        const [record] = batch.records;
        if (!record || !isDocument(record) || !IN_STEPS.includes(record.kind)) return whole.next(batch, about, past);
        if (record.number === code.breaksOn && past.length > 0) throw new Error("It breaks");
        return record.held
          ? changing(record, record.held.externalId, past, code.checks ?? false)
          : making(record, past, code.memo);
      },
    },
    keyOf: (digest) => hexKey(digest, 32),
    confirm: {
      ask: ({ kind, refs }) => {
        const ids = refs.flatMap((ref) => ref.externalId ?? []);
        const owns = refs.flatMap((ref) => (ref.externalId === null ? ref.reference : []));
        const query = { kind, ids: ids.join(","), owns: owns.join(",") };
        return message("find", "GET", "/find", null, query);
      },
      read: (_message, answer, { refs }) => {
        const found = (bodyIn(answer)?.found ?? []) as Kept[];
        const sightings = refs.flatMap((ref) =>
          found
            .filter((one) => (ref.externalId === null ? one.own === ref.reference : one.id.toLowerCase() === ref.externalId))
            .map((one) => ({
              recordId: ref.recordId,
              externalId: one.id,
              version: null,
              seen: seenOf(one),
            })),
        );
        return { sightings, next: null };
      },
    },
    streams: [],
    pull: {
      ask: () => message("changes", "GET", "/none"),
      read: (_message, _answer, { cursor }) => ({
        payments: [],
        documents: [],
        cursor: cursor ?? "start",
        more: false,
      }),
    },
    entityOf: familyOf,
    idIn: (pasted) => pasted.trim() || null,
    fields: { texts: {}, lines: null },
    faultIn: () => null,
    faultOf,
    saidIn: ({ status }) => ({ httpStatus: status }),
    dayLeftIn: () => null,
    requestIdHeader: null,
    prices: null,
    send: (sent, context) => books.send(sent, context),
  };
}
