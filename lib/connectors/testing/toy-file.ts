import { randomUUID } from "node:crypto";
import {
  type DocumentKind,
  familyOf,
  isDocumentKind,
  type OutgoingDocument,
  type OutgoingRecord,
  type SeenRecord,
} from "#lib/common/records.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { Carried, ContractWorld, Mishap } from "../contract/world.ts";
import { hexKey } from "../shared/keys.ts";
import { oneCall } from "../shared/one-call.ts";
import {
  type Batch,
  CAME_AS,
  type CallFault,
  type ConfirmRequest,
  type Connection,
  type FileConnector,
  type Message,
  type PackageLists,
  type PushOutcome,
  type PushOutcomes,
  type RawAnswer,
  type Sighting,
} from "../types.ts";

/**
 * A throwaway package that takes files: a person imports a batch, and brings back what the program said and what it holds. It numbers
 * nothing that we hear of, so that its id of a record is the mark that we gave it; and it imports whatever it is given, as often as it
 * is given it, as such programs do.
 */

/** One line of its files: what it is, its mark, then its cells. */
type Cell = string | readonly (readonly string[])[];
type Line = readonly [what: string, ...cells: Cell[]];

const END = "END";
const text = (lines: readonly Line[]) =>
  [...lines, [END, String(lines.length)] as const].map((line) => `${JSON.stringify(line)}\n`).join("");

/** Null where it is none of its files, or half of one. */
function linesOf(body: string): Line[] | null {
  try {
    // What is no list of texts and tables of texts breaks where it is read, and is no file of its.
    const lines = body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const last = lines.pop();
    return Array.isArray(last) && last[0] === END && last[1] === String(lines.length) ? lines : null;
  } catch {
    return null;
  }
}

const cell = (line: Line, at: number): string => {
  const found = line[at];
  return typeof found === "string" ? found : "";
};
const rowsIn = (line: Line, at: number): readonly (readonly string[])[] => {
  const found = line[at];
  return typeof found === "object" ? found : [];
};

/** A record as its files have it: what, mark, kind, number, party or name, dates, currency, our page, lines. */
function lineOf(record: OutgoingRecord, mark: string): Line {
  if ("lines" in record && isDocumentKind(record.kind)) {
    const rows = record.lines.map((line) => [
      line.description,
      line.target.account.externalId,
      line.tax.externalId,
      String(line.netMinor),
      String(line.taxMinor),
    ]);
    const { kind, number, contactExternalId, issuedOn, dueOn, currency, url } = record as OutgoingDocument;
    return ["DOC", mark, kind, number, contactExternalId, issuedOn, dueOn ?? "", currency, url, rows];
  }
  if (!("name" in record)) throw new RangeError(`${record.kind} is none of its kinds`);
  return ["CARD", mark, record.kind, record.reference, record.name];
}

const REFUSALS: Readonly<Record<string, SyncErrorCode>> = { "17": "source.duplicate-number", "31": "mapping.target-archived" };

const push = oneCall<Batch, PushOutcomes>({
  ask: ({ records }, _connection, key) => ({
    operation: "import",
    method: "POST",
    path: "",
    query: {},
    headers: {},
    body: text(records.map((record, at) => lineOf(record, `${key}-${at + 1}`))),
  }),
  read(message, answer, { records }) {
    const marks = (linesOf(message.body ?? "") ?? []).map((line) => cell(line, 1));
    const said = linesOf(answer.body);
    const isWord = answer.headers[CAME_AS] === "word";
    return new Map(
      records.map((record, at): [string, PushOutcome] => {
        const externalId = marks[at] ?? "";
        const accepted = { status: "accepted", externalId, warnings: [] } as const;
        if (isWord) return [record.recordId, accepted];
        if (answer.status !== 200 || said === null) return [record.recordId, { status: "unknown", why: "unparsable" }];
        const line = said.find((one) => cell(one, 1) === externalId);
        if (!line) return [record.recordId, { status: "unknown", why: "missing-in-answer" }];
        if (line[0] === "OK") return [record.recordId, accepted];
        const code = REFUSALS[cell(line, 2)] ?? "package.refused";
        return [record.recordId, { status: "refused", error: new SyncError(code, { said: [cell(line, 3)] }) }];
      }),
    );
  },
});

function faultOf(answer: RawAnswer): CallFault | null {
  if (answer.headers[CAME_AS] === "word") return null;
  return answer.status === 200 && linesOf(answer.body) !== null ? null : { what: "unclear", why: "unparsable" };
}

