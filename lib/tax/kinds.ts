/**
 * What kinds of tax code there are: what the document charges, what the buyer accounts for beside it, what of it is recovered, and on
 * which side a kind can stand. One table, read by the import, the pre-check, the mapping editor and the screens.
 *
 * Boxes are those of the UK VAT return (VAT Notice 700/12; the domestic reverse charge, VAT Notice 735; services from abroad, 741A).
 */
export const TAX_KINDS = [
  "standard",
  "reduced",
  "zero",
  "exempt",
  "outside-scope",
  "domestic-reverse-charge",
  "services-from-abroad",
  "import-postponed",
  "import-certificate",
  "ni-eu-goods",
  "margin-scheme",
  "blocked",
  "partly-recoverable",
] as const;
export type TaxKind = (typeof TAX_KINDS)[number];

/** A document stands on one side; a code may stand on both. */
export const TAX_SIDES = ["sales", "purchase", "both"] as const;
export type TaxSide = (typeof TAX_SIDES)[number];
export type DocumentSide = Exclude<TaxSide, "both">;

export const TAX_SIDE_LABELS: Readonly<Record<TaxSide, string>> = {
  sales: "Sales",
  purchase: "Purchases",
  both: "Sales and purchases",
};

type Box = 1 | 2 | 4 | 6 | 7 | 8 | 9;

/** Boxes that the VAT and the net of a line go to; what is charged and what is self-accounted never stand on one line. */
interface Boxes {
  readonly vat: readonly Box[];
  readonly net: readonly Box[];
}

export interface TaxKindRow {
  readonly label: string;
  /** In one sentence, for the person who is asked. */
  readonly hint: string;
  /** What the document itself charges: the code's rate on the net, or nothing. */
  readonly charges: "rate" | "nothing";
  /** Whether the code's rate must be above nil, must be nil, or may be either. */
  readonly rate: "above-nil" | "nil" | "any";
  /** Sides on which it can stand. */
  readonly sides: readonly DocumentSide[];
  /** Sides on which VAT that no document charges is accounted for by us. */
  readonly selfAccounts: readonly DocumentSide[];
  /** How much of a purchase's VAT is recovered. */
  readonly recovers: "all" | "part" | "nothing";
  readonly boxes: Readonly<Record<DocumentSide, Boxes>>;
}

const NO_BOXES: Boxes = { vat: [], net: [] };
/** The sides that a document can be of. */
export const DOCUMENT_SIDES = ["sales", "purchase"] as const satisfies readonly DocumentSide[];
const CHARGED = { sales: { vat: [1], net: [6] }, purchase: { vat: [4], net: [7] } } as const;

export const TAX_KIND_ROWS: Readonly<Record<TaxKind, TaxKindRow>> = {
  standard: {
    label: "Standard rate",
    hint: "The document charges the rate.",
    charges: "rate",
    rate: "above-nil",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "all",
    boxes: CHARGED,
  },
  reduced: {
    label: "Reduced rate",
    hint: "The document charges the rate.",
    charges: "rate",
    rate: "above-nil",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "all",
    boxes: CHARGED,
  },
  zero: {
    label: "Zero rate",
    hint: "Taxable at nil: the document charges nothing.",
    charges: "nothing",
    rate: "nil",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "all",
    boxes: CHARGED,
  },
  exempt: {
    label: "Exempt",
    hint: "The document charges nothing.",
    charges: "nothing",
    rate: "nil",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "nothing",
    boxes: CHARGED,
  },
  "outside-scope": {
    label: "Outside the scope",
    hint: "No VAT at all, and in no box of the VAT return.",
    charges: "nothing",
    rate: "nil",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "nothing",
    boxes: { sales: NO_BOXES, purchase: NO_BOXES },
  },
  "domestic-reverse-charge": {
    label: "Domestic reverse charge",
    hint: "The document charges nothing; the buyer accounts for the rate.",
    charges: "nothing",
    rate: "any",
    sides: DOCUMENT_SIDES,
    selfAccounts: ["purchase"],
    recovers: "all",
    boxes: { sales: { vat: [], net: [6] }, purchase: { vat: [1, 4], net: [7] } },
  },
  "services-from-abroad": {
    label: "Services from abroad (reverse charge)",
    hint: "The supplier charges nothing; the buyer accounts for the rate.",
    charges: "nothing",
    rate: "any",
    sides: ["purchase"],
    selfAccounts: ["purchase"],
    recovers: "all",
    boxes: { sales: NO_BOXES, purchase: { vat: [1, 4], net: [6, 7] } },
  },
  "import-postponed": {
    label: "Import VAT, postponed",
    hint: "The supplier charges nothing; import VAT is accounted for on the VAT return.",
    charges: "nothing",
    rate: "any",
    sides: ["purchase"],
    selfAccounts: ["purchase"],
    recovers: "all",
    boxes: { sales: NO_BOXES, purchase: { vat: [1, 4], net: [7] } },
  },
  "import-certificate": {
    label: "Import VAT, by certificate",
    hint: "The supplier charges nothing; the VAT paid at import is reclaimed by its certificate.",
    charges: "nothing",
    rate: "any",
    sides: ["purchase"],
    selfAccounts: [],
    recovers: "all",
    boxes: { sales: NO_BOXES, purchase: { vat: [4], net: [7] } },
  },
  "ni-eu-goods": {
    label: "Goods between Northern Ireland and the EU",
    hint: "The document charges nothing; the buyer accounts for VAT on what is acquired.",
    charges: "nothing",
    rate: "any",
    sides: DOCUMENT_SIDES,
    selfAccounts: ["purchase"],
    recovers: "all",
    boxes: { sales: { vat: [], net: [6, 8] }, purchase: { vat: [2, 4], net: [7, 9] } },
  },
  "margin-scheme": {
    label: "Margin scheme",
    hint: "The document shows no VAT; the seller pays it out of the margin.",
    charges: "nothing",
    rate: "any",
    sides: DOCUMENT_SIDES,
    selfAccounts: [],
    recovers: "nothing",
    boxes: { sales: { vat: [1], net: [6] }, purchase: { vat: [], net: [7] } },
  },
  blocked: {
    label: "Not recoverable (blocked)",
    hint: "The supplier charges the rate; none of it is reclaimed.",
    charges: "rate",
    rate: "above-nil",
    sides: ["purchase"],
    selfAccounts: [],
    recovers: "nothing",
    boxes: { sales: NO_BOXES, purchase: { vat: [], net: [7] } },
  },
  "partly-recoverable": {
    label: "Partly recoverable",
    hint: "The supplier charges the rate; part of it is reclaimed.",
    charges: "rate",
    rate: "above-nil",
    sides: ["purchase"],
    selfAccounts: [],
    recovers: "part",
    boxes: { sales: NO_BOXES, purchase: { vat: [4], net: [7] } },
  },
};

