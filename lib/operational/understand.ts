import { formatDate } from "#lib/common/dates.ts";
import { formatAmount } from "#lib/common/money.ts";
import type { BelowZero } from "./amounts.ts";
import { isShipped } from "./built-in.ts";
import { withCellFaults } from "./cell-faults.ts";
import { exactToText } from "./exact.ts";
import { DATE_FORMATS, FIELD_LABELS, type Field } from "./fields.ts";
import { DATE_ORDERS, type DateOrder, type DateRules, inOrder, ordersOf, readDate } from "./file-dates.ts";
import { ledgerEvidence } from "./ledger-marks.ts";
import { readNumber } from "./numbers.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { type FaultyLine, isFaulty, type LineFault, type ReadLine } from "./read-line.ts";
import { isRecordFile, type ReadRecord } from "./read-record.ts";
import { type DecimalMark, folded, type Layout } from "./records.ts";
import { type Source, SWAPPED_DATES, swappedDay } from "./source.ts";
import { saysStanding, saysVoided, VOIDING } from "./statuses.ts";
import { type Absent, asFarAsItGoes, coreOf, type Seen, type Survey, surveyed } from "./survey.ts";

export type LineReader = (
  line: number,
  values: readonly string[],
  isNumber?: readonly boolean[],
) => ReadLine | ReadRecord | FaultyLine;

/** A file understood as a whole: how its lines are to be read. */
export interface Understood {
  readonly layout: Layout;
  /** Of the whole file: while there is one, no line of it is read. */
  readonly faults: readonly LineFault[];
  readonly frame: Pick<Survey, "totals" | "bare" | "repeats">;
}

const ORDER_LABELS: Readonly<Record<DateOrder, string>> = { dmy: "Day first", mdy: "Month first", ymd: "Year first" };
const MARK_LABELS: Readonly<Record<DecimalMark, string>> = { ".": "Point", ",": "Comma" };

/**
 * Looks at the whole file before any line of it is read, and decides how its numbers and dates are written: by its own evidence, else by
 * what its profile fixes, else by asking. Where it asks, the layout is the first answer's, so that there is something to show.
 *
 * @param calendar the client's own date and zone
 * @param readerOf makes the reader of lines for a layout: what each answer would come to is read with it
 */
