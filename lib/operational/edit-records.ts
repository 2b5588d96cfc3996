import { z } from "zod";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findGroup, findNominalCode, findTaxCode, idsOfCodes } from "#db/queries/mapping/codes.ts";
import { findContact } from "#db/queries/operational/contacts.ts";
import { findProduct } from "#db/queries/operational/products.ts";
import { findQueuedRecord, withdrawRecord } from "#db/queries/operational/queued-records.ts";
import {
  insertContact,
  insertGroup,
  insertNominalCode,
  insertProduct,
  insertTaxCode,
  updateContact,
  updateGroup,
  updateNominalCode,
  updateProduct,
  updateTaxCode,
} from "#db/queries/operational/record-edits.ts";
import { NOMINAL_KINDS } from "#db/schema/operational.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { kindFault, TAX_KINDS, TAX_SIDES } from "#lib/tax/kinds.ts";
import { TAX_NUMBER } from "./read-record.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const words = (what: string, limit = 255) =>
  z
    .string()
    .trim()
    .min(1, `${what} is empty: fill it in.`)
    .max(limit, `${what} is longer than ${limit} characters.`)
    .refine((text) => !CONTROL.test(text), `${what} holds a control character.`)
    .transform((text) => text.normalize("NFC"));
const perhaps = (what: string, limit = 255) =>
  z
    .string()
    .trim()
    .max(limit, `${what} is longer than ${limit} characters.`)
    .refine((text) => !CONTROL.test(text.replaceAll("\n", "")), `${what} holds a control character.`)
    .transform((text) => (text === "" ? null : text.normalize("NFC")));
const id = z.uuid().nullable();

/** What a person may enter or change by hand: the same fields, and the same limits, as a file brings. */
export const recordEdit = z.discriminatedUnion("what", [
  z.object({
    what: z.literal("contact"),
    id,
    reference: words("The number"),
    name: words("The name"),
    email: perhaps("The e-mail").refine(
      (email) => email === null || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email),
      "This is not an e-mail address.",
    ),
    taxNumber: perhaps("The VAT number", 50).refine(
      (number) => number === null || TAX_NUMBER.test(number),
      "This is not a VAT number: use letters and figures.",
    ),
    country: perhaps("The country"),
    terms: z.enum(["account", "cash"], "Choose credit or cash."),
    isCustomer: z.boolean(),
    isSupplier: z.boolean(),
  }),
  z.object({
    what: z.literal("product"),
    id,
    reference: words("The code", 100),
    name: words("The name"),
    description: perhaps("The description", 4_000),
    groupId: id,
    salesNominalCode: perhaps("The sales nominal code", 50),
    purchaseNominalCode: perhaps("The purchase nominal code", 50),
    stockNominalCode: perhaps("The stock nominal code", 50),
    taxCode: perhaps("The tax code", 50),
  }),
  z.object({
    what: z.literal("product-group"),
    id,
    code: words("The code", 50),
    name: words("The name"),
    salesNominalCode: perhaps("The sales nominal code", 50),
    purchaseNominalCode: perhaps("The purchase nominal code", 50),
    taxCode: perhaps("The tax code", 50),
  }),
  z.object({
    what: z.literal("nominal-code"),
    id,
    code: words("The code", 50),
    name: words("The name"),
    kind: z.enum(NOMINAL_KINDS, "Choose what kind of nominal code it is."),
  }),
  z.object({
    what: z.literal("tax-code"),
    id,
    code: words("The code", 50),
    name: words("The name"),
    rate: z
      .string()
      .trim()
      .regex(/^\d{1,3}(\.\d{1,4})?$/, "The rate must be a percentage of zero or more: 20, 17.5 or 0."),
    /** Null: nobody knows yet; it is asked when a document depends on it. */
    kind: z.enum(TAX_KINDS, "Choose what kind of tax code it is.").nullable().default(null),
    side: z.enum(TAX_SIDES, "Choose sales, purchases or both.").nullable().default(null),
    /** Where its rate was changed: the code that stands for it, and from which day. */
    followedBy: z.string().trim().max(50).nullable().default(null),
    followedFrom: z
      .string()
      .refine(isPlainDate, "The first day of the new code must be a date, YYYY-MM-DD.")
      .nullable()
      .default(null),
  }),
]);
export type RecordEdit = z.output<typeof recordEdit>;

