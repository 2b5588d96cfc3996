import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  type LikeContact,
  listLikeContacts,
  listNamedTwice,
  listNumbersAgain,
  listSplitNumbers,
  matchDocuments,
  type NamedTwice,
  type NumberAgain,
  takeAsContact,
  takeAsOthers,
} from "#db/queries/imports/import-numbers.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { sideOf } from "#lib/common/records.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking, RaisedQuestion } from "./questions.ts";
import type { FaultFixer } from "./read-line.ts";

/** Around the turn of a year a number may be last year's, corrected: two months, as terms and late bills reach. */
const TURN_DAYS = 60;
const SHOWN = 5;
const DAY_MS = 86_400_000;

/** A fault of a whole document, by the field that it is about. */
export interface NumberFault {
  readonly line: number;
  readonly field: "number" | "contactReference" | "recordId";
  readonly value: string;
  readonly rule: string;
  readonly fixer: FaultFixer;
}

const supplierNumber = (reference: string) => `supplier-number:${reference}`;
const sameCustomer = (reference: string) => `same-customer:${reference}`;

/**
 * Decides what a number that comes again stands for (decision 0020): the record's own id where the file names one; else a sales number
 * belongs to one document for ever, and a supplier's is asked about when date and amounts are others.
 *
 * @returns what cannot be taken at all
 */
export async function judgeNumbers(
  db: ScopedDb,
  scope: ClientScope,
  { importId, profile, asking, limit }: { importId: string; profile: ImportProfile; asking: Asking; limit: number },
): Promise<NumberFault[]> {
  const fallback = profile.contact.fallback?.reference ?? null;
  for (const like of await listLikeContacts(db, scope, importId, fallback, limit))
    await askWhether(db, scope, importId, like, asking);
  for (const one of await listNamedTwice(db, scope, importId, limit)) await askWhetherOne(one, asking);
  await matchDocuments(db, scope, importId);
  const faults: NumberFault[] = [];
  for (const { line, number, first, hasId } of await listSplitNumbers(db, scope, importId, limit)) {
    const rule = hasId
      ? `has one record id in a file: line ${first} gives it another. Is the column the document's own id, not the line's?`
      : `has one reference in a file: line ${first} gives it another. Is the column the document's own reference, not a customer's?`;
    faults.push({ line, field: "number", value: number, rule, fixer: "operations" });
  }
  const again = await listNumbersAgain(db, scope, importId, limit);
  const isOther = (one: NumberAgain) => sideOf(one.kind) === "sales" || one.number !== one.here.number;
  for (const one of again) if (isOther(one)) faults.push(usedAlready(one));
  const bills = again.filter((one) => !isOther(one));
  for (const [supplier, own] of Map.groupBy(bills, (one) => one.contactReference)) {
    const others = await othersAmong(own, supplier, asking);
    if (others.length > 0)
      await takeAsOthers(
        db,
        scope,
        importId,
        others.map((one) => one.line),
      );
  }
  return faults;
}

/** Whether numbers that nobody was asked about stand for other documents by now: something was committed since the preview. */
export async function hasNumbersUnasked(db: ScopedDb, scope: ClientScope, importId: string, corrected: ReadonlySet<string>) {
  const again = await listNumbersAgain(db, scope, importId, 1_000);
  return again.some((one) => sideOf(one.kind) === "sales" || !corrected.has(supplierNumber(one.contactReference)));
}

const amount = ({ currency, grossMinor }: { currency: string; grossMinor: string }) => formatMoney(BigInt(grossMinor), currency);

function usedAlready(one: NumberAgain): NumberFault {
  const { number, here, line } = one;
  if (number !== here.number) {
    const is = `${here.number} has its reference here, ${here.contactName}'s of ${formatDate(here.issuedOn)} for ${amount(here)}`;
    const rule = `is the number of the document whose reference it bears: ${is}. Is the column a customer's reference, or an order's? Then leave it out`;
    return { line, field: "number", value: number, rule, fixer: "operations" };
  }
  const other = here.contactReference !== one.contactReference;
  const is = `${number} is ${here.contactName}'s of ${formatDate(here.issuedOn)} for ${amount(here)} here`;
  const rule = other
    ? `belongs to one customer: ${is}, and ${one.contactName}'s in this file. Give the document a number of its own`
    : `belongs to one document: ${is}, and of ${formatDate(one.issuedOn)} for ${amount(one)} in this file. Give the other document a number of its own, or void it first`;
  return {
    line,
    field: other ? "contactReference" : "number",
    value: other ? one.contactReference : number,
    rule,
    fixer: "operations",
  };
}