export async function understood(
  source: Source,
  profile: ImportProfile,
  asking: Asking,
  calendar: Pick<DateRules, "today" | "timeZone">,
  readerOf: (layout: Layout) => Promise<LineReader>,
): Promise<Understood> {
  const rules: DateRules = { formats: profile.dateFormats, ...calendar };
  const survey = await surveyed(source.records(), source.layout, rules, absentOf(profile, source.layout, rules));
  const faults: LineFault[] = [];
  const headerOf = (layout: Layout, field: Field) => layout.headers[layout.at[field] ?? -1] ?? FIELD_LABELS[field];
  const faultOf = (seen: Seen, rule: string) =>
    faults.push({ line: seen.line, field: headerOf(source.layout, seen.field), value: seen.text, rule, fixer: "operations" });
  const inFront = aboveHeadings(source.layout, rules);
  if (inFront) faults.push(inFront);
  const skipped = new Set([...survey.totals.keys(), ...survey.repeats]);
  const comesTo = (layout: Layout) => async () => trialOf(source, layout, skipped, await readerOf(layout));

  let layout: Layout = { ...source.layout, dates: rules };
  for (const { field, columns, differ } of survey.claims) {
    const at = (column: number): Layout => claimedBy(layout, field, column);
    const [first = 0] = columns;
    if (differ === null) {
      layout = at(first);
      continue;
    }
    const names = columns.map((column) => layout.headers[column] ?? "");
    const said = columns.map((column) => {
      const value = differ.values[(layout.claims?.[field] ?? []).indexOf(column)] ?? "";
      return `${layout.headers[column]} ${value === "" ? "nothing" : `“${value}”`}`;
    });
    const answer = await asking.settle({
      id: `two-columns:${field}`,
      text: `Which column is the ${FIELD_LABELS[field].toLowerCase()}: ${names.map((name) => `“${name}”`).join(" or ")}?`,
      why: `Both could be. In line ${differ.line} they differ: ${said.join(", ")}.`,
      remember: "headings",
      options: columns.map((column) => ({
        value: layout.headers[column] ?? "",
        label: layout.headers[column] ?? "",
        comesTo: comesTo(at(column)),
      })),
    });
    layout = at(columns.find((column) => layout.headers[column] === answer) ?? first);
  }

  // A quantity informs where each line's net is given, and makes it where it is not.
  const notUsed = new Set(profile.notUsed.map(folded));
  const unclaimed = survey.unclaimed
    .filter((one) => one.field !== "quantity" || !survey.hasNet)
    .filter((one) => one.field !== "status" || !notUsed.has(folded(layout.headers[one.column] ?? "")));
  for (const field of new Set(unclaimed.map((one) => one.field))) {
    const columns = unclaimed.filter((one) => one.field === field);
    const named = FIELD_LABELS[field].toLowerCase();
    const heading = (column: number) => layout.headers[column] ?? "";
    const answer = await asking.settle({
      id: `column:${field}`,
      text: `The file names no column for the ${named}. Is it one of these?`,
      why: columns.map(({ column, seen }) => `\u201c${heading(column)}\u201d says ${seen.text} in line ${seen.line}`).join("; "),
      remember: "headings",
      options: [
        // A file of payments or journals holds what stands, and nothing else.
        ...(profile.kind === "documents" ? columns : []).map(({ column }) => ({
          value: heading(column),
          label: `\u201c${heading(column)}\u201d is the ${named}`,
          comesTo: comesTo(claimedBy(layout, field, column)),
        })),
        { value: "none", label: WITHOUT[field] ?? `The file has no ${named}`, comesTo: comesTo(layout) },
      ],
    });
    const chosen = columns.find(({ column }) => heading(column) === answer);
    if (chosen) layout = claimedBy(layout, field, chosen.column);
  }

  layout = { ...layout, decimalMark: await markFor(layout) };
  layout = { ...layout, dates: { ...rules, formats: await formatsFor(layout) } };
  layout = await withLedgerMarks(layout);
  await askHalfRead();
  return { layout, faults, frame: survey };

  async function markFor(at: Layout): Promise<DecimalMark> {
    if (profile.decimalMark !== "detect") return profile.decimalMark;
    const { marks, eitherMark } = survey;
    const [point, comma] = [marks["."], marks[","]];
    if (point && comma) {
      const [earlier, later] = point.line <= comma.line ? [point, comma] : [comma, point];
      const mark = later === comma ? "comma" : "point";
      const rule = `has its decimals after a ${mark}, and ${earlier.text} in line ${earlier.line} has not: a file writes them one way`;
      faultOf(later, rule);
      return ".";
    }
    const sure = point ?? comma;
    if (sure) {
      const mark = point ? "." : ",";
      asking.evidence("decimal-mark", mark, `line ${sure.line} holds ${sure.text}`);
      await askOdd(mark);
      return mark;
    }
    if (!eitherMark) return ".";
    const { first, count } = eitherMark;
    const option = (mark: DecimalMark) => {
      const value = readNumber(coreOf(first.text), mark);
      const label = `${MARK_LABELS[mark]}: ${first.text} is ${value ? exactToText(value) : first.text}`;
      return { value: mark, label, comesTo: comesTo({ ...at, decimalMark: mark }) };
    };
    const answer = await asking.settle({
      id: "decimal-mark",
      text: "Which mark does this file use for decimals?",
      why: `${first.text} in line ${first.line}${count > 1 ? ` and ${count - 1} more` : ""} can be read both ways, and no other number of the file tells.`,
      remember: "headings",
      options: [option("."), option(",")],
    });
    return answer === "," ? "," : ".";
  }

  /** Which of the amounts marked CR and DR are below zero, beside them or in a column of their own. A journal's side is what its mark says. */
  async function withLedgerMarks(before: Layout): Promise<Layout> {
    const { ledgerMarks, markColumn } = survey;
    const seen = markColumn?.seen ?? ledgerMarks?.CR ?? ledgerMarks?.DR ?? null;
    if (seen === null) return before;
    const heading = markColumn === null ? "" : (before.headers[markColumn.column] ?? "");
    // Somebody has said that the column is none of a document's money.
    if (markColumn !== null && profile.notUsed.some((one) => folded(one) === folded(heading))) return before;
    const at = markColumn === null ? before : { ...before, ...markedBy(before, markColumn.column) };
    if (profile.kind === "journals") return at;
    if (profile.belowZero !== "detect") return { ...at, belowZero: profile.belowZero };
    const read = (below: BelowZero) => readerOf({ ...at, belowZero: below });
    const lines = (async function* () {
      for await (const record of asFarAsItGoes(source.records(at.decimalMark))) if (!skipped.has(record.line)) yield record;
    })();
    const found = await ledgerEvidence(lines, at, profile, read);
    if (found.isSure) {
      if (found.why !== null) asking.evidence(LEDGER_MARKS, found.below, found.why);
      return { ...at, belowZero: found.below };
    }
    const where =
      markColumn === null
        ? `${seen.text} in line ${seen.line}`
        : `\u201c${at.headers[markColumn.column]}\u201d says ${seen.text} in line ${seen.line}`;
    const answer = await asking.settle({
      id: LEDGER_MARKS,
      text: "Which amounts of this file are below zero: those marked CR, or those marked DR?",
      why: `${where}, and nothing else in the file tells which way it counts.`,
      remember: "headings",
      options: found.possible
        .map((below) => ({
          value: below as string,
          label: BELOW_LABELS[below],
          comesTo: comesTo({ ...at, belowZero: below }),
        }))
        .concat(
          markColumn === null
            ? []
            : [{ value: NO_MARKS, label: `\u201c${heading}\u201d says nothing of the amounts`, comesTo: comesTo(before) }],
        ),
    });
    if (answer === NO_MARKS) return before;
    return { ...at, belowZero: found.possible.find((below) => below === answer) ?? found.below };
  }

  /**
   * A spreadsheet of another country turns what dates it can into dates, day for month, and leaves the others as texts. A date that was
   * swapped so and swapped back is the same file, so that the answer is found whichever way the file is read.
   */
  async function askHalfRead(): Promise<void> {
    if (survey.halfRead === null) return;
    const { cell, text } = survey.halfRead;
    const isSwapped = asking.answerTo(SWAPPED_DATES) === "swapped";
    const asShown = isSwapped ? swappedDay(cell.text) : cell.text;
    await asking.settle({
      id: SWAPPED_DATES,
      text: "Did a spreadsheet take the day of this workbook's dates for their month?",
      why: `Line ${text.line} has ${text.text} as text, which it could not read, and every date that it did read, as ${formatDate(asShown)} in line ${cell.line}, has a day below 13.`,
      remember: "no",
      options: [
        { value: "as-shown", label: `No: line ${cell.line} is of ${formatDate(asShown)}`, comesTo: "" },
        { value: "swapped", label: `Yes: line ${cell.line} is of ${formatDate(swappedDay(asShown))}`, comesTo: "" },
      ],
    });
  }

  /** Three digits after the mark of the decimals, in a column that writes others: thousands, or decimals after all. */
  async function askOdd(mark: DecimalMark): Promise<void> {
    const odd = survey.odd[mark];
    if (!odd) return;
    const { seen, beside } = odd;
    const value = (as: DecimalMark) => {
      const read = readNumber(coreOf(seen.text), as);
      return read ? exactToText(read) : seen.text;
    };
    const other: DecimalMark = mark === "." ? "," : ".";
    const answer = await asking.settle({
      id: "three-digits",
      text: `Is ${seen.text} in line ${seen.line} ${value(mark)} or ${value(other)}?`,
      why: `${beside.text} in line ${beside.line} of the same column has its decimals after the same mark, and not three of them.`,
      remember: "headings",
      options: [
        { value: "decimals", label: `Decimals: ${value(mark)}`, comesTo: "" },
        {
          value: "thousands",
          label: `Thousands: ${value(other)}`,
          comesTo: "the file is refused: it writes its numbers two ways",
        },
      ],
    });
    if (answer === "thousands")
      faultOf(
        seen,
        `parts thousands with the mark that ${beside.text} in line ${beside.line} has before its decimals: a file writes them one way`,
      );
  }

  async function formatsFor(at: Layout): Promise<DateRules["formats"]> {
    const shipped = isShipped(profile);
    const named = shipped ? DATE_ORDERS : ordersOf(profile.dateFormats);
    const formats = shipped ? DATE_FORMATS : profile.dateFormats;
    // A person's own profile that names one order is no question; a date of another order is a fault of its line.
    if (named.length <= 1) return formats;
    const all = named.filter((order) => survey.against[order] === null);
    // Months as words show where the column has its years: behind, and a date of numbers beside them does not begin with one.
    const possible = survey.yearLast && all.length > 1 ? all.filter((order) => order !== "ymd") : all;
    const [only, second] = possible;
    if (only === undefined) {
      const [a, b] = named.map((order) => survey.against[order]);
      if (a && b) {
        const [earlier, later] = a.line <= b.line ? [a, b] : [b, a];
        faultOf(later, `is the other way round from ${earlier.text} in line ${earlier.line}: a file writes its dates one way`);
      }
      return formats;
    }
    const { eitherOrder } = survey;
    if (second === undefined) {
      const told = named.map((order) => survey.against[order]).find((seen) => seen !== null) ?? survey.yearLast;
      if (told) asking.evidence("date-order", only, `line ${told.line} holds ${told.text}`);
      return inOrder(formats, only);
    }
    // Every date is the same day whichever way it is read, or none has its numbers only.
    if (eitherOrder === null) return inOrder(formats, only);
    const { line, text, days } = eitherOrder;
    const dayIn = (order: DateOrder) => formatDate(days[order] ?? "1900-01-01");
    const answer = await asking.settle({
      id: "date-order",
      text: "Are the dates in this file day first or month first?",
      why: `${text} in line ${line} can be read as ${possible.map(dayIn).join(" or ")}, and no date of the file tells which.`,
      remember: "headings",
      options: possible.map((order) => ({
        value: order,
        label: `${ORDER_LABELS[order]}: ${text} is ${dayIn(order)}`,
        comesTo: comesTo({ ...at, dates: { ...rules, formats: inOrder(formats, order) } }),
      })),
    });
    return inOrder(formats, possible.find((order) => order === answer) ?? only);
  }
}

