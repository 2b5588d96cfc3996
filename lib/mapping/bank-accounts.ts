import type { ScopedDb } from "#db/client.ts";
import {
  bankUsage,
  insertBankNominal,
  listChart,
  listMappingSets,
  listPackageAccounts,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping/mapping.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import type { Editor, EditorRow } from "./editor.ts";
import { accountFault } from "./resolve.ts";
import { type MappingChange, type SavedMappings, saveMappings } from "./save.ts";
import { suggestAccount } from "./suggest.ts";

/**
 * Everything the bank-account editor shows: a row for each account of the package that takes payments, and our bank nominals to
 * choose from. An account without a code is as good as any: it is bound by its id.
 */
export async function listBankAccounts(db: ScopedDb, scope: ClientScope): Promise<Editor | null> {
  const connection = await mappingConnection(db, scope);
  if (!connection) return null;
  const name = packageName(connection.package);
  const accounts = await listPackageAccounts(db, scope, connection.id);
  const mapped = await resolvedMappings(db, scope, connection.id, "bank");
  const usage = await bankUsage(db, scope, connection.id);
  const banks = (await listChart(db, scope)).filter((one) => one.kind === "bank");
  const nameOf = new Map(banks.map((one) => [one.code, one.name]));
  const offered = banks.map((one) => ({ externalId: one.code, code: one.code, name: one.name }));
  const taken = new Set(mapped.map((one) => one.sourceCode));

  const shown = accounts.filter(
    (account) =>
      account.isBank ||
      (account.takesPayments && account.active) ||
      mapped.some((one) => one.targetExternalId === account.externalId) ||
      usage.some((one) => one.accountExternalId === account.externalId),
  );
  const rows: EditorRow[] = shown.map((account) => {
    const mapping = mapped.find((one) => one.targetExternalId === account.externalId);
    const used = usage.filter((one) => one.accountExternalId === account.externalId);
    const own = mapping ? nameOf.get(mapping.sourceCode) : undefined;
    return {
      key: account.externalId,
      source: account.externalId,
      side: null,
      code: account.code,
      name: account.name,
      note: [account.currency, account.active ? null : `archived in ${name}`].filter((part) => part !== null).join(", ") || null,
      tax: null,
      waiting: used.reduce((sum, one) => sum + one.payments, 0),
      amounts: used.map((one) => ({ side: null, currency: one.currency, minor: one.amountMinor })),
      current: mapping
        ? {
            targetId: mapping.sourceCode,
            targetLabel: own ? `${mapping.sourceCode} ${own}` : mapping.sourceCode,
            level: mapping.level,
            fault: mapping.fault,
          }
        : null,
      otherSide: null,
      suggestion:
        mapping || accountFault("bank", account) !== null
          ? null
          : suggestAccount(
              { code: account.code ?? "", name: account.name },
              offered.filter((one) => !taken.has(one.code)),
            ),
      notUsed: false,
    };
  });
  return {
    connection: {
      id: connection.id,
      package: connection.package,
      packageName: name,
      asOf: connection.listsAsOf,
      lost: connection.state === "lost",
    },
    sets: await listMappingSets(db, scope, connection.package),
    rows,
    targets: banks.map((one) => ({
      id: one.code,
      code: one.code,
      name: one.name,
      group: "Bank nominals",
      disabled: null,
      tax: null,
    })),
  };
}

/**
 * Saves which bank nominal of ours stands for which account of the package: one to one, so that a payment read from the package
 * lands in exactly one place.
 * @throws {Refusal} when a nominal is chosen for two accounts, or as {@link saveMappings}
 */
export async function saveBankAccounts(db: ScopedDb, scope: ClientScope, changes: readonly BankChange[]): Promise<SavedMappings> {
  return saveMappings(db, scope, "bank", await bankChanges(db, scope, changes));
}

export interface BankChange {
  readonly accountExternalId: string;
  readonly bankNominal: string | null;
}

/**
 * Changes of accounts as changes of our bank nominals, which is how they are kept.
 * @throws {Refusal} when a nominal is chosen for two accounts, or nothing is connected
 */
export async function bankChanges(db: ScopedDb, scope: ClientScope, changes: readonly BankChange[]): Promise<MappingChange[]> {
  const connection = await mappingConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  const before = await resolvedMappings(db, scope, connection.id, "bank");
  const changed = new Map(changes.map((one) => [one.accountExternalId, one.bankNominal]));
  const wanted = new Map<string, string>();
  for (const one of before) {
    if (one.targetExternalId !== null && !changed.has(one.targetExternalId)) wanted.set(one.sourceCode, one.targetExternalId);
  }
  for (const [account, nominal] of changed) {
    if (nominal === null) continue;
    if (wanted.has(nominal)) {
      throw new Refusal(`Bank nominal ${nominal} is chosen for two accounts. Each account needs its own.`, {
        field: nominal,
      });
    }
    wanted.set(nominal, account);
  }
  const affected = new Set<string>();
  for (const [account, nominal] of changed) {
    if (nominal !== null) affected.add(nominal);
    for (const one of before) if (one.targetExternalId === account) affected.add(one.sourceCode);
  }
  return [...affected].map((code) => ({ sourceCode: code, targetExternalId: wanted.get(code) ?? null }));
}

/**
 * Adds a bank nominal to the client's own chart, for a client whose files never named one.
 * @throws {Refusal} when the code is taken or the form is empty
 */
export async function addBankNominal(db: ScopedDb, scope: ClientScope, given: { code: string; name: string }): Promise<void> {
  const code = given.code.trim();
  const name = given.name.trim();
  if (code === "" || name === "")
    throw new Refusal("Enter a code and a name for the bank nominal.", { field: code === "" ? "code" : "name" });
  if (!(await insertBankNominal(db, scope, code, name)))
    throw new Refusal(`Nominal code ${code} already exists.`, { field: "code" });
}
