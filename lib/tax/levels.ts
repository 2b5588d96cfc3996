import { addDays, type PlainDate } from "#lib/common/dates.ts";

// Where a line brings no tax code of its own, it takes that of the most particular level that has one: the client's default, the
// customer or supplier, the product's group, the product. One abroad is told what its lines take whatever they sell: what the product
// says is how it is sold at home. A code whose rate was changed is followed by another one from a day on; the tax point decides.

/** From the most particular down. `profile` is a rule of the file's own profile: it stands before all that the client says. */
const TAX_LEVELS = ["profile", "credited", "abroad", "product", "product-group", "contact", "default"] as const;
export type TaxLevel = (typeof TAX_LEVELS)[number];

export const TAX_LEVEL_LABELS: Readonly<Record<TaxLevel, string>> = {
  profile: "A rule of the profile",
  credited: "The invoice that it credits",
  abroad: "The customer or supplier, abroad",
  product: "The product",
  "product-group": "The product’s group",
  contact: "The customer or supplier",
  default: "The client’s default",
};

/** A tax code and the one that follows it, where its rate was changed. */
export interface DatedCode {
  readonly code: string;
  readonly followedBy: string | null;
  /** The first day of the code that follows. */
  readonly followedFrom: PlainDate | null;
}

/** What each level says of one line; null where it says nothing. */
export interface TaxSources {
  readonly abroad: string | null;
  readonly product: string | null;
  readonly productGroup: string | null;
  readonly contact: string | null;
  readonly default: string | null;
}

export interface ResolvedTax {
  readonly code: string;
  readonly level: TaxLevel;
}

/** The code that a line without one takes at its tax point; null where no level has one. */
export function resolveTax(sources: TaxSources, taxPoint: PlainDate, dated: RateChanges): ResolvedTax | null {
  const said: readonly (readonly [TaxLevel, string | null])[] = [
    ["abroad", sources.abroad],
    ["product", sources.product],
    ["product-group", sources.productGroup],
    ["contact", sources.contact],
    ["default", sources.default],
  ];
  for (const [level, code] of said) if (code !== null) return { code: dated.codeAt(code, taxPoint), level };
  return null;
}

export interface RateChange {
  readonly from: string;
  readonly to: string;
  /** The first day of `to`. */
  readonly on: PlainDate;
}

/** Which code stands for which on what day. */
export class RateChanges {
  readonly #next = new Map<string, RateChange>();
  readonly #before = new Map<string, RateChange[]>();

  constructor(codes: readonly DatedCode[]) {
    for (const { code: from, followedBy: to, followedFrom: on } of codes) {
      if (to === null || on === null) continue;
      this.#next.set(from, { from, to, on });
      this.#before.set(to, [...(this.#before.get(to) ?? []), { from, to, on }]);
    }
  }

  get none(): boolean {
    return this.#next.size === 0;
  }

  /** The code that stands for this one on a day: the one that follows it, or that it follows. */
  codeAt(code: string, on: PlainDate): string {
    const seen = new Set([code]);
    let at = code;
    for (let next = this.#next.get(at); next && on >= next.on && !seen.has(next.to); next = this.#next.get(at)) {
      at = next.to;
      seen.add(at);
    }
    if (at !== code) return at;
    for (let before = this.#changeTo(at); before && on < before.on && !seen.has(before.from); before = this.#changeTo(at)) {
      at = before.from;
      seen.add(at);
    }
    return at;
  }

  /** The change by which a code came to be what it is within the year before a day; null where there was none. */
  changeWithinYear(code: string, on: PlainDate): RateChange | null {
    const change = this.#changeTo(code);
    return change && change.on <= on && on < addDays(change.on, 366) ? change : null;
  }

  /** Two codes that became one leave nobody able to say which of them it was. */
  #changeTo(code: string): RateChange | undefined {
    const [only, other] = this.#before.get(code) ?? [];
    return other === undefined ? only : undefined;
  }
}

/** Names in use for a country beside its own, folded. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  GB: ["uk", "greatbritain", "britain", "england", "scotland", "wales", "northernireland", "gbr"],
  IE: ["republicofireland", "eire", "irl"],
  US: ["usa", "unitedstatesofamerica", "america"],
};
const fold = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}]/gu, "");

/** Whether a country as a file writes it is another one than the client's own; one that is not said is at home. @param locale BCP 47 of the client */
export function abroadOf(locale: string): (country: string | null) => boolean {
  const home = new Intl.Locale(locale).maximize().region ?? "GB";
  const name = new Intl.DisplayNames(["en"], { type: "region" }).of(home) ?? home;
  const known = new Set([fold(home), fold(name), ...(ALSO[home] ?? [])]);
  return (country) => country !== null && fold(country) !== "" && !known.has(fold(country));
}