const LEDGER_MARKS = "ledger-marks";
const NO_MARKS = "none";
const BELOW_LABELS: Readonly<Record<BelowZero, string>> = {
  cr: "CR is below zero",
  dr: "DR is below zero",
  sides: "As in a ledger: CR is below zero on sales, DR on purchases",
};

/** The layout with a column of marks, which is none of those left out. */
function markedBy(layout: Layout, column: number): Pick<Layout, "markColumn" | "ignored"> {
  const heading = layout.headers[column];
  return { markColumn: column, ignored: layout.ignored.filter((one) => one !== heading) };
}

/** What is taken where a file has no such column. */
const WITHOUT: Readonly<Partial<Record<Field, string>>> = {
  quantity: "None: every line is one of what it names",
  dueDate: "None: the profile's days say when it is due",
  currency: "None: all is in the profile's currency",
  status: "None: nothing of it was voided",
};

/**
 * The fields whose column may stand under a heading that nobody knows: without it a line would be taken for one piece, for another
 * currency or day, or for a document that stands.
 */
function absentOf(profile: ImportProfile, layout: Layout, rules: DateRules): Absent[] {
  const voids = new Set(profile.voidStatuses.map((status) => status.toLowerCase()));
  const statuses: Absent[] = [];
  // A column that says of each line whether it stands says so by its words, under its heading.
  if (layout.at.status === undefined && !isRecordFile(profile.kind)) {
    statuses.push({ field: "status", fits: () => true, shows: (text) => voids.has(text.toLowerCase()), except: STATUS_HEADING });
    statuses.push({ field: "status", fits: () => true, shows: saysVoided, only: VOIDING });
    statuses.push({ field: "status", fits: () => true, shows: (text) => !saysStanding(text), only: /\bstatus\b/i });
  }
  const notUsed = new Set(profile.notUsed.map(folded));
  const isAllLeftOut = notUsed.size > 0 && layout.ignored.every((heading) => notUsed.has(folded(heading)));
  if (profile.kind !== "documents" || isAllLeftOut) return statuses;
  const isAbsent = (field: Field) => profile.columns[field] !== undefined && layout.at[field] === undefined;
  const isDate = (text: string) => readDate(text, { ...rules, formats: DATE_FORMATS }) !== null;
  const isCount = (text: string) => /^[+-]?\d{1,6}(?:[.,]\d+)?$/.test(text);
  const isCurrency = (text: string) => CURRENCIES.has(text.toUpperCase());
  const absent: Absent[] = [];
  if (isAbsent("quantity")) absent.push({ field: "quantity", fits: isCount, shows: (text) => !/^\+?1(?:[.,]0+)?$/.test(text) });
  if (isAbsent("dueDate")) absent.push({ field: "dueDate", fits: isDate, shows: () => true, except: VOIDING });
  if (isAbsent("currency"))
    absent.push({ field: "currency", fits: isCurrency, shows: (text) => text.toUpperCase() !== profile.currency });
  return [...absent, ...statuses];
}

