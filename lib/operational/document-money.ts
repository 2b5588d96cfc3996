import type { ClientScope, ScopedDb } from "#db/client.ts";
import { countUnprovenDiscounts, findRepeated, listMixedCredits, listWordsAlone } from "#db/queries/import-settle.ts";
import { formatAmount } from "#lib/common/money.ts";
import { type IdentifierMark, type ReferenceMarks, withoutMark } from "./cell-texts.ts";
import type { Exact } from "./exact.ts";
import type { Field, FileKind } from "./fields.ts";
import type { DiscountMode } from "./line-money.ts";
import { DOCUMENT_FIGURE_LABELS, type DocumentFigure, type MoneyColumns, moneyColumns } from "./money-columns.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { type LineChoices, type LineFault, type LineTally, lineTally } from "./read-line.ts";
import { folded, type Layout } from "./records.ts";
import { settleDocuments } from "./settle-documents.ts";
import { MAX_STATUSES } from "./statuses.ts";

/** What the lines of one file of documents are read with, and what their reading finds about its money. */
export interface FileMoney {
  readonly choices: LineChoices;
  readonly tally: LineTally;
  readonly unknown: MoneyColumns | null;
}

/** Files whose lines bear money. */
const HAVE_MONEY = new Set<FileKind>(["documents", "payments", "journals"]);
const DISCOUNT = "discount";
const CREDIT_SIGNS = "credit-signs";
const NOT_USED = "not-used";
const STATUS = "status";
const REFERENCE_MARK = "reference-mark";
const MARKS: readonly IdentifierMark[] = ["apostrophe", "decimal"];

const DISCOUNT_LABELS: Readonly<Record<DiscountMode, string>> = {
  percent: "it is per cent, taken off quantity times price",
  amount: "it is an amount, taken off quantity times price",
  included: "it is taken off already: the prices are what is charged",
};

/** Begins a reading, with what was answered about the file's money. */
export function fileMoney(profile: ImportProfile, layout: Layout, asking: Asking): FileMoney {
  const discount = asking.answerTo(DISCOUNT);
  const credit = asking.answerTo(CREDIT_SIGNS);
  return {
    choices: {
      ...(discount === "percent" || discount === "amount" || discount === "included" ? { discount } : {}),
      ...(credit === "each-line" ? { creditSigns: "each-line" } : {}),
      statusSaid: (status) => {
        const said = asking.answerTo(`${STATUS}:${status}`);
        return said === "stands" || said === "void" ? said : null;
      },
      marksOff: new Set(MARKS.filter((mark) => asking.answerTo(`${REFERENCE_MARK}:${mark}`) === "mark")),
    },
    tally: lineTally(),
    unknown: HAVE_MONEY.has(profile.kind) ? moneyColumns(profile, layout) : null,
  };
}

/** How a reader takes references whose marks may be a spreadsheet's. */
export function referenceMarks(tally: LineTally = lineTally(), choices: LineChoices = {}): ReferenceMarks {
  return { seen: tally.marks, off: choices.marksOff ?? new Set() };
}

export interface SettledFile {
  readonly faults: readonly LineFault[];
  readonly netShift: ReadonlyMap<string, bigint>;
  /** Columns that repeat a known figure on every line or document, with which. */
  readonly checked: readonly { readonly heading: string; readonly is: string }[];
}

const MAX_TOLD = 1_000;

/**
 * Ends the reading of a file once its lines are staged: holds documents against their figures, raises what nobody but a person
 * can tell about money, and names the columns of money that are left.
 */
