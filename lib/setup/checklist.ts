import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/integration.ts";
import {
  type CodeInUse,
  codesInUse,
  lastConnectionId,
  listPackageAccounts,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping.ts";
import { hasUploaded } from "#db/queries/setup.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { INTEGRATION_OFF } from "./integration-off.ts";
import { packageName } from "./packages.ts";

export interface ChecklistItem {
  readonly key: "connected" | "lists-read" | "nominal-codes" | "tax-rates" | "bank-account";
  readonly label: string;
  readonly done: boolean;
  /** Below `/clients/[client]`: `/setup`. */
  readonly path: string;
  /** What is still to do, as a sentence; when done, what was found. */
  readonly why: string;
}

export interface Checklist {
  readonly items: readonly ChecklistItem[];
  /** Nothing was uploaded over this connection yet: until the list is done, Upload data stays disabled. */
  readonly firstUse: boolean;
  readonly done: boolean;
}

/** What a newcomer must have done before the first upload, in order, each with what is missing. */
export async function checklist(db: ScopedDb, scope: ClientScope): Promise<Checklist> {
  const connection = await mappingConnection(db, scope);
  const name = connection ? packageName(connection.package) : "the accounting package";
  const banks = (connection ? await resolvedMappings(db, scope, connection.id, "bank") : []).filter((one) => one.fault === null);
  // After a disconnect the mappings are kept: what they map is not open.
  const used = await codesInUse(db, scope, await lastConnectionId(db, scope));
  const listsRead = connection !== null && connection.listsAsOf !== null;
  const accounts = connection ? (await listPackageAccounts(db, scope, connection.id)).length : 0;

  const items: ChecklistItem[] = [
    {
      key: "connected",
      label: connection ? `Connected to ${name}` : "Connect the accounting package",
      done: connection !== null,
      path: "/setup",
      why: connection ? connection.tenantName : "Connect the accounting package under Setup.",
    },
    {
      key: "lists-read",
      label: `Read accounts and tax rates from ${name}`,
      done: listsRead,
      path: "/mapping",
      why: listsRead ? `${accounts} accounts` : `Accounts and tax rates of ${name} are not read yet: press Refresh accounts.`,
    },
    codesItem(
      "nominal-codes",
      "Map nominal codes",
      "/mapping?tab=nominal",
      ["nominal code", "nominal codes"],
      used.filter((one) => one.kind === "nominal"),
    ),
    codesItem(
      "tax-rates",
      "Map tax codes",
      "/mapping?tab=tax",
      ["tax code", "tax codes"],
      used.filter((one) => one.kind === "tax"),
    ),
    {
      key: "bank-account",
      label: "Map a bank account",
      done: banks.length > 0,
      path: "/mapping?tab=bank",
      why:
        banks.length > 0
          ? banks.map((one) => `${one.sourceCode} is ${one.targetName}`).join(", ")
          : "No bank account is mapped: payments would not know where to go.",
    },
  ];
  return {
    items,
    firstUse: connection === null || !(await hasUploaded(db, scope, connection.id)),
    done: items.every((item) => item.done),
  };
}

function codesItem(
  key: "nominal-codes" | "tax-rates",
  label: string,
  path: string,
  [one, many]: readonly [string, string],
  used: readonly CodeInUse[],
): ChecklistItem {
  const open = used.filter((one) => !one.mapped).map((one) => one.code);
  const listed = (codes: readonly string[]) =>
    codes.length > 5 ? `${codes.slice(0, 5).join(", ")} and ${codes.length - 5} more` : codes.join(", ");
  const told = (codes: readonly string[], what: string) =>
    codes.length === 0
      ? []
      : [
          `${codes.length === 1 ? `The ${one}` : `${codes.length} ${many}`} that waiting documents use ${codes.length === 1 ? "is" : "are"} ${what}: ${listed(codes)}.`,
        ];
  const missing = used.filter((code) => !code.mapped && !code.refused).map((code) => code.code);
  const refused = used.filter((code) => code.refused).map((code) => code.code);
  const sentences = [...told(missing, "not mapped"), ...told(refused, "mapped to what cannot be used, and held")];
  const why =
    sentences.length > 0 ? sentences.join(" ") : used.length > 0 ? `All ${used.length} in use` : "No waiting document uses any";
  // One mapped code is enough to begin: documents of the open ones wait with their reason, and do not hold up the others.
  return {
    key,
    label,
    done: used.length === 0 || open.length < used.length,
    path: open.length > 0 ? `${path}&show=unmapped` : path,
    why,
  };
}

/**
 * Why Upload data is disabled, a sentence each; empty when it is not. Before the first upload everything on the checklist counts;
 * after it only what no row can go without: a later unmapped code stops its own documents, not the others.
 */
export async function uploadBlockers(db: ScopedDb, scope: ClientScope): Promise<readonly string[]> {
  const connection = await mappingConnection(db, scope);
  const integration = await findIntegration(db, scope);
  if (integration && !integration.moduleOn) return [INTEGRATION_OFF];
  if (connection?.listsAsOf && (await hasUploaded(db, scope, connection.id))) return [];
  const list = await checklist(db, scope);
  return list.items
    .filter((item) => !item.done && (list.firstUse || item.key === "connected" || item.key === "lists-read"))
    .map((item) => item.why);
}