function seenIn(line: Line): SeenRecord {
  const [kind, reference] = [cell(line, 2), cell(line, 3)];
  if (kind === "product") return { family: "product", reference, name: cell(line, 4) };
  if (line[0] === "CARD") return { family: "contact", reference, name: cell(line, 4), status: "active", mergedInto: null };
  const split = rowsIn(line, 9).map(([, accountExternalId = null, taxExternalId = null, net = "0", tax = "0"]) => ({
    accountExternalId,
    taxExternalId,
    netMinor: BigInt(net),
    taxMinor: BigInt(tax),
  }));
  const netMinor = split.reduce((sum, row) => sum + row.netMinor, 0n);
  const taxMinor = split.reduce((sum, row) => sum + row.taxMinor, 0n);
  return {
    family: "document",
    kind: kind as DocumentKind,
    number: reference,
    contactExternalId: cell(line, 4),
    issuedOn: cell(line, 5),
    dueOn: cell(line, 6) || null,
    currency: cell(line, 7),
    status: "authorised",
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    split,
    url: cell(line, 8),
  };
}

/** What an export holds under our references. A mark that stands there twice is two records. */
function sightingsIn(lines: readonly Line[], { refs, kind }: ConfirmRequest): Sighting[] {
  const times = new Map<string, number>();
  const named = lines.map((line) => {
    const mark = cell(line, 1);
    const time = (times.get(mark) ?? 0) + 1;
    times.set(mark, time);
    return { line, externalId: time === 1 ? mark : `${mark}/${time}` };
  });
  return refs.flatMap((ref) =>
    named
      .filter(({ line, externalId }) =>
        ref.externalId === null ? cell(line, 2) === kind && cell(line, 3) === ref.reference : externalId === ref.externalId,
      )
      .map(({ line, externalId }) => ({ recordId: ref.recordId, externalId, version: null, seen: seenIn(line) })),
  );
}

const question = (operation: string): Message => ({ operation, method: "GET", path: "", query: {}, headers: {}, body: null });

