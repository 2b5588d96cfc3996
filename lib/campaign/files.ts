import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseExact } from "#lib/common/exact.ts";
import { BUILT_IN_PROFILES } from "#lib/operational/built-in.ts";
import { fileMoney } from "#lib/operational/document-money.ts";
import { examineFile } from "#lib/operational/examine.ts";
import { frameOf } from "#lib/operational/frame.ts";
import { type Answers, Asking } from "#lib/operational/questions.ts";
import { isFaulty, lineReader } from "#lib/operational/read-line.ts";
import type { Layout } from "#lib/operational/records.ts";
import { openSource } from "#lib/operational/source.ts";
import { headFaults } from "#lib/operational/summarise.ts";
import { understood } from "#lib/operational/understand.ts";
import { seededRandom } from "#lib/simulator/faults.ts";
import { xlsxOf } from "#lib/testing/xlsx.ts";
import { type CampaignResult, rulesResult } from "./result.ts";

// Ten honest files are spoiled in every way that people and spreadsheets do it. What is read of a spoiled one is the honest file's documents,
// or it was asked or refused: never another amount, date, number, customer or tax in silence.

interface Line {
  readonly quantity: number;
  /** Pennies. */
  readonly price: number;
  readonly description: string;
  readonly taxCode: "S" | "R" | "Z";
}

interface Document {
  readonly type: string;
  readonly number: string;
  readonly date: string;
  readonly due: string;
  readonly contact: string;
  readonly name: string;
  readonly lines: readonly Line[];
}

/** How a file is written. */
interface Style {
  readonly date: (iso: string) => string;
  readonly mark: "." | ",";
  readonly thousands: string;
  readonly separator: "," | ";" | "\t";
  readonly encoding: "utf8" | "utf8-bom" | "utf16le" | "latin1";
  readonly titles: number;
  readonly totals: "none" | "right" | "wrong";
  readonly isWorkbook: boolean;
  readonly given: boolean;
  readonly minus: (text: string) => string;
  readonly pound: boolean;
}

type Row = readonly string[];
const HEADINGS = [
  "Type",
  "Number",
  "Date",
  "Due date",
  "Customer/Supplier reference",
  "Name",
  "Currency",
  "Description",
  "Quantity",
  "Unit price",
  "Net",
  "Tax",
  "Nominal code",
  "Tax code",
] as const;
/** What else each heading is called within reason. */
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  Number: ["Inv No", "Invoice #", "Doc no.", "INVOICE NUMBER"],
  Date: ["Invoice date", "Doc date", "date"],
  "Due date": ["Due", "Payment due date"],
  "Customer/Supplier reference": ["Customer", "Cust ref", "A/C", "Account reference"],
  Name: ["Customer name", "Account name"],
  Description: ["Details", "DESCRIPTION"],
  Quantity: ["Qty", "qty."],
  "Unit price": ["Price", "Unit_price"],
  Net: ["Net amount", "Amount net"],
  Tax: ["VAT", "VAT amount"],
  "Nominal code": ["N/C", "Nominal"],
  "Tax code": ["T/C", "VAT code"],
};
const RATES: Readonly<Record<Line["taxCode"], number>> = { S: 20, R: 5, Z: 0 };
const TODAY = "2026-11-29";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const cut = (iso: string) => [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10)] as const;
const DATES = {
  iso: (iso: string) => iso,
  uk: (iso: string) => [...cut(iso)].reverse().join("/"),
  us: (iso: string) => `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)}`,
  points: (iso: string) => [...cut(iso)].reverse().join("."),
  hyphens: (iso: string) => [...cut(iso)].reverse().join("-"),
  named: (iso: string) => `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`,
  short: (iso: string) => `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)}`,
  usShort: (iso: string) => `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(2, 4)}`,
  moment: (iso: string) => `${iso}T12:00:00Z`,
  serial: (iso: string) => String(Math.round((Date.parse(iso) - Date.parse("1899-12-30")) / 86_400_000)),
} as const;
const PLAIN: Style = {
  date: DATES.iso,
  mark: ".",
  thousands: "",
  separator: ",",
  encoding: "utf8",
  titles: 0,
  totals: "none",
  isWorkbook: false,
  given: false,
  minus: (text) => `-${text}`,
  pound: false,
};

