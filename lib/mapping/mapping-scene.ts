import { randomUUID } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { packageAccounts, packageTaxRates } from "#db/schema/catalogue.ts";
import { clients, connections } from "#db/schema/clients.ts";
import { contacts, documentLines, documents, nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { postings } from "#db/schema/postings.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { type ClientScope, issueClientScope } from "#lib/common/scope.ts";
import type { AccountTarget, TaxTarget } from "./resolve.ts";

/** For tests alone: one client with a small chart, connected to a package with a few accounts and tax rates. */
export interface MappingScene {
  readonly clientId: string;
  readonly connectionId: string;
  readonly contactId: string;
  readonly scope: ClientScope;
}

export const SCENE_ACCOUNTS: readonly AccountTarget[] = [
  account("a-200", "200", "Sales", "revenue"),
  account("a-260", "260", "Other Revenue", "revenue"),
  account("a-310", "310", "Cost of Goods Sold", "expense"),
  account("a-400", null, "Advertising", "expense"),
  { ...account("a-470", "470", "Telephone", "expense"), active: false },
  { ...account("a-610", "610", "Accounts Receivable", "asset"), isSystem: true },
  { ...account("a-bank", null, "Business Current Account", "asset"), isBank: true },
  { ...account("a-undeposited", "855", "Clearing", "liability"), takesPayments: true },
];

export const SCENE_TAX_RATES: readonly TaxTarget[] = [
  {
    externalId: "OUTPUT2",
    name: "20% (VAT on Income)",
    rate: "20",
    selfAccounts: false,
    active: true,
    appliesTo: ["asset", "equity", "liability", "revenue"],
  },
  {
    externalId: "INPUT2",
    name: "20% (VAT on Expenses)",
    rate: "20",
    selfAccounts: false,
    recovers: "all",
    active: true,
    appliesTo: ["asset", "equity", "expense", "liability"],
  },
  { externalId: "OLD", name: "17.5% (VAT on Income)", rate: "17.5", selfAccounts: false, active: false, appliesTo: ["revenue"] },
  {
    externalId: "DRCHARGE20",
    name: "Domestic Reverse Charge @ 20% (VAT on Expenses)",
    rate: "0",
    selfAccounts: true,
    active: true,
    appliesTo: ["asset", "equity", "expense", "liability"],
  },
  {
    externalId: "NONE",
    name: "No VAT",
    rate: "0",
    selfAccounts: false,
    active: true,
    appliesTo: ["asset", "equity", "expense", "liability", "revenue"],
  },
];

function account(externalId: string, code: string | null, name: string, of: AccountTarget["class"]): AccountTarget {
  return { externalId, code, name, class: of, active: true, isBank: false, isSystem: false, takesPayments: false };
}

/** Makes the scene. `db` must be in practice scope, or in that of the client id given. */
export async function makeMappingScene(db: ScopedDb, clientId: string = randomUUID()): Promise<MappingScene> {
  const seenAt = new Date("2026-11-21T09:00:00Z");
  const connectionId = randomUUID();
  const contactId = randomUUID();
  await db.insert(clients).values({ id: clientId, slug: `scene-${clientId}`, name: "Ashdown Wholesale" });
  await db.insert(connections).values({
    id: connectionId,
    clientId,
    package: "xero",
    state: "live",
    tenantId: randomUUID(),
    tenantName: "Ashdown Trading Ltd",
    connectedByName: "An administrator",
    connectedAt: seenAt,
    listsAsOf: seenAt,
  });
  await db.insert(packageAccounts).values(
    SCENE_ACCOUNTS.map((one) => ({
      ...one,
      clientId,
      connectionId,
      type: one.isBank ? "BANK" : "REVENUE",
      currency: null,
      seenAt,
    })),
  );
  await db
    .insert(packageTaxRates)
    .values(SCENE_TAX_RATES.map((one) => ({ ...one, appliesTo: [...one.appliesTo], clientId, connectionId, seenAt })));
  await db.insert(nominalCodes).values([
    { clientId, code: "1200", name: "Current account", kind: "bank" },
    { clientId, code: "1210", name: "Deposit account", kind: "bank" },
    { clientId, code: "4000", name: "Sales", kind: "sales" },
    { clientId, code: "4010", name: "Training", kind: "sales" },
    { clientId, code: "4020", name: "Carriage", kind: "sales" },
    { clientId, code: "5000", name: "Purchases", kind: "purchase" },
    { clientId, code: "5200", name: "Stock", kind: "stock" },
  ]);
  await db.insert(taxCodes).values([
    { clientId, code: "T0", name: "Zero rated", rate: "0" },
    { clientId, code: "T1", name: "Standard rate", rate: "20" },
  ]);
  await db
    .insert(contacts)
    .values({ id: contactId, clientId, reference: "C-1", name: "Peak Gifts Ltd", isCustomer: true, contentSha: "-" });
  return { clientId, connectionId, contactId, scope: issueClientScope(clientId, { userId: null, label: "A test" }) };
}

export interface SceneLine {
  readonly nominalCode: string;
  readonly taxCode?: string;
  readonly netMinor: bigint;
  readonly taxMinor?: bigint;
}

/** One document that waits for export, with its posting; answers the document's id. */
export async function addWaitingDocument(
  db: ScopedDb,
  scene: MappingScene,
  lines: readonly SceneLine[],
  given: { kind?: DocumentKind; currency?: string; number?: string; withPosting?: boolean } = {},
): Promise<string> {
  const id = randomUUID();
  const kind = given.kind ?? "sales-invoice";
  const number = given.number ?? `INV-${id.slice(0, 8)}`;
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + (line.taxMinor ?? 0n), 0n);
  const grossMinor = netMinor + taxMinor;
  const currency = given.currency ?? "GBP";
  const shared = { clientId: scene.clientId, kind, currency };
  await db.insert(documents).values({
    ...shared,
    id,
    reference: number,
    number,
    contactId: scene.contactId,
    issuedOn: "2026-11-21",
    dueOn: "2026-12-21",
    netMinor,
    taxMinor,
    grossMinor,
    contentSha: "-",
  });
  await db.insert(documentLines).values(
    lines.map((line, index) => ({
      clientId: scene.clientId,
      documentId: id,
      revision: 1,
      position: index + 1,
      description: "A line",
      quantity: "1",
      unitPrice: "1",
      netMinor: line.netMinor,
      taxMinor: line.taxMinor ?? 0n,
      nominalCode: line.nominalCode,
      taxCode: line.taxCode ?? "T1",
    })),
  );
  if (given.withPosting ?? true) {
    await db.insert(postings).values({
      ...shared,
      connectionId: scene.connectionId,
      recordId: id,
      revision: 1,
      reference: number,
      party: "Peak Gifts Ltd",
      issuedOn: "2026-11-21",
      grossMinor: kind.endsWith("credit-note") ? -grossMinor : grossMinor,
    });
  }
  return id;
}

/** The scene's customer, waiting to be sent as its documents are. */
export async function addWaitingCustomer(db: ScopedDb, scene: MappingScene): Promise<void> {
  await db.insert(postings).values({
    clientId: scene.clientId,
    connectionId: scene.connectionId,
    kind: "customer",
    recordId: scene.contactId,
    revision: 1,
    reference: "C-1",
    party: "Peak Gifts Ltd",
    issuedOn: "2026-11-21",
  });
}
