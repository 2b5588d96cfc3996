import { randomUUID } from "node:crypto";
import { type DocumentKind, familyOf, type OutgoingDocument, type OutgoingRecord, type SeenRecord } from "#lib/common/records.ts";
import { XmlFault } from "#lib/common/xml.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { Carried, ContractWorld, Mishap } from "../contract/world.ts";
import { hexKey } from "../shared/keys.ts";
import { oneCall } from "../shared/one-call.ts";
import { readXml, type XmlElement } from "../shared/xml.ts";
import type {
  Batch,
  CallFault,
  CollectedConnector,
  Connection,
  Message,
  PushOutcome,
  PushOutcomes,
  RawAnswer,
} from "../types.ts";

/**
 * A throwaway package that collects: requests wait in an outbox until a program on the customer's machine fetches them, and the
 * answers come back later, in XML, with amounts as text and names of accounts instead of ids. It exists so that the boundary is
 * no mirror of Xero.
 */

function el(name: string, attributes: Record<string, string | null>, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`)
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;" };
const escaped = (value: string) => value.replace(/[&<>"\n]/g, (one) => ENTITIES[one] ?? one);

/** Null where the answer is none that can be read: half of one, or another language. */
function parse(xml: string): XmlElement | null {
  try {
    return readXml(xml);
  } catch (error) {
    if (error instanceof XmlFault) return null;
    throw error;
  }
}

const TAGS: Readonly<Record<string, string>> = {
  customer: "Customer",
  supplier: "Vendor",
  product: "Part",
  "sales-invoice": "Invoice",
  bill: "Bill",
  "sales-credit-note": "CreditMemo",
  "supplier-credit-note": "VendorCredit",
};
const kindOf = (tag: string) => Object.keys(TAGS).find((kind) => TAGS[kind] === tag);

/** Amounts cross as text in pounds, negative for credits: another convention than ours on purpose. */
function money(minor: bigint, kind: string): string {
  const sign = kind.endsWith("credit-note") && minor !== 0n ? "-" : "";
  const digits = minor.toString().padStart(3, "0");
  return `${sign}${digits.slice(0, -2)},${digits.slice(-2)}`;
}
function minorOf(text: string | undefined): bigint {
  return BigInt((text ?? "0").replace(/[-,]/g, ""));
}

function request(record: OutgoingRecord): string {
  const tag = TAGS[record.kind] ?? "";
  if (!("name" in record || "lines" in record)) throw new RangeError(`${record.kind} is none of its kinds`);
  if (!("lines" in record)) return el(tag, { own: record.reference, called: record.name });
  return el(
    tag,
    {
      own: record.number,
      party: record.contactExternalId,
      on: record.issuedOn,
      by: record.dueOn,
      cur: record.currency,
      mark: record.url,
    },
    record.lines.map((line) =>
      el("Row", {
        text: line.description,
        account: line.target.account.externalId,
        vat: line.tax.externalId,
        net: money(line.netMinor, record.kind),
        tax: money(line.taxMinor, record.kind),
      }),
    ),
  );
}

const ask = (operation: string, body: string): Message => ({ operation, method: "POST", path: "", query: {}, headers: {}, body });
const own = (record: OutgoingRecord) => ("number" in record ? record.number : record.reference);

const push = oneCall<Batch, PushOutcomes>({
  ask: (batch) => ask("add", el("Add", {}, batch.records.map(request))),
  read(message, answer, batch) {
    const fault = faultOf(answer);
    const root = parse(answer.body);
    return new Map(
      batch.records.map((record): [string, PushOutcome] => {
        if (fault?.what === "unclear") return [record.recordId, { status: "unknown", why: fault.why }];
        if (fault?.what === "rate-limited")
          return [record.recordId, { status: "not-sent", error: new SyncError("transient.rate-limited"), limit: fault.limit }];
        if (fault) return [record.recordId, { status: "not-sent", error: fault.error }];
        const result = root?.children.find((one) => one.name === TAGS[record.kind] && one.attributes.own === own(record));
        if (!result) return [record.recordId, { status: "unknown", why: "missing-in-answer" }];
        const { code, id, says = "" } = result.attributes;
        if (code === "0" && id) return [record.recordId, { status: "accepted", externalId: id, warnings: [] }];
        const kind = code === "17" ? "source.duplicate-number" : code === "31" ? "mapping.target-archived" : "package.refused";
        return [record.recordId, { status: "refused", error: new SyncError(kind, { said: [says], subject: message.operation }) }];
      }),
    );
  },
});

function faultOf(answer: RawAnswer): CallFault | null {
  // The program's own visit has run out: it signs in anew and comes again.
  if (answer.status === 401) return { what: "token-expired", error: new SyncError("connection.token-expired") };
  if (answer.status !== 200) return { what: "unclear", why: "server-error" };
  const root = parse(answer.body);
  // Somebody has the file open alone: nothing was done, and the program asks again after its pause.
  if (root?.name === "Busy") return { what: "rate-limited", limit: "concurrent", retryAfterMs: 60_000 };
  return root ? null : { what: "unclear", why: "unparsable" };
}

function seen(element: XmlElement): SeenRecord {
  const { own: reference = "", called = "", party = null, on = null, by = null, cur = "", mark = null } = element.attributes;
  const kind = kindOf(element.name);
  if (kind === "customer" || kind === "supplier")
    return { family: "contact", reference, name: called, status: "active", mergedInto: null };
  if (kind === "product") return { family: "product", reference, name: called };
  const split = element.children.map((row) => ({
    accountExternalId: row.attributes.account ?? null,
    taxExternalId: row.attributes.vat ?? null,
    netMinor: minorOf(row.attributes.net),
    taxMinor: minorOf(row.attributes.tax),
  }));
  const netMinor = split.reduce((sum, row) => sum + row.netMinor, 0n);
  const taxMinor = split.reduce((sum, row) => sum + row.taxMinor, 0n);
  return {
    family: "document",
    kind: (kind ?? "other") as DocumentKind | "other",
    number: reference,
    contactExternalId: party,
    issuedOn: on,
    dueOn: by,
    currency: cur,
    status: "authorised",
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    split,
    url: mark,
  };
}

export const collected: CollectedConnector = {
  id: "toy-collected",
  name: "A throwaway that collects",
  style: "collected",
  can: {
    push: ["customer", "supplier", "product", "sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
    update: [],
    usually: { batch: 12, readAtOnce: 12 },
    kinds: {},
    uniqueNumbers: ["sales-invoice", "bill"],
    accounts: { onLines: "id", onSales: "account" },
    tax: "ours",
    keys: null,
    settleMs: 0,
    drafts: false,
  },
  guide: { says: [], there: {}, lacks: {} },
  limits: {
    windows: [],
    refreshes: [],
    concurrent: { calls: 1, writes: 1 },
    keptForStaff: 1,
    staffShare: 0.2,
    gapMs: 0,
    timeoutMs: { read: 60_000, write: 60_000 },
  },
  check: {
    ask: () => ask("ping", el("Ping", {})),
    read: (_message, answer) =>
      faultOf(answer) ? { ok: false, error: new SyncError("transient.server-error") } : { ok: true, tenantName: "A file" },
  },
  discover: {
    ask: () => ask("lists", el("Lists", {})),
    read(_message, answer) {
      const rows = parse(answer.body)?.children ?? [];
      return {
        accounts: rows
          .filter((row) => row.name === "Account")
          .map(({ attributes: { called = "", sort } }) => ({
            externalId: called,
            code: null,
            name: called,
            type: sort ?? "",
            class: sort === "income" ? "revenue" : sort === "bank" ? "asset" : "expense",
            active: true,
            isBank: sort === "bank",
            takesPayments: sort === "bank",
            isSystem: false,
            currency: null,
          })),
        taxRates: rows
          .filter((row) => row.name === "Vat")
          .map(({ attributes: { called = "", rate = "0" } }) => ({
            externalId: called,
            name: called,
            rate,
            selfAccounts: null,
            active: true,
            appliesTo: ["revenue", "expense"],
          })),
        next: null,
      };
    },
  },
  push,
  // The longest mark of a message that its kind takes.
  keyOf: (digest) => hexKey(digest, 23),
  confirm: {
    ask: (wanted) =>
      ask(
        "query",
        el(
          "Query",
          { of: TAGS[wanted.kind] ?? "" },
          wanted.refs.map((ref) => el("Ask", { own: ref.reference, id: ref.externalId })),
        ),
      ),
    read(_message, answer, wanted) {
      const rows = parse(answer.body)?.children ?? [];
      return {
        sightings: wanted.refs.flatMap((ref) =>
          rows
            .filter((row) =>
              ref.externalId === null ? row.attributes.own === ref.reference : row.attributes.id === ref.externalId,
            )
            .map((row) => ({ recordId: ref.recordId, externalId: row.attributes.id ?? "", version: null, seen: seen(row) })),
        ),
        next: null,
      };
    },
  },
  // One list of all that changed.
  streams: [{ id: "changes", gives: ["documents", "credit-notes", "payments", "contacts", "products"], every: "night" }],
  pull: {
    ask: () => ask("changes", el("Changes", {})),
    read: (_message, _answer, wanted) => ({ payments: [], documents: [], cursor: wanted.cursor ?? "start", more: false }),
  },
  // Who sells to us is a vendor of its own there, beside the customer who buys.
  entityOf: (kind) => (kind === "customer" || kind === "supplier" ? kind : familyOf(kind)),
  idIn: (pasted) => /^[0-9A-F-]+$/.exec(pasted.trim())?.[0] ?? null,
  fields: { texts: {}, lines: null },
  faultIn: () => null,
  faultOf,
  saidIn: ({ status }) => ({ httpStatus: status }),
  dayLeftIn: () => null,
};

/** The books of the throwaway package, and how they answer what is fetched. */
export interface CollectedBooks {
  /** @param key a repeat under the same key is answered as the first time */
  answerTo(key: string, message: Message, struck?: Mishap | null): RawAnswer;
  countOf(number: string): number;
  /** Numbers in the order in which documents and others were added. */
  added(): readonly string[];
  /** All that stands there. */
  held(): readonly { readonly id: string; readonly seen: SeenRecord }[];
}

/** @param refusesRepeats whether a number that stands there already is refused, or taken twice */
export function collectedBooks(refusesRepeats = true): CollectedBooks {
  const books: XmlElement[] = [];
  const answered = new Map<string, string>();

  function answerTo(key: string, message: Message, struck: Mishap | null = null): RawAnswer {
    if (struck === "token-expired") return { status: 401, headers: {}, body: "" };
    if (struck === "slow-down") return { status: 200, headers: {}, body: el("Busy", {}) };
    const body = answered.get(key) ?? work(message.body ?? "", struck);
    answered.set(key, body);
    if (struck === "answer-lost") return { status: 200, headers: {}, body: body.slice(0, 20) };
    return { status: struck === "server-error" ? 500 : 200, headers: {}, body };
  }

  function work(xml: string, struck: Mishap | null): string {
    const root = parse(xml);
    const rows = root?.children ?? [];
    switch (root?.name) {
      case "Add": {
        const results = rows.map(addToBooks);
        if (struck === "reordered") results.reverse();
        if (struck === "element-missing") results.splice(1, 1);
        return el("Added", { n: String(results.length) }, results);
      }
      case "Query": {
        const wanted = books.filter(
          (one) =>
            one.name === root.attributes.of &&
            rows.some((row) =>
              row.attributes.id ? row.attributes.id === one.attributes.id : row.attributes.own === one.attributes.own,
            ),
        );
        return el("Found", {}, wanted.map(write));
      }
      case "Lists":
        return el("Lists", {}, [
          el("Account", { called: "Sales & services", sort: "income" }),
          el("Account", { called: "Delivery", sort: "income" }),
          el("Account", { called: "Materials", sort: "cost" }),
          el("Account", { called: "Current account", sort: "bank" }),
          el("Vat", { called: "Standard", rate: "20" }),
        ]);
      default:
        return el("Done", {});
    }
  }

  function addToBooks(row: XmlElement): string {
    const { own: number = "" } = row.attributes;
    if (refusesRepeats && books.some((one) => one.name === row.name && one.attributes.own === number)) {
      return el(row.name, { own: number, code: "17", says: "There is one of this number" });
    }
    const bad = row.children.find((line) => line.attributes.account === "Closed");
    if (bad) return el(row.name, { own: number, code: "31", says: "Account Closed is not in use" });
    const id = randomUUID();
    books.push({ ...row, attributes: { ...row.attributes, id } });
    return el(row.name, { own: number, code: "0", id });
  }

  const write = (element: XmlElement): string => el(element.name, { ...element.attributes }, element.children.map(write));

  return {
    answerTo,
    countOf: (number) => books.filter((one) => one.attributes.own === number).length,
    added: () => books.map((one) => one.attributes.own ?? ""),
    held: () => books.map((one) => ({ id: one.attributes.id ?? "", seen: seen(one) })),
  };
}

/** The books, and the program on the customer's machine that comes by for requests. */
export function collectedWorld(): ContractWorld {
  const books = collectedBooks();
  /** What waits to be collected, and what became of it: null while nobody came back. */
  const outbox = new Map<string, { message: Message; answer: RawAnswer | null }>();
  let mishap: Mishap | null = null;
  /** What was laid down last and not answered while we waited. */
  let late: string | null = null;
  const connection: Connection = { id: randomUUID(), tenantId: "file", apiUrl: "", baseCurrency: "GBP", options: {} };

  /** The program visits: takes what waits, has the package work it off, and brings the answers, unless something befalls one. */
  function visit(struck: Mishap | null): void {
    for (const [key, waiting] of outbox) waiting.answer ??= books.answerTo(key, waiting.message, struck);
  }

  /** Puts a request in the outbox: until somebody comes for it, all that can be said is that it waits. */
  async function carry(message: Message, key: string | null): Promise<Carried> {
    const kept = key ?? randomUUID();
    const struck = key === null ? null : mishap;
    if (key !== null) mishap = null;
    outbox.set(kept, { message, answer: null });
    const isAlone = struck === "not-now" || struck === "late-answer";
    // The package works off what is fetched, though its answer may come by a later visit.
    if (struck !== "not-now") visit(struck);
    const answer = isAlone ? null : outbox.get(kept)?.answer;
    if (answer) return { sent: true, answer, bytesOut: message.body?.length ?? 0, bytesIn: answer.body.length };
    late = kept;
    return { sent: "laid-down" };
  }

  return {
    connection,
    carry,
    arrange: async (next) => {
      mishap = next;
    },
    arrive: async () => {
      if (late === null) return null;
      visit(null);
      const answer = outbox.get(late)?.answer ?? null;
      late = null;
      return answer;
    },
    countInBooks: async (number) => books.countOf(number),
    spoiled: (document: OutgoingDocument) => ({
      ...document,
      lines: document.lines.map((line) => ({
        ...line,
        target: { account: { externalId: "Closed", code: null } },
      })),
    }),
    close: async () => {},
  };
}
