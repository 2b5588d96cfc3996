import { formatDate } from "#lib/common/dates.ts";
import { formatAmount } from "#lib/common/money.ts";
import type { Asking } from "./questions.ts";
import { type FaultyLine, isFaulty, type ReadLine } from "./read-line.ts";
import type { ReadRecord } from "./read-record.ts";

const HIDDEN_ROWS = "hidden-rows";

/** What rows come to, as far as they could be read. */
class Tally {
  lines = 0;
  readonly #documents = new Set<string>();
  readonly #sums = new Map<string, { net: bigint; tax: bigint }>();
  #first = "";
  #last = "";

  add(read: ReadLine | ReadRecord | FaultyLine): void {
    this.lines += 1;
    if (isFaulty(read) || "values" in read || read.setAside !== null) return;
    this.#documents.add(`${read.kind} ${read.reference}`);
    const sum = this.#sums.get(read.currency) ?? { net: 0n, tax: 0n };
    this.#sums.set(read.currency, { net: sum.net + read.netMinor, tax: sum.tax + read.taxMinor });
    if (this.#first === "" || read.issuedOn < this.#first) this.#first = read.issuedOn;
    if (read.issuedOn > this.#last) this.#last = read.issuedOn;
  }

  says(): string {
    const rows = `${this.lines.toLocaleString("en-GB")} ${this.lines === 1 ? "row" : "rows"}`;
    if (this.#documents.size === 0) return rows;
    const documents = `${this.#documents.size.toLocaleString("en-GB")} ${this.#documents.size === 1 ? "document" : "documents"}`;
    const amount = (minor: bigint, currency: string) => formatAmount(minor, currency);
    const sums = [...this.#sums].map(
      ([currency, { net, tax }]) =>
        `${currency} net ${amount(net, currency)}, tax ${amount(tax, currency)}, gross ${amount(net + tax, currency)}`,
    );
    const dates =
      this.#first === this.#last ? formatDate(this.#first) : `${formatDate(this.#first)} to ${formatDate(this.#last)}`;
    return [rows, documents, ...sums, dates].join("; ");
  }
}

/**
 * A workbook's rows that are out of sight: a filter that somebody set may mean "these", or may have been forgotten, and the file cannot
 * tell. Asked each time, since the next file's filter is another one.
 */
export class HiddenRows {
  readonly #asking: Asking;
  readonly #all = new Tally();
  readonly #visible = new Tally();
  readonly #rows: number[] = [];
  #count = 0;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** Takes note of a row; answers whether it is left out. */
  leavesOut(row: { readonly line: number; readonly hidden?: boolean }, read: ReadLine | ReadRecord | FaultyLine): boolean {
    this.#all.add(read);
    if (!row.hidden) {
      this.#visible.add(read);
      return false;
    }
    this.#count += 1;
    if (this.#rows.length < 5) this.#rows.push(row.line);
    return this.#asking.answerTo(HIDDEN_ROWS) === "visible";
  }

  /** Asks, once all rows were read. */
  async settle(): Promise<void> {
    if (this.#count === 0) return;
    const more = this.#count > this.#rows.length ? " and others" : "";
    await this.#asking.settle({
      id: HIDDEN_ROWS,
      text: "The workbook has hidden rows: are they part of what is to be taken?",
      why: `${this.#count.toLocaleString("en-GB")} of its rows are out of sight (a filter, a group or hidden by hand): ${this.#count === 1 ? "row" : "rows"} ${this.#rows.join(", ")}${more}.`,
      options: [
        { value: "visible", label: "Only the rows that are shown", comesTo: this.#visible.says() },
        { value: "all", label: "All rows, the hidden ones too", comesTo: this.#all.says() },
      ],
      remember: "no",
    });
  }
}