export async function settleFile(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  of: {
    readonly profile: ImportProfile;
    readonly layout: Layout;
    readonly money: FileMoney;
    readonly asking: Asking;
    readonly rates: ReadonlyMap<string, Exact>;
  },
): Promise<SettledFile> {
  const { profile, layout, money, asking, rates } = of;
  const headerOf = (field: Field) => {
    const at = layout.at[field];
    return (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
  };
  if (profile.kind !== "documents") {
    const columns = await judgeColumns(money, asking, async () => null);
    await askReferenceMarks(money, asking);
    return { ...columns, netShift: new Map() };
  }
  const settled = money.tally.settles
    ? await settleDocuments(db, scope, importId, headerOf, rates)
    : { faults: [], netShift: new Map<string, bigint>() };
  const faults = [...settled.faults];
  for (const { line, number } of await listWordsAlone(db, scope, importId, MAX_TOLD)) {
    const rule = `document ${number} has a line with an amount: it has words alone`;
    faults.push({ line, field: "", value: number, rule, fixer: "operations" });
  }
  const { checked, faults: unknown } = await judgeColumns(money, asking, (place) => findRepeated(db, scope, importId, place));
  faults.push(...unknown);
  faults.push(...(await askStatuses(money, asking)));
  await askReferenceMarks(money, asking);
  await askLongNumbers(money, asking);
  await askDiscount(db, scope, importId, money, asking);
  if (profile.creditNoteAmounts === "either") await askCreditSigns(db, scope, importId, asking);
  return { faults, netShift: settled.netShift, checked };
}

/** Tells what the columns are that the profile does not know: checks, faults of the file, or questions, which are raised. */
async function judgeColumns(
  { unknown }: FileMoney,
  asking: Asking,
  repeatedOf: (place: number) => Promise<DocumentFigure | null>,
): Promise<Pick<SettledFile, "faults" | "checked">> {
  const faults: LineFault[] = [];
  const checked = [...(unknown?.checked() ?? [])];
  for (const { heading, place, changes, mayRepeat, line, value } of unknown?.open() ?? []) {
    const repeated = mayRepeat ? await repeatedOf(place) : null;
    if (repeated !== null) {
      checked.push({ heading, is: DOCUMENT_FIGURE_LABELS[repeated] });
      continue;
    }
    if (changes) {
      const rule = `is a column of money that the profile does not know (line ${line} says "${value}"), and its amounts are no figure of its lines: name it in the profile, as a field or among the columns that are not used`;
      faults.push({ line: 0, field: heading, value, rule, fixer: "bookkeeper" });
      continue;
    }
    await asking.settle({
      id: `${NOT_USED}:${folded(heading)}`,
      text: `The profile does not know the column "${heading}", which holds amounts. Is it none of the file's money?`,
      why: `Line ${line} says "${value}".`,
      remember: "headings",
      options: [{ value: "yes", label: "it is not used: every total is the same without it", comesTo: "" }],
    });
  }
  return { faults, checked };
}

/** Two numbers whose last digits a spreadsheet made zeros would be one: where every long one ends so, somebody has to look. */
async function askLongNumbers({ tally }: FileMoney, asking: Asking): Promise<void> {
  const { zeros, whole, first } = tally.long;
  if (first === null || whole > 0) return;
  await asking.settle({
    id: "long-numbers",
    text: "Every number of more than 15 digits ends in zeros, as a spreadsheet leaves them. Are they whole?",
    why: `Line ${first.line}, ${first.field} "${first.value}"${zeros > 1 ? `, and ${zeros - 1} more` : ""}.`,
    remember: "no",
    options: [{ value: "whole", label: "Yes: they are the numbers of the operational system, digit by digit", comesTo: "" }],
  });
}

/** What a status means for a document, only whoever wrote it knows: a draft or a quote is no invoice. */
async function askStatuses({ tally }: FileMoney, asking: Asking): Promise<LineFault[]> {
  if (tally.statuses.size > MAX_STATUSES) {
    const [first] = tally.statuses.values();
    const rule = `holds statuses: it has more than ${MAX_STATUSES} different words that are none. Say in the profile what the column is, or that it is not used`;
    return [{ line: 0, field: first?.field ?? "", value: first?.value ?? "", rule, fixer: "bookkeeper" }];
  }
  for (const [status, { line, field, value, count }] of tally.statuses) {
    const lines = `${count.toLocaleString("en-GB")} ${count === 1 ? "line" : "lines"}`;
    await asking.settle({
      id: `${STATUS}:${status}`,
      text: `Is a document valid whose ${field} is "${value}"?`,
      why: `Line ${line} says it${count > 1 ? `, and ${count - 1} more` : ""}, and the profile does not know the word.`,
      remember: "headings",
      options: [
        { value: "stands", label: "Valid: import it like the others", comesTo: `${lines} taken` },
        {
          value: "void",
          label: "Not valid: a draft, a quote, or withdrawn",
          comesTo: `${lines} skipped; any of these documents already here is voided`,
        },
      ],
    });
  }
  return [];
}

/** A spreadsheet's apostrophe before a number, and the decimals of a program that took it for an amount, are none of a reference. */
async function askReferenceMarks({ tally }: FileMoney, asking: Asking): Promise<void> {
  for (const [mark, { line, field, value, count }] of tally.marks) {
    const without = withoutMark(value, mark);
    await asking.settle({
      id: `${REFERENCE_MARK}:${mark}`,
      text: `Is "${value}" the reference as it is, or is it ${without}?`,
      why: `Line ${line}, ${field}${count > 1 ? `, and ${count - 1} more` : ""}: ${
        mark === "apostrophe"
          ? "a spreadsheet's apostrophe keeps digits as text"
          : "a program that took it for an amount writes it so"
      }.`,
      remember: "headings",
      options: [
        { value: "mark", label: `It is ${without}`, comesTo: "" },
        { value: "part", label: `It is ${value}`, comesTo: "" },
      ],
    });
  }
}

async function askDiscount(db: ScopedDb, scope: ClientScope, importId: string, money: FileMoney, asking: Asking): Promise<void> {
  const { modes, agreed, sums } = money.tally.discounts;
  const [likeliest] = modes;
  if (likeliest === undefined) return;
  const { lines, first } = await countUnprovenDiscounts(db, scope, importId);
  if (lines === 0) return;
  const taken = money.choices.discount ?? likeliest;
  // Lines that give their own total say what the others mean by theirs.
  if (agreed !== null && agreed.size === 1 && agreed.has(taken)) {
    asking.evidence(DISCOUNT, taken, "the lines that give a total of their own say so");
    return;
  }
  const told = (mode: DiscountMode) =>
    [...(sums.get(mode) ?? [])].map(([currency, net]) => `net ${currency} ${formatAmount(net, currency)}`).join(", ");
  await asking.settle({
    id: DISCOUNT,
    text: "What does the file's discount mean?",
    why: `${lines === 1 ? `Line ${first} has` : `${lines} lines, the first of them line ${first}, have`} a discount, and no line or document total shows whether it is taken off quantity times price.`,
    remember: "headings",
    options: modes.map((mode) => ({ value: mode, label: DISCOUNT_LABELS[mode], comesTo: told(mode) })),
  });
}

/** A credit note's amounts may stand below zero or above; where one has both, only its own total says which of them are credits. */
async function askCreditSigns(db: ScopedDb, scope: ClientScope, importId: string, asking: Asking): Promise<void> {
  const mixed = (await listMixedCredits(db, scope, importId)).filter(({ said, asWritten }) => said !== asWritten);
  if (mixed.length === 0 && asking.answerTo(CREDIT_SIGNS) !== "each-line") return;
  const told = (of: (note: (typeof mixed)[number]) => bigint) => {
    const sums = new Map<string, bigint>();
    for (const note of mixed) sums.set(note.currency, (sums.get(note.currency) ?? 0n) + of(note));
    return [...sums].map(([currency, gross]) => `credits of ${currency} ${formatAmount(gross, currency)}, with tax`).join(", ");
  };
  const [first] = mixed;
  await asking.settle({
    id: CREDIT_SIGNS,
    text: "Some lines of a credit note are above zero and some below. Is each of them a credit?",
    why:
      first === undefined
        ? "Every line was taken for a credit."
        : `Credit note ${first.number} from line ${first.line} on${mixed.length > 1 ? `, and ${mixed.length - 1} more` : ""}.`,
    remember: "headings",
    options: [
      {
        value: "as-written",
        label: "No: a line of the other sign is a charge against the credit",
        comesTo: told((note) => note.asWritten),
      },
      { value: "each-line", label: "Yes: every line is a credit, however it is written", comesTo: told((note) => note.eachLine) },
    ],
  });
}
