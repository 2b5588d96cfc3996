import type { z } from "zod";
import { NOMINAL_KIND_LABELS } from "#lib/mapping/nominal-kinds.ts";
import type { recordEdit } from "#lib/operational/edit-records.ts";
import { TAX_KIND_ROWS, TAX_KINDS, TAX_SIDE_LABELS, TAX_SIDES } from "#lib/tax/kinds.ts";

type Input = z.input<typeof recordEdit>;
export type FormWhat = Input["what"];
export type FormValues = Readonly<Record<string, string | boolean>>;

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** The client's own codes and groups to choose from; empty where a form asks for none. */
export interface FormOptions {
  readonly nominal: readonly Option[];
  readonly tax: readonly Option[];
  readonly groups: readonly Option[];
}
export const NO_OPTIONS: FormOptions = { nominal: [], tax: [], groups: [] };

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "long" | "choice" | "check";
  readonly hint?: string;
  readonly required?: boolean;
  /** What a choice that is left open stands for. */
  readonly none?: string;
  /** Entered once: the package knows the record by it. */
  readonly fixed?: boolean;
  readonly options: keyof FormOptions | readonly Option[];
}

interface Form {
  /** "a customer" without the article. */
  readonly label: string;
  readonly newLabel: string;
  readonly fields: readonly FormField[];
  /** Where its page is, below `/clients/slug`. */
  readonly path: (values: FormValues) => string;
  readonly record: (id: string | null, values: FormValues) => Input;
}

const text = (values: FormValues, name: string) => (typeof values[name] === "string" ? values[name] : "");
const on = (values: FormValues, name: string) => values[name] === true;
const field = (name: string, label: string, over: Partial<FormField> = {}): FormField => ({
  name,
  label,
  type: "text",
  options: [],
  ...over,
});
const TERMS: readonly Option[] = [
  { value: "account", label: "Credit: pays later" },
  { value: "cash", label: "Cash: pays at the time" },
];
const KINDS: readonly Option[] = Object.entries(NOMINAL_KIND_LABELS).map(([value, label]) => ({ value, label }));
const TAX_KIND_OPTIONS: readonly Option[] = TAX_KINDS.map((value) => ({ value, label: TAX_KIND_ROWS[value].label }));
const TAX_SIDE_OPTIONS: readonly Option[] = TAX_SIDES.map((value) => ({ value, label: TAX_SIDE_LABELS[value] }));
const NOMINAL = { type: "choice", options: "nominal" } as const;

/** The fields of each kind of record that staff enter by hand. */
export const FORMS: Readonly<Record<FormWhat, Form>> = {
  contact: {
    label: "the contact",
    newLabel: "New",
    fields: [
      field("reference", "Number", { required: true, fixed: true }),
      field("name", "Name", { required: true }),
      field("email", "E-mail"),
      field("taxNumber", "VAT number"),
      field("country", "Country"),
      field("terms", "Terms", { type: "choice", options: TERMS, required: true }),
      field("isCustomer", "Customer", { type: "check" }),
      field("isSupplier", "Supplier", { type: "check" }),
    ],
    path: (values) => (on(values, "isCustomer") ? "customers" : "suppliers"),
    record: (id, values) => ({
      what: "contact",
      id,
      reference: text(values, "reference"),
      name: text(values, "name"),
      email: text(values, "email"),
      taxNumber: text(values, "taxNumber"),
      country: text(values, "country"),
      terms: text(values, "terms") === "cash" ? "cash" : "account",
      isCustomer: on(values, "isCustomer"),
      isSupplier: on(values, "isSupplier"),
    }),
  },
  product: {
    label: "the product",
    newLabel: "New product",
    fields: [
      field("reference", "Code", { required: true, fixed: true }),
      field("name", "Name", { required: true }),
      field("description", "Description", { type: "long" }),
      field("groupId", "Product group", { type: "choice", options: "groups" }),
      field("salesNominalCode", "Sales nominal code", NOMINAL),
      field("purchaseNominalCode", "Purchase nominal code", NOMINAL),
      field("stockNominalCode", "Stock nominal code (kept here, not used)", NOMINAL),
      field("taxCode", "Tax code", { type: "choice", options: "tax", none: "Use item group tax" }),
    ],
    path: () => "products",
    record: (id, values) => ({
      what: "product",
      id,
      reference: text(values, "reference"),
      name: text(values, "name"),
      description: text(values, "description"),
      groupId: text(values, "groupId") || null,
      salesNominalCode: text(values, "salesNominalCode"),
      purchaseNominalCode: text(values, "purchaseNominalCode"),
      stockNominalCode: text(values, "stockNominalCode"),
      taxCode: text(values, "taxCode"),
    }),
  },
  "product-group": {
    label: "the product group",
    newLabel: "New product group",
    fields: [
      field("code", "Code", { required: true, fixed: true }),
      field("name", "Name", { required: true }),
      field("salesNominalCode", "Sales nominal code", NOMINAL),
      field("purchaseNominalCode", "Purchase nominal code", NOMINAL),
      field("taxCode", "Tax code", { type: "choice", options: "tax" }),
    ],
    path: () => "product-groups",
    record: (id, values) => ({
      what: "product-group",
      id,
      code: text(values, "code"),
      name: text(values, "name"),
      salesNominalCode: text(values, "salesNominalCode"),
      purchaseNominalCode: text(values, "purchaseNominalCode"),
      taxCode: text(values, "taxCode"),
    }),
  },
  "nominal-code": {
    label: "the nominal code",
    newLabel: "New nominal code",
    fields: [
      field("code", "Code", { required: true, fixed: true }),
      field("name", "Name", { required: true }),
      field("kind", "Kind", { type: "choice", options: KINDS, required: true }),
    ],
    path: () => "nominal-codes",
    record: (id, values) => ({
      what: "nominal-code",
      id,
      code: text(values, "code"),
      name: text(values, "name"),
      kind: text(values, "kind") as Extract<Input, { what: "nominal-code" }>["kind"],
    }),
  },
  "tax-code": {
    label: "the tax code",
    newLabel: "New tax code",
    fields: [
      field("code", "Code", { required: true, fixed: true }),
      field("name", "Name", { required: true }),
      field("rate", "Rate (%)", { required: true, hint: "20, 17.5 or 0" }),
      field("kind", "Kind", { type: "choice", options: TAX_KIND_OPTIONS }),
      field("side", "Side", { type: "choice", options: TAX_SIDE_OPTIONS }),
      field("followedBy", "Replaced by, if the rate changed", { type: "choice", options: "tax" }),
      field("followedFrom", "Replaced from", { hint: "The first day of the new code: 2011-01-04" }),
    ],
    path: () => "tax-codes",
    record: (id, values) => ({
      what: "tax-code",
      id,
      code: text(values, "code"),
      name: text(values, "name"),
      rate: text(values, "rate"),
      kind: (text(values, "kind") || null) as Extract<Input, { what: "tax-code" }>["kind"],
      side: (text(values, "side") || null) as Extract<Input, { what: "tax-code" }>["side"],
      followedBy: text(values, "followedBy") || null,
      followedFrom: text(values, "followedFrom").trim() || null,
    }),
  },
};
