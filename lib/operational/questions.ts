import { createHash } from "node:crypto";
import { Refusal } from "#lib/common/refusal.ts";

// What a file cannot tell is asked, once for the file, and never decided by what is likely.
//
// To add a question:
//   (a) from the reading of all lines: whoever reads has the upload's `Asking` (openSource, readerFor and stageAll are given it). Call
//       `await asking.settle({...})` once, when the whole file's evidence is in. It answers the value that holds, or null: then the question
//       is open and the upload will stand in state `asks` whatever else is read. Where null comes back, go on with any one of the readings,
//       so that the preview can show something; it cannot be committed.
//   (b) from the documents put together in the database: add a function to `SUMMARY_QUESTIONS` of summary-questions.ts. It runs after
//       grouping, each time that an upload is summarised, with SQL of db/queries over the staged documents, and calls `settle` likewise.
//
// Every answer has the file read again from its kept bytes (`rereadUpload`), with `asking.answerTo(id)` telling the readers what was said, so
// an answer may change whatever a reader does. What is to be done on commit besides (a tax code's kind, a supplier's numbering) is done by
// the commit, from `summary.settled`. A remembered answer is kept on commit, not before: discarding an upload forgets what was said of it.

export interface QuestionOption {
  readonly value: string;
  readonly label: string;
  /** What it would come to: documents, net, tax and gross by currency, range of dates. */
  readonly comesTo: string;
}

/** Where an answer is kept: for this profile and these headings; for the client (a supplier, a tax code); not at all. */
export type Remember = "headings" | "client" | "no";

export interface FileQuestion {
  /** Stable, and what `npm run import -- --answer ID=VALUE` names: "date-order", "supplier-number:S-100". */
  readonly id: string;
  /** One sentence that asks. */
  readonly text: string;
  /** What in the file raises it: lines, values. */
  readonly why: string;
  readonly options: readonly QuestionOption[];
  readonly remember: Remember;
}

/** A question that was answered, now or before, with what was taken for it. */
export interface SettledQuestion {
  readonly id: string;
  readonly text: string;
  readonly remember: Remember;
  readonly value: string;
  readonly label: string;
  /** When it was remembered, and by whom it was said; null where it was said for this very upload. */
  readonly since: { readonly at: string; readonly by: string } | null;
}

/** What is given with an upload: value by question; null asks anew what is remembered. */
export type Answers = Readonly<Record<string, string | null>>;

export interface RememberedAnswer {
  /** Blank for an answer about the client. */
  readonly headings: string;
  readonly questionId: string;
  readonly value: string;
  readonly answeredBy: string;
  readonly answeredAt: Date;
}

/** A question as it is raised: what an option would come to may be worked out only if somebody has to be asked. */
export interface RaisedQuestion extends Omit<FileQuestion, "options"> {
  readonly options: readonly (Omit<QuestionOption, "comesTo"> & {
    readonly comesTo: string | (() => Promise<string>);
  })[];
}

/** What one reading of an upload has to ask, and what was answered. */
export class Asking {
  readonly #given: Answers;
  readonly #remembered: readonly RememberedAnswer[];
  readonly #open = new Map<string, FileQuestion>();
  readonly #settled = new Map<string, SettledQuestion>();
  readonly #forgotten = new Set<string>();
  #headings = "";

  /** @param settled what an earlier reading of the same upload settled, where only its documents are put together anew */
  constructor(given: Answers = {}, remembered: readonly RememberedAnswer[] = [], settled: readonly SettledQuestion[] = []) {
    this.#given = given;
    this.#remembered = remembered;
    for (const one of settled) this.#settled.set(one.id, one);
  }

  /** Says which headings the file has: answers that hold for headings are those of just these. */
  underHeadings(headings: readonly string[]): void {
    this.#headings = fingerprintOf(headings);
  }

  /** The fingerprint under which answers for headings are kept; blank while none are known. */
  get headings(): string {
    return this.#headings;
  }