export function isTaxKind(value: unknown): value is TaxKind {
  return TAX_KINDS.some((one) => one === value);
}

/** Kinds whose documents charge nothing, for SQL that must say the same as {@link chargedRate}. */
export const CHARGE_NOTHING: readonly TaxKind[] = TAX_KINDS.filter((kind) => TAX_KIND_ROWS[kind].charges === "nothing");

/**
 * What a document with this code charges, per cent, a decimal string. A code whose kind nobody has said charges what its rate says:
 * what is carried beside it is still compared, so that nothing else goes through.
 */
export function chargedRate(code: { readonly rate: string; readonly kind: TaxKind | null }): string {
  return code.kind !== null && TAX_KIND_ROWS[code.kind].charges === "nothing" ? "0" : code.rate;
}

/** Why a kind cannot be this code's, in one sentence; null when it can. */
export function kindFault(code: {
  readonly rate: string;
  readonly kind: TaxKind | null;
  readonly side: TaxSide | null;
}): { readonly field: "kind" | "side" | "rate"; readonly words: string } | null {
  if (code.kind === null) return null;
  const row = TAX_KIND_ROWS[code.kind];
  const nil = /^0*(\.0*)?$/.test(code.rate);
  if (row.rate === "nil" && !nil)
    return { field: "kind", words: `${row.label} has the rate 0, and this code has ${code.rate}: change one of the two.` };
  if (row.rate === "above-nil" && nil)
    return { field: "kind", words: `${row.label} has a rate above nil, and this code has ${code.rate}: change one of the two.` };
  if (code.side !== null && row.sides.length === 1 && code.side !== row.sides[0])
    return { field: "side", words: `${row.label} is for ${row.sides[0] === "sales" ? "sales" : "purchases"} only.` };
  return null;
}

/** Words people and other systems use for a kind, folded as {@link readTaxKind} folds them. */
const KIND_WORDS: Readonly<Record<string, TaxKind>> = {
  standardrated: "standard",
  std: "standard",
  reducedrated: "reduced",
  zerorated: "zero",
  exemptrate: "exempt",
  outsidescope: "outside-scope",
  outofscope: "outside-scope",
  novat: "outside-scope",
  drc: "domestic-reverse-charge",
  domesticreversecharge: "domestic-reverse-charge",
  servicesfromabroad: "services-from-abroad",
  reversechargeservices: "services-from-abroad",
  importvatpostponed: "import-postponed",
  postponed: "import-postponed",
  postponedvataccounting: "import-postponed",
  importvatbycertificate: "import-certificate",
  c79: "import-certificate",
  nieugoods: "ni-eu-goods",
  acquisitions: "ni-eu-goods",
  dispatches: "ni-eu-goods",
  margin: "margin-scheme",
  blocked: "blocked",
  notrecoverable: "blocked",
  irrecoverable: "blocked",
  partrecoverable: "partly-recoverable",
};

const fold = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** A kind as a file's column Kind says it: its name or label, or a word in use for it; null when it is none. "Reverse charge" alone is none. */
export function readTaxKind(text: string): TaxKind | null {
  const folded = fold(text);
  return (
    TAX_KINDS.find((kind) => fold(kind) === folded || fold(TAX_KIND_ROWS[kind].label) === folded) ?? KIND_WORDS[folded] ?? null
  );
}

/** A side as a file's column Side says it; null when it is none. */
export function readTaxSide(text: string): TaxSide | null {
  switch (fold(text)) {
    case "sales":
    case "sale":
    case "output":
      return "sales";
    case "purchases":
    case "purchase":
    case "input":
      return "purchase";
    case "both":
    case "salesandpurchases":
      return "both";
    default:
      return null;
  }
}