const STATUS_HEADING = new RegExp(`${VOIDING.source}|\\bstatus\\b`, "i");
const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

/** The layout with one of several columns for a field; the others are left out. */
function claimedBy(layout: Layout, field: Field, column: number): Layout {
  const at = { ...layout.at, [field]: column };
  const used = new Set(Object.values(at));
  return { ...layout, at, ignored: layout.headers.filter((header, index) => header !== "" && !used.has(index)) };
}

/** A row above the headings that reads as a document's line: it would be lost there. */
function aboveHeadings(layout: Layout, rules: DateRules): LineFault | null {
  const { number, date } = layout.at;
  if (number === undefined || date === undefined) return null;
  for (const { line, cells } of layout.above ?? []) {
    const text = (cells[date] ?? "").trim();
    if ((cells[number] ?? "").trim() === "" || text === "" || readDate(text, { ...rules, formats: DATE_FORMATS }) === null)
      continue;
    const rule = `is below the headings, which are in line ${layout.headerLine}`;
    return { line, field: layout.headers[number] ?? "", value: (cells[number] ?? "").trim(), rule, fixer: "operations" };
  }
  return null;
}

/** What a file would come to, read one way: nothing of it is kept. */
async function trialOf(source: Source, layout: Layout, skipped: ReadonlySet<number>, understand: LineReader): Promise<string> {
  const documents = new Set<string>();
  const sums = new Map<string, { net: bigint; tax: bigint }>();
  let faulty = 0;
  let first = "";
  let last = "";
  const dated = (date: string) => {
    if (date === "") return;
    if (first === "" || date < first) first = date;
    if (date > last) last = date;
  };
  for await (const { line, values, isNumber, cellFaults } of asFarAsItGoes(source.records(layout.decimalMark))) {
    if (skipped.has(line)) continue;
    const read = withCellFaults(understand(line, values, isNumber), cellFaults, { line, headers: layout.headers, values });
    if (isFaulty(read)) {
      faulty += 1;
      continue;
    }
    if ("isVoid" in read && read.isVoid) continue;
    documents.add(`${read.kind} ${read.reference}`);
    if ("values" in read) {
      dated(read.values.paidOn ?? read.values.journalOn ?? "");
      const amount = BigInt(read.values.amountMinor ?? "0");
      if (amount > 0n) add(sums, read.values.currency ?? "", amount, 0n);
    } else {
      dated(read.issuedOn);
      add(sums, read.currency, read.netMinor, read.taxMinor);
    }
  }
  const one = documents.size === 1;
  const what =
    layout.at.tax === undefined && layout.at.contactReference === undefined ? ["record", "records"] : ["document", "documents"];
  const lines = [`${documents.size.toLocaleString("en-GB")} ${one ? what[0] : what[1]}`];
  for (const [currency, { net, tax }] of sums) {
    const amount = (minor: bigint) => (currency === "" ? formatAmount(minor, "GBP") : formatAmount(minor, currency));
    lines.push(`${currency} net ${amount(net)}, tax ${amount(tax)}, gross ${amount(net + tax)}`.trim());
  }
  if (first !== "")
    lines.push(first === last ? `dated ${formatDate(first)}` : `dated ${formatDate(first)} to ${formatDate(last)}`);
  if (faulty > 0) lines.push(`${faulty.toLocaleString("en-GB")} ${faulty === 1 ? "line has a fault" : "lines have faults"}`);
  return lines.join("; ");
}

function add(sums: Map<string, { net: bigint; tax: bigint }>, currency: string, net: bigint, tax: bigint): void {
  const sum = sums.get(currency) ?? { net: 0n, tax: 0n };
  sums.set(currency, { net: sum.net + net, tax: sum.tax + tax });
}