export const toyFile: FileConnector = {
  id: "sage-50",
  name: "A throwaway that takes files",
  style: "file",
  files: {
    fileOf: ({ body }, number) => ({
      name: `batch-${number}.txt`,
      mediaType: "text/plain",
      bytes: new TextEncoder().encode(body ?? ""),
    }),
    textOf: (bytes) => new TextDecoder().decode(bytes),
  },
  can: {
    push: ["customer", "supplier", "product", "sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
    update: [],
    usually: { batch: 500, readAtOnce: 500 },
    kinds: {},
    uniqueNumbers: [],
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
    keptForStaff: 0,
    staffShare: 0,
    gapMs: 0,
    timeoutMs: { read: 60_000, write: 60_000 },
  },
  check: {
    ask: () => question("ping"),
    read: () => ({ ok: true, tenantName: "Files" }),
  },
  discover: {
    ask: () => question("lists"),
    read: (_message, answer) => listsIn(linesOf(answer.body) ?? []),
  },
  push,
  // The longest mark that its import keeps.
  keyOf: (digest) => hexKey(digest, 24),
  confirm: {
    ask: () => question("export"),
    read: (_message, answer, wanted) => ({ sightings: sightingsIn(linesOf(answer.body) ?? [], wanted), next: null }),
  },
  streams: [],
  pull: {
    ask: () => question("export"),
    read: (_message, _answer, wanted) => ({ payments: [], documents: [], cursor: wanted.cursor ?? "", more: false }),
  },
  entityOf: (kind) => (kind === "customer" || kind === "supplier" ? kind : familyOf(kind)),
  idIn: () => null,
  fields: { texts: {}, lines: null },
  faultIn: () => null,
  faultOf,
  saidIn: ({ status }) => ({ httpStatus: status }),
  dayLeftIn: () => null,
};

function listsIn(lines: readonly Line[]): PackageLists {
  return {
    accounts: lines
      .filter((line) => line[0] === "ACCOUNT")
      .map((line) => ({
        externalId: cell(line, 1),
        code: cell(line, 1),
        name: cell(line, 1),
        type: "",
        class: cell(line, 2) === "income" ? "revenue" : "expense",
        active: true,
        isBank: false,
        takesPayments: false,
        isSystem: false,
        currency: null,
      })),
    taxRates: lines
      .filter((line) => line[0] === "VAT")
      .map((line) => ({
        externalId: cell(line, 1),
        name: cell(line, 1),
        rate: cell(line, 2),
        selfAccounts: null,
        active: true,
        appliesTo: ["revenue", "expense"],
      })),
    next: null,
  };
}

/** The program that imports, on the customer's machine, and its books. */
export class ImportProgram {
  readonly #books: Line[] = [];
  /** Whether what stands there already is refused; else it is taken twice. */
  refusesRepeats = false;
  /** Accounts that it lets nothing be posted to. */
  readonly closed = new Set(["Closed"]);
  /** Numbers that it refuses. */
  readonly refuses = new Set<string>();

  /** Imports a file. @returns what its window says */
  import(bytes: Uint8Array): string {
    const lines = linesOf(new TextDecoder().decode(bytes));
    if (lines === null) throw new Error("It is none of its files");
    return text(lines.map((line) => this.#take(line)));
  }

  #take(line: Line): Line {
    const mark = cell(line, 1);
    const isThere = this.#books.some((one) => cell(one, 2) === cell(line, 2) && cell(one, 3) === cell(line, 3));
    if (this.refusesRepeats && isThere) return ["NO", mark, "17", "It is there already"];
    if (this.refuses.has(cell(line, 3))) return ["NO", mark, "40", "It is refused"];
    if (rowsIn(line, 9).some(([, account = ""]) => this.closed.has(account))) return ["NO", mark, "31", "The account is closed"];
    this.#books.push(line);
    return ["OK", mark];
  }

  /** What a person exports from it. */
  export(): Uint8Array {
    return new TextEncoder().encode(text(this.#books));
  }

  /** Puts a record right, or deletes it, by hand. */
  change(number: string, change: (line: Line) => Line | null): void {
    const changed = this.#books.flatMap((line) => (cell(line, 3) === number ? [change(line) ?? []] : [line]));
    this.#books.splice(0, this.#books.length, ...changed.filter((line): line is Line => line.length > 0));
  }

  countOf(number: string): number {
    return this.#books.filter((line) => cell(line, 3) === number).length;
  }

  /** Its numbers, in the order in which they were imported. */
  added(): readonly string[] {
    return this.#books.map((line) => cell(line, 3));
  }
}

/** The program, and a person who carries the files at once. */
export function fileWorld(): ContractWorld {
  const program = new ImportProgram();
  const connection: Connection = { id: randomUUID(), tenantId: "files", apiUrl: "", baseCurrency: "GBP", options: {} };
  let mishap: Mishap | null = null;
  let late: (() => RawAnswer) | null = null;
  const came = (body: string, as: string): RawAnswer => ({ status: 200, headers: { [CAME_AS]: as }, body });

  function answerTo({ operation, body }: Message): RawAnswer {
    if (operation === "import") return came(program.import(new TextEncoder().encode(body ?? "")), "result");
    if (operation === "export") return came(new TextDecoder().decode(program.export()), "export");
    return came(
      text([
        ["ACCOUNT", "4000", "income"],
        ["ACCOUNT", "5000", "cost"],
        ["VAT", "T1", "20"],
      ]),
      "export",
    );
  }

  function troubled(answer: RawAnswer, struck: Mishap | null): RawAnswer {
    const lines = linesOf(answer.body) ?? [];
    if (struck === "answer-lost") return { ...answer, body: answer.body.slice(0, 20) };
    if (struck === "reordered") return { ...answer, body: text(lines.toReversed()) };
    if (struck === "element-missing") return { ...answer, body: text(lines.toSpliced(1, 1)) };
    return answer;
  }

  async function carry(message: Message, key: string | null): Promise<Carried> {
    const struck = key === null ? null : mishap;
    if (key !== null) mishap = null;
    if (struck === "not-now") {
      late = () => answerTo(message);
      return { sent: "laid-down" };
    }
    const answer = troubled(answerTo(message), struck);
    if (struck === "late-answer") {
      late = () => answer;
      return { sent: "laid-down" };
    }
    return { sent: true, answer, bytesOut: message.body?.length ?? 0, bytesIn: answer.body.length };
  }

  return {
    connection,
    carry,
    arrange: async (next) => {
      mishap = next;
    },
    arrive: async () => {
      const answer = late?.() ?? null;
      late = null;
      return answer;
    },
    countInBooks: async (number) => program.countOf(number),
    spoiled: (document) => ({
      ...document,
      lines: document.lines.map((line) => ({ ...line, target: { account: { externalId: "Closed", code: "Closed" } } })),
    }),
    close: async () => {},
  };
}