export interface Saved {
  readonly id: string;
  /** As a person calls it. */
  readonly reference: string;
  readonly outcome: "made" | "changed" | "unchanged";
  /** What it was, for the audit; null for one that was made. */
  readonly before: Readonly<Record<string, unknown>> | null;
}

/**
 * Saves what a person entered: a new record, or the next revision of one that is there, which goes the way of a revision that a file
 * brings. Nothing is made of a save that changes nothing.
 * @param withdraw takes it back from an upload that has chosen it (N34)
 * @throws {Refusal} for a number or code that is taken, a code that the client does not have, or a number changed afterwards; with code
 * `queued` where an upload has chosen it and nobody said that it is to be withdrawn
 */
export async function saveRecord(
  db: ScopedDb,
  scope: ClientScope,
  edit: RecordEdit,
  { withdraw = false }: { readonly withdraw?: boolean } = {},
): Promise<Saved> {
  const saved = await checkAndSave(db, scope, edit);
  if (saved.outcome === "changed") await settleQueued(db, scope, saved, withdraw);
  await follow(db, scope, [{ edit, saved }]);
  return saved;
}

/**
 * As {@link saveRecord} for several, in their order; what hangs on them is judged once.
 *
 * @param fieldOf the field of a refusal, by the edit's place among the others and its own field
 */
export async function saveRecords(
  db: ScopedDb,
  scope: ClientScope,
  edits: readonly RecordEdit[],
  fieldOf: (at: number, field: string) => string,
): Promise<Saved[]> {
  const done: { edit: RecordEdit; saved: Saved }[] = [];
  for (const [at, edit] of edits.entries()) {
    try {
      done.push({ edit, saved: await checkAndSave(db, scope, edit) });
    } catch (error) {
      if (!(error instanceof Refusal) || error.field === undefined) throw error;
      throw new Refusal(error.message, { field: fieldOf(at, error.field), code: error.code });
    }
  }
  await follow(db, scope, done);
  return done.map((one) => one.saved);
}

async function checkAndSave(db: ScopedDb, scope: ClientScope, edit: RecordEdit): Promise<Saved> {
  await requireCodes(db, scope, edit);
  return save(db, scope, edit);
}

/** What an upload has chosen is never changed under it in silence: whoever changes it says that it is taken back, or nothing is saved. */
async function settleQueued(db: ScopedDb, scope: ClientScope, { id, reference }: Saved, withdraw: boolean): Promise<void> {
  if (withdraw) {
    await withdrawRecord(db, scope, id);
    return;
  }
  const { count, runs } = await findQueuedRecord(db, scope, id);
  if (count === 0) return;
  const run = runs.length === 0 ? "" : ` in run ${runs.join(", ")}`;
  throw new Refusal(
    `${reference} is queued for upload${run}. Withdraw it first: it then returns to Pending Export with your changes.`,
    { code: "queued" },
  );
}

async function follow(
  db: ScopedDb,
  scope: ClientScope,
  done: readonly { readonly edit: RecordEdit; readonly saved: Saved }[],
): Promise<void> {
  const changed = done.filter((one) => one.saved.outcome !== "unchanged").map((one) => one.edit.what);
  if (changed.some((what) => what === "contact" || what === "product")) await makePostings(db, scope);
  // A code's kind, what a tax code charges, or the nominal of a product group decides which documents go, and where lines are posted.
  if (changed.some((what) => what !== "contact" && what !== "product")) await releaseMended(db, scope);
}

async function save(db: ScopedDb, scope: ClientScope, edit: RecordEdit): Promise<Saved> {
  switch (edit.what) {
    case "contact": {
      if (!edit.isCustomer && !edit.isSupplier) throw new Refusal("Choose customer, supplier or both.", { field: "isCustomer" });
      return kept(edit, edit.reference, "number", edit.id && (await findContact(db, scope, edit.id)), {
        insert: () => insertContact(db, scope, edit),
        update: (id) => updateContact(db, scope, id, edit),
      });
    }
    case "product":
      return kept(edit, edit.reference, "code", edit.id && (await findProduct(db, scope, edit.id)), {
        insert: () => insertProduct(db, scope, edit),
        update: (id) => updateProduct(db, scope, id, edit),
      });
    case "product-group":
      return kept(edit, edit.code, "code", edit.id && (await findGroup(db, scope, edit.id)), {
        insert: () => insertGroup(db, scope, edit),
        update: (id) => updateGroup(db, scope, id, edit),
      });
    case "nominal-code":
      return kept(edit, edit.code, "code", edit.id && (await findNominalCode(db, scope, edit.id)), {
        insert: () => insertNominalCode(db, scope, edit),
        update: (id) => updateNominalCode(db, scope, id, edit),
      });
    case "tax-code": {
      await requireFollower(db, scope, edit);
      const fault = kindFault(edit);
      if (fault) throw new Refusal(fault.words, { field: fault.field });
      return kept(edit, edit.code, "code", edit.id && (await findTaxCode(db, scope, edit.id)), {
        insert: () => insertTaxCode(db, scope, edit),
        update: (id) => updateTaxCode(db, scope, id, edit),
      });
    }
  }
}