  get open(): readonly FileQuestion[] {
    return [...this.#open.values()];
  }

  get settled(): readonly SettledQuestion[] {
    return [...this.#settled.values()];
  }

  /** Remembered answers that this file's evidence speaks against, or that it asks anew: forgotten on commit. */
  get forgotten(): readonly string[] {
    return [...this.#forgotten];
  }

  /** What somebody said to a question, for this upload or before; null where nobody did. */
  answerTo(id: string): string | null {
    const given = this.#given[id];
    if (given !== undefined) return given;
    return this.#recall(id)?.value ?? null;
  }

  #recall(id: string): RememberedAnswer | undefined {
    return this.#remembered.find(
      (one) => one.questionId === id && (one.headings === "" || (this.#headings !== "" && one.headings === this.#headings)),
    );
  }

  /**
   * Raises a question that the file cannot answer: answers the value that holds, or null while nobody has said.
   *
   * A remembered answer that is none of the options any more is asked anew.
   *
   * @throws {Refusal} when the answer given with this very upload is none of the options
   */
  async settle(question: RaisedQuestion): Promise<string | null> {
    const { id, text, why, remember, options } = question;
    const given = this.#given[id];
    const optionOf = (value: string) => options.find((one) => one.value === value);
    if (given !== undefined && given !== null) {
      const option = optionOf(given);
      if (!option) throw notAmong(id, given, options);
      this.#take({ id, text, remember, value: given, label: option.label, since: null });
      return given;
    }
    const kept = given === null || remember === "no" ? undefined : this.#recall(id);
    const option = kept === undefined ? undefined : optionOf(kept.value);
    if (kept && option) {
      const since = { at: kept.answeredAt.toISOString(), by: kept.answeredBy };
      this.#take({ id, text, remember, value: kept.value, label: option.label, since });
      return kept.value;
    }
    const asked: QuestionOption[] = [];
    for (const { value, label, comesTo } of options) {
      asked.push({ value, label, comesTo: typeof comesTo === "string" ? comesTo : await comesTo() });
    }
    this.#settled.delete(id);
    this.#open.set(id, { id, text, why, remember, options: asked });
    return null;
  }

  #take(settled: SettledQuestion): void {
    this.#open.delete(settled.id);
    this.#settled.set(settled.id, settled);
  }

  /**
   * The file's own evidence answers a question, so it is not asked. What was remembered otherwise is forgotten.
   *
   * @param why the evidence, for whoever said otherwise of this very upload
   * @throws {Refusal} when it was answered otherwise for this very upload
   */
  evidence(id: string, value: string, why: string): void {
    const given = this.#given[id];
    if (given !== undefined && given !== null && given !== value)
      throw new Refusal(`The file itself says otherwise than ${id}=${given}: ${why}.`, { field: id });
    const kept = this.#recall(id);
    if (kept && kept.value !== value) this.#forgotten.add(id);
  }
}

function notAmong(id: string, given: string, options: readonly { value: string }[]): Refusal {
  const names = options.map((one) => one.value).join(", ");
  return new Refusal(`"${given.slice(0, 50)}" does not answer the question ${id}: it is one of ${names}.`, {
    field: id,
    code: "no-such-answer",
  });
}

/** A fingerprint of headings, whatever their order, case and punctuation. */
export function fingerprintOf(headings: readonly string[]): string {
  const folded = headings
    .map((heading) =>
      heading
        .normalize("NFKC")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}#%]/gu, ""),
    )
    .filter((heading) => heading !== "")
    .sort();
  return createHash("sha256").update(folded.join("\u001f")).digest("hex").slice(0, 32);
}

/** An open question as the command line prints it, with the options that settle it. */
export function questionLines(question: FileQuestion): string[] {
  return [
    `${question.id}: ${question.text}`,
    `  ${question.why}`,
    ...question.options.map(
      ({ value, label, comesTo }) =>
        `  --answer ${shellWord(`${question.id}=${value}`)}  ${label}${comesTo === "" ? "" : `: ${comesTo}`}`,
    ),
  ];
}

function shellWord(text: string): string {
  return /^[\w:=.,/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
