import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import {
  type DocumentSheet,
  Organisation,
  type PartDefinitions,
  type StoredFile,
  type TenantInfo,
} from "#lib/simulator/core/organisation.ts";
import type { Fields } from "#lib/simulator/http.ts";
import {
  archiveContact,
  changeDocumentByHand,
  mergeContact,
  payByHand,
  putAccount,
  removeAccountCodes,
  removeItem,
  voidByHand,
} from "#lib/simulator/quickbooks-online/actions.ts";
import { accounts, taxCodes, taxRates } from "#lib/simulator/quickbooks-online/chart.ts";
import { ENTITIES, type Entity } from "#lib/simulator/quickbooks-online/fields.ts";
import { accountRows, ledger, sheetOf } from "#lib/simulator/quickbooks-online/ledger.ts";
import type { WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

/** One object as it is kept: its fields on the wire, without those that every answer makes anew. */
export type Kept = {
  readonly id: string;
  readonly updatedAt: number;
  readonly createdAt: number;
  readonly syncToken: number;
  readonly body: WireObject;
};

/** What was deleted, for the list of changes alone. */
type Gone = { readonly id: string; readonly updatedAt: number; readonly entity: Entity };

/** QuickBooks Online's own settings of a company. */
type QuickbooksSettings = {
  /** As CompanyInfo says it: `US` reckons tax by itself. */
  country: string;
  /** Invoices take the numbers that they are given, and refuse one twice; else the company numbers them. */
  customTxnNumbers: boolean;
  taxSetUp: boolean;
  /** What a company in the United States reckons where nobody says its tax, per cent. */
  autoTaxPercent: string;
  /** Tax that is said of a document stays as it was said. */
  keepsGivenTax: boolean;
  /** The next payments are taken without their links. */
  dropLinks: number;
};

const DEFAULTS: QuickbooksSettings = {
  country: "GB",
  customTxnNumbers: true,
  taxSetUp: true,
  autoTaxPercent: "8.25",
  keepsGivenTax: true,
  dropLinks: 0,
};

type Parts = Record<Entity, Kept> & { Gone: Gone };

const name = (one: Kept) => {
  const said = one.body.DisplayName ?? one.body.Name;
  return typeof said === "string" ? fold(said) : null;
};
const number = (one: Kept) => (typeof one.body.DocNumber === "string" ? one.body.DocNumber : null);

const SEEDS = { Account: accounts, TaxRate: taxRates, TaxCode: taxCodes };

const PARTS = {
  ...Object.fromEntries(
    ENTITIES.map((entity) => [
      entity,
      { keys: { name, number }, ...(entity in SEEDS ? { seed: SEEDS[entity as keyof typeof SEEDS] } : {}) },
    ]),
  ),
  Gone: { keys: {} },
} as PartDefinitions<Parts>;

/** One company at QuickBooks Online. Its records are the package's own, and so are the rules for them. */
export class Tenant extends Organisation<Parts, QuickbooksSettings> {
  constructor(info: TenantInfo, clock: SimulatorClock, note: (change: Fields) => void) {
    super(info, clock, note, PARTS, DEFAULTS);
  }

  /** The next id: names have one sequence, transactions another. */
  nextId(series: "names" | "transactions" | "items"): string {
    const next = this.nextNumbers[series] ?? 1_000;
    this.nextNumbers = { ...this.nextNumbers, [series]: next + 1 };
    this.noteState();
    return String(next);
  }

  /** The last day that the books are closed to. */
  get closedTo(): string | null {
    const { periodLock, yearLock } = this.settings;
    return (
      [periodLock, yearLock]
        .filter((one) => one !== null)
        .toSorted()
        .at(-1) ?? null
    );
  }

  ledger(withLines: boolean) {
    return ledger(this, withLines);
  }

  payByHand(order: Fields): { id: string } {
    return payByHand(this, order);
  }

  changeDocumentByHand(id: string, change: { gross: bigint } | { status: string }) {
    return changeDocumentByHand(this, id, change);
  }

  voidByHand(id: string): void {
    voidByHand(this, id);
  }

  archiveContact(key: string, archived: boolean): { id: string; name: string } {
    return archiveContact(this, key, archived);
  }

  mergeContact(key: string, into: string): { id: string } {
    return mergeContact(this, key, into);
  }

  putAccountByHand(order: Fields): { id: string } {
    return putAccount(this, order);
  }

  removeItemByHand(code: string): void {
    removeItem(this, code);
  }

  removeAccountCodes(codes: readonly string[]): void {
    removeAccountCodes(this, codes);
  }

  sheet(documentId: string): DocumentSheet {
    return sheetOf(this, documentId);
  }

  filesOf(): StoredFile[] {
    return [];
  }

  file(): StoredFile | undefined {
    return undefined;
  }

  changedAt(documentId: string): number {
    return (["Invoice", "Bill", "CreditMemo", "VendorCredit"] as const)
      .map((entity) => this.part(entity).get(documentId)?.updatedAt ?? 0)
      .reduce((latest, at) => Math.max(latest, at), 0);
  }

  accountRows() {
    return accountRows(this);
  }
}