const NOT_KEPT = [
  "clientId",
  "contentSha",
  "importId",
  "createdAt",
  "changedAt",
  "nameFolded",
  "referenceFolded",
  "saidAt",
  "saidBy",
];

async function kept(
  edit: { readonly what: RecordEdit["what"]; readonly id: string | null },
  reference: string,
  word: "number" | "code",
  there: { readonly id: string; readonly reference?: string; readonly code?: string } | null | "",
  work: { readonly insert: () => Promise<string | null>; readonly update: (id: string) => Promise<string | null> },
): Promise<Saved> {
  const field = word === "number" || edit.what === "product" ? "reference" : "code";
  if (edit.id === null) {
    const id = await work.insert();
    if (id === null)
      throw new Refusal(`The ${word} ${reference} is already used. Choose another one, or change the record that has it.`, {
        field,
      });
    return { id, reference, outcome: "made", before: null };
  }
  if (!there) throw new Refusal("This record no longer exists.", { code: "not-found" });
  const known = there.reference ?? there.code;
  if (known !== reference) {
    throw new Refusal(`The ${word} is what the operational system and the package know it by, so it stays ${known}.`, { field });
  }
  const changed = await work.update(there.id);
  const before = Object.fromEntries(Object.entries(there).filter(([key]) => !NOT_KEPT.includes(key)));
  return { id: there.id, reference, outcome: changed === null ? "unchanged" : "changed", before };
}

/** @throws {Refusal} for a code that follows without its day, or that is not there */
async function requireFollower(
  db: ScopedDb,
  scope: ClientScope,
  { code, followedBy, followedFrom }: Extract<RecordEdit, { what: "tax-code" }>,
): Promise<void> {
  if (followedBy === null && followedFrom === null) return;
  if (followedBy === null) throw new Refusal("Choose the code that replaces it from that day.", { field: "followedBy" });
  if (followedFrom === null) throw new Refusal(`Enter the day from which ${followedBy} replaces it.`, { field: "followedFrom" });
  if (followedBy === code) throw new Refusal("A code cannot replace itself.", { field: "followedBy" });
  if (!(await idsOfCodes(db, scope, { nominal: [], tax: [followedBy] })).tax.has(followedBy))
    throw new Refusal(`This client has no tax code ${followedBy}. Add it under Tax codes first.`, { field: "followedBy" });
}

/** @throws {Refusal} for a nominal code, tax code or product group that this client does not have */
async function requireCodes(db: ScopedDb, scope: ClientScope, edit: RecordEdit): Promise<void> {
  if (edit.what !== "product" && edit.what !== "product-group") return;
  const nominal: Record<string, string | null> = {
    salesNominalCode: edit.salesNominalCode,
    purchaseNominalCode: edit.purchaseNominalCode,
    ...(edit.what === "product" ? { stockNominalCode: edit.stockNominalCode } : {}),
  };
  const named = Object.values(nominal).filter((code) => code !== null);
  const known = await idsOfCodes(db, scope, { nominal: named, tax: edit.taxCode === null ? [] : [edit.taxCode] });
  for (const [field, code] of Object.entries(nominal)) {
    if (code !== null && !known.nominal.has(code))
      throw new Refusal(`This client has no nominal code ${code}. Add it under Nominal codes first.`, { field });
  }
  if (edit.taxCode !== null && !known.tax.has(edit.taxCode))
    throw new Refusal(`This client has no tax code ${edit.taxCode}. Add it under Tax codes first.`, { field: "taxCode" });
  if (edit.what === "product" && edit.groupId !== null && !(await findGroup(db, scope, edit.groupId)))
    throw new Refusal("This client has no such product group.", { field: "groupId" });
}