/** A supplier's numbers that come again; answers those that stand for other bills. */
async function othersAmong(own: readonly NumberAgain[], supplier: string, asking: Asking): Promise<readonly NumberAgain[]> {
  const id = supplierNumber(supplier);
  const name = own[0]?.contactName ?? supplier;
  const doubtful = own.some(isDoubtful);
  const row = (one: NumberAgain) =>
    `${one.number} of ${formatDate(one.issuedOn)}, ${amount(one)} (here: of ${formatDate(one.here.issuedOn)}, ${amount(one.here)})`;
  const listed = own.slice(0, SHOWN).map(row).join("; ");
  const more = own.length > SHOWN ? `; and ${own.length - SHOWN} more` : "";
  const bills = `${own.length.toLocaleString("en-GB")} ${own.length === 1 ? "bill" : "bills"}`;
  const question: RaisedQuestion = {
    id,
    text: `${name} has used ${own.length === 1 ? "a number" : "numbers"} that ${own.length === 1 ? "is" : "are"} here already: other bills, or corrections of those?`,
    why: `Date and amounts are others: ${listed}${more}.`,
    options: [
      {
        value: "another",
        label: own.length === 1 ? "Another bill" : "Other bills",
        comesTo: `${bills} added to the existing ones, which do not change`,
      },
      {
        value: "yearly",
        label: `Other bills, and ${name}'s numbers restart each year`,
        comesTo: `${bills} added to the existing ones; not asked again for this supplier, except around year end or with an equal total`,
      },
      {
        value: "correction",
        label: own.length === 1 ? "A correction of the existing bill" : "Corrections of the existing bills",
        comesTo: own
          .slice(0, SHOWN)
          .map(
            (one) =>
              `${one.number}: ${amount(one.here)} of ${formatDate(one.here.issuedOn)} becomes ${amount(one)} of ${formatDate(one.issuedOn)}`,
          )
          .join("; "),
      },
    ],
    remember: "no",
  };
  // Said once for the supplier, it is asked all the same where a bill might be paid twice for it.
  const asked = doubtful ? await asking.settle(question) : asking.answerTo(id);
  const keeps = asked === "yearly" ? "client" : "no";
  const value = doubtful && asked !== "yearly" ? asked : await asking.settle({ ...question, remember: keeps });
  return value === "another" || value === "yearly" ? own : [];
}

/** Of one year, near the turn of one, or of an equal total: then even numbers that start anew may be a correction, or a bill paid twice. */
function isDoubtful({ issuedOn, grossMinor, here }: NumberAgain): boolean {
  return (
    issuedOn.slice(0, 4) === here.issuedOn.slice(0, 4) ||
    grossMinor === here.grossMinor ||
    nearTurn(issuedOn) ||
    nearTurn(here.issuedOn)
  );
}

function nearTurn(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  const year = Number(date.slice(0, 4));
  return [year, year + 1].some((turn) => Math.abs(at - Date.UTC(turn, 0, 1)) <= TURN_DAYS * DAY_MS);
}

/** Names that differ by more than case and signs: one customer that was renamed, or one reference for several, as of cash sales. */
async function askWhetherOne({ reference, names, latest, line }: NamedTwice, asking: Asking): Promise<void> {
  const plain = (name: string) =>
    name
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, "");
  if (new Set(names.map(plain)).size < 2) return;
  const shown = names.slice(0, SHOWN).map((name) => `“${name}”`);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  await asking.settle({
    id: `one-customer:${reference}`,
    text: `${reference} has ${names.length.toLocaleString("en-GB")} names in this file: is it one customer or supplier?`,
    why: `${shown.join(", ")}${more}; the second of them from line ${line} on. Its documents will all have one name once they are imported.`,
    options: [{ value: "one", label: `Yes: it is called ${latest} now`, comesTo: `all its documents are ${latest}'s` }],
    remember: "client",
  });
}

async function askWhether(db: ScopedDb, scope: ClientScope, importId: string, like: LikeContact, asking: Asking): Promise<void> {
  const { reference, here, documents } = like;
  const name = like.name ?? reference;
  const count = `${documents.toLocaleString("en-GB")} ${documents === 1 ? "document" : "documents"}`;
  const equal = like.name !== null && like.name.trim().toLowerCase() === here.name.trim().toLowerCase();
  const value = await asking.settle({
    id: sameCustomer(reference),
    text: `${reference}, ${name}, is new, and looks like ${here.reference}, ${here.name}: the same?`,
    why: `Line ${like.line} names ${reference}${equal ? ` with the name of ${here.reference}` : `, which is ${here.reference} but for zeros, case or signs`}. A spreadsheet drops zeros in front of a number.`,
    options: [
      { value: "same", label: `The same: take ${reference} for ${here.reference}`, comesTo: `${count} of ${here.name}` },
      { value: "another", label: "Another", comesTo: `${count} of a new ${name}` },
    ],
    remember: "client",
  });
  if (value === "same") await takeAsContact(db, scope, importId, { reference, here: here.reference });
}
