import type { Field } from "./fields.ts";
import type { ImportProfile } from "./profile.ts";
import type { Layout } from "./records.ts";

/** What stands on a document's first line alone in files that write its head once. */
const HEAD_FIELDS = [
  "type",
  "number",
  "reference",
  "recordId",
  "date",
  "dueDate",
  "taxPoint",
  "credits",
  "contactReference",
  "contactName",
  "email",
  "country",
  "currency",
  "status",
  "narration",
] as const satisfies readonly Field[];

/** What tells a line of a document from a total below it: words, or a code of its own. */
const OWN_FIELDS = ["product", "description", "nominalCode", "taxCode"] as const satisfies readonly Field[];

/** A row that adds up what stands above it is nobody's line. */
const TOTAL =
  /^(?:(?:sub|grand|report|page|overall|net|gross)[ -]?)?totals?\b|^(?:sum|balance|carried forward|brought forward)\b/i;

/** A line that bears no number of its own and cannot belong to the document above. */
interface Stray {
  readonly field: Field;
  readonly value: string;
  readonly above: string;
  /** The line that the document above begins in. */
  readonly first: number;
}

export interface HeadOnce {
  /**
   * Gives a line the head of the document above where it leaves it blank; what it fills in must stand there too. A line that cannot
   * belong there comes back as it is.
   */
  fill(line: number, values: readonly string[]): { readonly values: readonly string[]; readonly stray: Stray | null };
  /** Lines that were given a head so far. */
  readonly filled: number;
}

/** Makes what hands a document's head down to its other lines, in the order of the file. */
export function headOnce(profile: ImportProfile, layout: Layout): HeadOnce {
  const places = (fields: readonly Field[]) =>
    fields.flatMap((field) => {
      const at = layout.at[field];
      return at === undefined ? [] : [{ field, at }];
    });
  const heads = places(HEAD_FIELDS);
  const own = places(OWN_FIELDS);
  const numberAt = layout.at.number;
  // Who sells over a counter leaves the customer blank: there a blank is a customer.
  const blankIsCustomer = profile.contact.fallback !== undefined;
  let above: { readonly values: readonly string[]; readonly line: number } | null = null;
  let filled = 0;
  const at = (values: readonly string[], index: number) => (values[index] ?? "").trim();
  return {
    get filled() {
      return filled;
    },
    fill(line, values) {
      if (profile.headOnce === "no" || numberAt === undefined) return { values, stray: null };
      const number = at(values, numberAt);
      const aboveNumber = above === null ? "" : at(above.values, numberAt);
      if (number !== "" && number !== aboveNumber) {
        above = { values, line };
        return { values, stray: null };
      }
      if (above === null || aboveNumber === "") return { values, stray: null };
      let blank = false;
      // A line with a date and a customer of its own, equal as they may be, is as likely another document that lost its number.
      let headless = false;
      let other: Stray | null = null;
      for (const { field, at: index } of heads) {
        const here = at(values, index);
        const there = at(above.values, index);
        if (here === "") {
          if (there === "" || (field === "contactReference" && blankIsCustomer)) continue;
          blank = true;
          headless ||= field === "date" || field === "contactReference";
        } else if (here !== there && other === null) other = { field, value: here, above: there, first: above.line };
      }
      if (number !== "") {
        // The number says whose line it is; what it says otherwise than the first is named when the document is put together.
        if (!blank) return { values, stray: null };
      } else {
        if (other !== null) return { values, stray: other };
        if (!headless) return { values, stray: null };
        const words = own.map(({ at: index }) => at(values, index)).filter((text) => text !== "");
        if (words.length === 0 || words.some((text) => TOTAL.test(text))) return { values, stray: null };
      }
      filled += 1;
      const whole = [...values];
      for (const { field, at: index } of heads) {
        if (field === "contactReference" && blankIsCustomer && number !== "") continue;
        if (at(whole, index) === "") whole[index] = above.values[index] ?? "";
      }
      return { values: whole, stray: null };
    },
  };
}