/** The ten honest files, each in the way of a ledger. */
const HONEST: readonly { readonly name: string; readonly style: Style }[] = [
  { name: "iso dates", style: PLAIN },
  { name: "UK dates", style: { ...PLAIN, date: DATES.uk } },
  { name: "US dates", style: { ...PLAIN, date: DATES.us, thousands: "," } },
  { name: "semicolons and decimal commas", style: { ...PLAIN, date: DATES.points, mark: ",", thousands: ".", separator: ";" } },
  { name: "Windows-1252 with tabs", style: { ...PLAIN, encoding: "latin1", separator: "\t", date: DATES.hyphens } },
  { name: "UTF-16", style: { ...PLAIN, encoding: "utf16le", given: true } },
  { name: "titles and totals", style: { ...PLAIN, titles: 3, totals: "right", given: true, date: DATES.uk } },
  { name: "a workbook", style: { ...PLAIN, isWorkbook: true } },
  { name: "month names", style: { ...PLAIN, date: DATES.named, thousands: "," } },
  { name: "a BOM, net and tax given", style: { ...PLAIN, encoding: "utf8-bom", given: true, separator: ";", thousands: " " } },
];

function pick<T>(random: () => number, of: readonly T[]): T {
  const found = of[Math.floor(random() * of.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

/** @param shape `days` at most, and whether every price is whole thousands, so that a mark before three digits says nothing */
function documentsOf(random: () => number, shape: { readonly days: number; readonly thousands: boolean }): Document[] {
  return Array.from({ length: 4 }, (_, at) => {
    const credit = at === 3;
    const day = at === 0 ? shape.days : 1 + Math.floor(random() * shape.days);
    const date = `2026-${String(9 + Math.floor(random() * 2)).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
    const contact = Math.floor(random() * 3);
    return {
      type: credit ? "Sales credit note" : "Sales invoice",
      number: `A-${100 + at}`,
      date,
      due: date.replace(
        /-(\d\d)-(\d\d)$/,
        (_text, month: string, of: string) => `-${String(Number(month) + 1).padStart(2, "0")}-${of}`,
      ),
      contact: `K-${contact}`,
      name: ["Larch Joinery", "Café Rowan", "Smith, Brown & Co"][contact] ?? "",
      lines: Array.from({ length: 1 + Math.floor(random() * 2) }, (_line, place) => ({
        quantity: 1 + Math.floor(random() * 11),
        price: shape.thousands ? 100_000 * (1 + Math.floor(random() * 9)) : 101 + Math.floor(random() * 250_000),
        description: `Shelf ${at}.${place}`,
        taxCode: pick(random, ["S", "R", "Z"] as const),
      })),
    };
  });
}

/** What must come in: by number, everything that may never be another in silence. */
function truthOf(documents: readonly Document[]): ReadonlyMap<string, string> {
  return new Map(
    documents.map(({ type, number, date, due, contact, lines }) => {
      const net = lines.reduce((sum, line) => sum + line.quantity * line.price, 0);
      const tax = lines.reduce((sum, line) => sum + taxOf(line), 0);
      return [number, [type, date, due, contact, "GBP", net, tax].join(" | ")];
    }),
  );
}

const taxOf = ({ quantity, price, taxCode }: Line) => Math.floor((quantity * price * RATES[taxCode] + 50) / 100);

function figure(pennies: number, style: Style, whole: boolean): string {
  const pounds = String(Math.floor(pennies / 100)).replace(/\B(?=(\d{3})+$)/g, style.thousands);
  const text = whole ? pounds : `${pounds}${style.mark}${String(pennies % 100).padStart(2, "0")}`;
  return style.pound ? `£${text}` : text;
}

/** @param whole writes amounts without decimals, where they have none */
function tableOf(documents: readonly Document[], style: Style, whole: boolean): { headings: string[]; rows: string[][] } {
  const rows = documents.flatMap((document) =>
    document.lines.map((line) => {
      const net = line.quantity * line.price;
      // A credit note's amounts stand below zero where net and tax are given.
      const signed = (pennies: number) => {
        const text = figure(pennies, style, whole);
        return style.given && document.type === "Sales credit note" && pennies !== 0 ? style.minus(text) : text;
      };
      const quantity = style.given && document.type === "Sales credit note" ? `-${line.quantity}` : String(line.quantity);
      return [
        document.type,
        document.number,
        style.date(document.date),
        style.date(document.due),
        document.contact,
        document.name,
        "GBP",
        line.description,
        quantity,
        figure(line.price, style, whole),
        style.given ? signed(net) : "",
        style.given ? signed(taxOf(line)) : "",
        "4000",
        line.taxCode,
      ];
    }),
  );
  return { headings: [...HEADINGS], rows };
}

interface Written {
  readonly headings: Row;
  readonly rows: readonly Row[];
  readonly documents: readonly Document[];
  readonly style: Style;
}

function bytesOf({ headings, rows, documents, style }: Written): Buffer {
  const sum = documents.reduce((all, { type, lines }) => {
    const net = lines.reduce((part, line) => part + line.quantity * line.price, 0);
    return all + (type === "Sales credit note" ? -net : net);
  }, 0);
  const at = headings.findIndex((heading) => ["Net", ...(RENAMED.Net ?? [])].includes(heading));
  const total = headings.map((_, column) =>
    column === 0 ? "Total" : column === at ? figure(style.totals === "wrong" ? sum + 12_345 : sum, style, false) : "",
  );
  const table: Row[] = [
    ...[["Larch Joinery: sales day book"], ["Period", "Autumn 2026"], [""]].slice(0, style.titles),
    headings,
    ...rows,
    ...(style.totals === "none" || at < 0 || sum < 0 ? [] : [total]),
  ];
  if (style.isWorkbook) return xlsxOf({ Sales: table.map((row) => row.map((cell) => (cell === "" ? null : cell))) });
  const quoted = (cell: string) =>
    /["\r\n]/.test(cell) || cell.includes(style.separator) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const text = table.map((row) => row.map(quoted).join(style.separator)).join("\n");
  if (style.encoding === "utf16le") return Buffer.from(`\ufeff${text}\n`, "utf16le");
  if (style.encoding === "latin1") return Buffer.from(`${text}\n`, "latin1");
  return Buffer.from(`${style.encoding === "utf8-bom" ? "\ufeff" : ""}${text}\n`, "utf8");
}

/** What came of reading one file. */
export interface Outcome {
  readonly asked: readonly string[];
  readonly faults: readonly string[];
  readonly documents: ReadonlyMap<string, string>;
  readonly settled: Answers;
}

const STANDARD = BUILT_IN_PROFILES.find((profile) => profile.name === "standard") ?? BUILT_IN_PROFILES[0];
const KNOWN = {
  nominal: new Set(["4000"]),
  tax: new Map(Object.entries(RATES).map(([code, rate]) => [code, parseExact(String(rate)) ?? { units: 0n, scale: 0 }])),
};

/** Reads a file as an upload is read, without a database: questions, faults, and the documents of its lines. */
async function outcomeOf(path: string, answers: Answers): Promise<Outcome> {
  if (!STANDARD) throw new Error("the Standard profile is gone");
  const asking = new Asking(answers);
  const faults: string[] = [];
  const documents = new Map<string, string>();
  const says = ({ line, field, value, rule }: { line: number; field: string; value: string; rule: string }) =>
    faults.push(`${line} ${field} ${value}: ${rule}`);
  const source = await openSource(path, await examineFile(path, STANDARD.encoding), STANDARD, null, asking);
  try {
    const outcome = () => ({
      asked: asking.open.map((question) => question.id),
      faults,
      documents,
      settled: Object.fromEntries(asking.settled.map(({ id, value }) => [id, value])),
    });
    for (const fault of headFaults(source.layout)) says(fault);
    if (faults.length > 0) return outcome();
    const readerOf = async (layout: Layout, money = fileMoney(STANDARD, layout, asking)) =>
      lineReader(STANDARD, layout, KNOWN, TODAY, money.choices, money.tally, money.unknown);
    const whole = await understood(source, STANDARD, asking, { today: TODAY, timeZone: "Europe/London" }, readerOf);
    for (const fault of whole.faults) says(fault);
    const frame = frameOf(whole);
    const money = fileMoney(STANDARD, whole.layout, asking);
    const read = await readerOf(whole.layout, money);
    const sums = new Map<string, { head: readonly string[]; kind: string; net: bigint; tax: bigint }>();
    for await (const { line, values, isNumber } of source.records(whole.layout.decimalMark)) {
      if (frame.skips(line, values)) continue;
      const one = read(line, values, isNumber);
      frame.add(values);
      if (isFaulty(one)) {
        for (const fault of one.faults) says(fault);
        continue;
      }
      const head = [one.issuedOn, one.dueOn, one.contactReference, one.currency];
      const sum = sums.get(one.number) ?? { head, kind: one.kind, net: 0n, tax: 0n };
      if (sum.head.join() !== head.join()) faults.push(`${line} the lines of ${one.number} disagree`);
      sums.set(one.number, { ...sum, net: sum.net + one.netMinor, tax: sum.tax + one.taxMinor });
    }
    for (const fault of frame.faults) says(fault);
    for (const column of money.unknown?.open() ?? [])
      faults.push(`0 ${column.heading} is a column of money that nobody explains`);
    const kinds: Readonly<Record<string, string>> = {
      "sales-invoice": "Sales invoice",
      "sales-credit-note": "Sales credit note",
    };
    for (const [number, { head, kind, net, tax }] of sums) {
      const [issuedOn, dueOn, contact, currency] = head;
      const turned = kind === "sales-credit-note" && net < 0n;
      const said = [kinds[kind], issuedOn, dueOn, contact, currency, turned ? -net : net, turned ? -tax : tax];
      documents.set(number, said.join(" | "));
    }
    return outcome();
  } finally {
    await source.close();
  }
}

interface Spoiled {
  readonly how: string;
  readonly isHarmless: boolean;
  readonly bytes: Buffer;
  readonly isWorkbook: boolean;
  readonly truth: ReadonlyMap<string, string>;
}

/** Columns in another order; headings called otherwise within reason; other encodings, separators and blanks. */
function harmless(random: () => number, style: Style): Spoiled {
  const documents = documentsOf(random, { days: 25, thousands: false });
  const { headings, rows } = tableOf(documents, style, false);
  const how: string[] = [];
  let written: Written = { headings, rows, documents, style };
  if (random() < 0.6) {
    const order = headings.map((_, at) => at).sort(() => random() - 0.5);
    // A word that stands for the whole row is its first.
    if (style.totals !== "none") order.sort((a, b) => Number(b === 0) - Number(a === 0));
    const moved = (row: Row) => order.map((at) => row[at] ?? "");
    written = { ...written, headings: moved(headings), rows: rows.map(moved) };
    how.push("columns shuffled");
  }
  if (random() < 0.6) {
    written = {
      ...written,
      headings: written.headings.map((heading) => (random() < 0.4 ? pick(random, RENAMED[heading] ?? [heading]) : heading)),
    };
    how.push("headings renamed");
  }
  if (random() < 0.4 && !style.isWorkbook) {
    written = { ...written, style: { ...style, encoding: pick(random, ["utf8", "utf8-bom", "utf16le", "latin1"] as const) } };
    how.push("another encoding");
  }
  if (random() < 0.4) {
    written = {
      ...written,
      rows: written.rows.map((row) => row.map((cell) => (cell !== "" && random() < 0.2 ? ` ${cell} ` : cell))),
    };
    how.push("blanks around values");
  }
  if (random() < 0.3) {
    const blank = headings.map(() => "");
    written = { ...written, rows: written.rows.flatMap((row) => (random() < 0.3 ? [row, blank] : [row])) };
    how.push("blank rows");
  }
  return {
    how: how.join(", ") || "as it is",
    isHarmless: true,
    bytes: bytesOf(written),
    isWorkbook: style.isWorkbook,
    truth: truthOf(documents),
  };
}

/** Dates, numbers, signs, frames and cells written so that they may be taken for something else. */
function harmful(random: () => number, style: Style): Spoiled {
  const low = random() < 0.5;
  const thousands = random() < 0.4;
  const documents = documentsOf(random, { days: low ? 12 : 28, thousands });
  const dates = pick(random, Object.keys(DATES) as (keyof typeof DATES)[]);
  const mark = pick(random, [".", ","] as const);
  const minus = pick(random, ["brackets", "behind", "unicode", "plain"] as const);
  const written: Style = {
    ...style,
    date: DATES[dates],
    mark,
    thousands: pick(random, ["", mark === "." ? "," : ".", " ", "'"]),
    separator: pick(random, [",", ";", "\t"] as const),
    titles: Math.floor(random() * 4),
    totals: pick(random, ["none", "right", "wrong"] as const),
    given: random() < 0.5,
    pound: random() < 0.2 && style.encoding !== "latin1",
    minus: (text) => ({ brackets: `(${text})`, behind: `${text}-`, unicode: `\u2212${text}`, plain: `-${text}` })[minus],
  };
  const { headings, rows } = tableOf(documents, written, thousands && random() < 0.8);
  const how = [
    `dates ${dates}${low ? ", no day above 12" : ""}`,
    `decimals after ${mark}`,
    thousands ? "whole thousands" : "",
    minus,
    `totals ${written.totals}`,
  ];
  const table = { headings, rows };
  const column = (heading: string) => headings.indexOf(heading);
  const at = Math.floor(random() * rows.length);
  const row = table.rows[at] ?? [];
  switch (
    pick(random, ["nothing", "mixed marks", "mixed dates", "blank cell", "renamed away", "two dates", "no headings", "doubled"])
  ) {
    case "mixed marks":
      how.push("one price with another mark");
      row[column("Unit price")] = figure(
        documents.flatMap((document) => document.lines)[at]?.price ?? 0,
        { ...written, mark: mark === "." ? "," : ".", thousands: "" },
        false,
      );
      break;
    case "mixed dates": {
      // A day of 12 or less the other way round is another day, and no file can tell that one cell says it.
      const [first] = documents;
      if (low || !first) break;
      how.push("one date another way round");
      const own = rows.find((one) => one[column("Number")] === first.number);
      if (own) own[column("Date")] = DATES[dates === "us" ? "uk" : "us"](first.date);
      break;
    }
    case "blank cell":
      how.push("a needed cell blank");
      row[column(pick(random, ["Number", "Date", "Customer/Supplier reference", "Tax code", "Nominal code", "Unit price"]))] = "";
      break;
    case "renamed away": {
      const gone = pick(random, [
        "Number",
        "Date",
        "Due date",
        "Customer/Supplier reference",
        "Quantity",
        "Unit price",
        "Tax code",
      ]);
      how.push(`"${gone}" under a heading of no meaning`);
      table.headings[column(gone)] = "Veld 7";
      break;
    }
    case "two dates":
      how.push("a second column of dates");
      table.headings.push("Invoice date");
      for (const one of table.rows) one.push(written.date("2026-08-13"));
      break;
    case "no headings":
      how.push("no headings");
      table.headings = table.rows.shift() ?? [];
      break;
    case "doubled":
      how.push("a heading twice");
      table.headings.push("Number");
      table.rows.forEach((one, place) => {
        one.push(String(place));
      });
      break;
    default:
  }
  const bytes = bytesOf({ ...table, documents, style: written });
  return {
    how: how.filter((word) => word !== "").join("; "),
    isHarmless: false,
    bytes,
    isWorkbook: style.isWorkbook,
    truth: truthOf(documents),
  };
}

export interface FilesResult extends CampaignResult {
  /** Spoiled files that were read, asked about, and refused. */
  readonly read: number;
  readonly asked: number;
  readonly refused: number;
  /** Of harmless variants, those that were asked about or refused, per thousand. */
  readonly harmlessStopped: number;
}

/**
 * C13: reads spoiled variants of ten honest files.
 *
 * @param documents how many variants
 */
export async function runFiles({
  seed,
  documents,
  say,
}: {
  readonly seed: number;
  readonly documents: number;
  readonly say: (line: string) => void;
}): Promise<FilesResult> {
  const began = performance.now();
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "greentick-files-"));
  const broken: string[] = [];
  const counts = { read: 0, asked: 0, refused: 0 };
  const plain = { all: 0, stopped: 0 };
  const differs = (outcome: Outcome, truth: ReadonlyMap<string, string>) => {
    const wrong = [...outcome.documents].find(([number, said]) => truth.get(number) !== said);
    if (wrong) return `${wrong[0]} is ${wrong[1]}, not ${truth.get(wrong[0]) ?? "there"}`;
    const lost = [...truth.keys()].find((number) => !outcome.documents.has(number));
    return lost === undefined ? null : `${lost} is lost`;
  };
  const outcome = async (bytes: Buffer, isWorkbook: boolean, answers: Answers = {}) => {
    const path = join(folder, isWorkbook ? "file.xlsx" : "file.csv");
    writeFileSync(path, bytes);
    return outcomeOf(path, answers);
  };
  try {
    for (const { name, style } of HONEST) {
      const given = documentsOf(random, { days: 25, thousands: false });
      const bytes = bytesOf({ ...tableOf(given, style, false), documents: given, style });
      const first = await outcome(bytes, style.isWorkbook);
      const wrong = first.faults[0] ?? differs(first, truthOf(given));
      if (wrong !== undefined && wrong !== null) broken.push(`the honest file ${name}: ${wrong}`);
      if (first.asked.length > 1) broken.push(`the honest file ${name} asks ${first.asked.join(", ")}`);
    }
    for (let at = 0; at < documents && broken.length < 20; at += 1) {
      const honest = HONEST[at % HONEST.length];
      if (!honest) continue;
      // A workbook is read in a thread of its own, which takes its time: one in ten of its turns.
      const { style } = honest.style.isWorkbook && at % 100 !== 7 ? { style: { ...honest.style, isWorkbook: false } } : honest;
      const spoiled = random() < 0.4 ? harmless(random, style) : harmful(random, style);
      const come = await outcome(spoiled.bytes, spoiled.isWorkbook);
      const isStopped = come.asked.length > 0 || come.faults.length > 0;
      if (spoiled.isHarmless) {
        plain.all += 1;
        if (isStopped) plain.stopped += 1;
        if (isStopped) say(`variant ${at}, ${honest.name}, ${spoiled.how}: ${[...come.asked, ...come.faults][0]}`);
      }
      if (come.asked.length > 0) counts.asked += 1;
      else if (come.faults.length > 0) counts.refused += 1;
      else counts.read += 1;
      const wrong = isStopped ? null : differs(come, spoiled.truth);
      if (wrong !== null) broken.push(`variant ${at}, ${honest.name}, ${spoiled.how}: ${wrong}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const harmlessStopped = plain.all === 0 ? 0 : Math.round((plain.stopped * 1000) / plain.all);
  if (harmlessStopped > 50) broken.push(`${plain.stopped} of ${plain.all} harmless variants were stopped`);
  return {
    ...rulesResult({ campaign: "files", seed, documents, kills: 0, faults: 0, broken, began }),
    ...counts,
    harmlessStopped,
  };
}
