import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { hasUploaded, setupPast } from "#db/queries/connections/setup.ts";
import {
  type CodeInUse,
  codesInUse,
  lastConnectionId,
  listPackageAccounts,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping/mapping.ts";
import { countWords } from "#lib/common/count-words.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import { INTEGRATION_OFF } from "./integration-off.ts";

interface ChecklistItem {
  readonly key: "connected" | "start-date" | "lists-read" | "nominal-codes" | "tax-rates" | "bank-account";
  readonly label: string;
  /** It was done: nothing but the person's own undoing takes that back, no file and no read. */
  readonly done: boolean;
  /** Upload data waits for it. */
  readonly blocks: boolean;
  /** What is wrong with a step that was done: a disconnect, codes that came later. Null otherwise. */
  readonly problem: string | null;
  /** Below `/clients/[client]`: `/setup`. */
  readonly path: string;
  /** What is still to do, as a sentence; when done, what was found. */
  readonly why: string;
}

export interface Checklist {
  readonly items: readonly ChecklistItem[];
  /** Nothing was uploaded over this connection yet: until the list is done, Upload data stays disabled. */
  readonly firstUse: boolean;
  /** Something was uploaded before, over this connection or another. */
  readonly begun: boolean;
  /** Every step that Upload data needs is done, and none holds it up. */
  readonly done: boolean;
}

/** A step that is not needed for Upload: without it everything syncs, whatever its date. */
const OPTIONAL: ReadonlySet<ChecklistItem["key"]> = new Set(["start-date"]);

/** What a newcomer must have done before the first upload, in order, each with what is missing. */
export async function checklist(db: ScopedDb, scope: ClientScope): Promise<Checklist> {
  const connection = await mappingConnection(db, scope);
  const past = await setupPast(db, scope);
  const lastId = await lastConnectionId(db, scope);
  const known = connection?.package ?? past.package;
  const name = known ? packageName(known) : "the accounting package";
  // After a disconnect the mappings are kept: what they map is not open.
  const mapped = lastId === null ? [] : await resolvedMappings(db, scope, lastId);
  const banks = (connection ? mapped : []).filter((one) => one.kind === "bank" && one.fault === null);
  const used = await codesInUse(db, scope, lastId);
  const listsRead = connection !== null && connection.listsAsOf !== null;
  const accounts = connection ? (await listPackageAccounts(db, scope, connection.id)).length : 0;
  const firstUse = connection === null || !(await hasUploaded(db, scope, connection.id));
  // What the client saved was usable when it was saved; what comes from the practice's set counts while it is.
  const everMapped = (kind: MappingKind) =>
    past.uploaded || mapped.some((one) => one.kind === kind && (one.level === "client" || one.fault === null));
  const bankWhy =
    banks.length > 0
      ? banks.map((one) => `${one.sourceCode} is ${one.targetName}`).join(", ")
      : "Map a bank account so that payments can be posted.";

  const items: ChecklistItem[] = [
    {
      key: "connected",
      label: past.connected ? `Connected to ${name}` : "Connect the accounting package",
      done: past.connected,
      blocks: connection === null,
      problem:
        connection === null
          ? past.connected
            ? `${name} is disconnected: connect it again under Setup.`
            : null
          : connection.state === "lost" && firstUse
            ? `The connection to ${name} is lost: reconnect it under Setup.`
            : null,
      path: "/setup",
      why: connection ? connection.tenantName : "Connect the accounting package under Setup.",
    },
    // Once something was sent without a decision, the decision is made.
    ...(past.startChosen || firstUse
      ? [
          {
            key: "start-date" as const,
            label: "Set the start date",
            done: past.startChosen,
            blocks: false,
            problem: null,
            path: "/setup#start-date",
            why: past.startChosen
              ? "Set under Setup."
              : "Earlier documents are not sent. Until you set a date, all documents are.",
          },
        ]
      : []),
    {
      key: "lists-read",
      label: `Read accounts and tax rates from ${name}`,
      done: past.listsRead,
      blocks: !listsRead,
      problem:
        past.listsRead && connection !== null && !listsRead
          ? "Not read since you connected again: press Refresh accounts."
          : null,
      path: "/mapping",
      why: listsRead
        ? countWords(accounts, "account")
        : `Accounts and tax rates of ${name} are not read yet: press Refresh accounts.`,
    },
    codesItem(
      "nominal-codes",
      "Map nominal codes",
      "/mapping?tab=nominal",
      ["nominal code", "nominal codes"],
      used.filter((one) => one.kind === "nominal"),
      everMapped("nominal"),
    ),
    codesItem(
      "tax-rates",
      "Map tax codes",
      "/mapping?tab=tax",
      ["tax code", "tax codes"],
      used.filter((one) => one.kind === "tax"),
      everMapped("tax"),
    ),
    {
      key: "bank-account",
      label: "Map a bank account",
      done: everMapped("bank"),
      blocks: banks.length === 0,
      problem: everMapped("bank") && connection !== null && banks.length === 0 ? bankWhy : null,
      path: "/mapping?tab=bank",
      why: bankWhy,
    },
  ];
  return {
    items,
    firstUse,
    begun: past.uploaded,
    done: items.every((item) => OPTIONAL.has(item.key) || (item.done && !item.blocks)),
  };
}

/** "T1 for purchases", of a tax code that is mapped for sales alone. */
const nameOf = ({ code, missingOn }: CodeInUse): string =>
  missingOn === null ? code : `${code} for ${TAX_SIDE_LABELS[missingOn].toLowerCase()}`;

function codesItem(
  key: "nominal-codes" | "tax-rates",
  label: string,
  path: string,
  [one, many]: readonly [string, string],
  used: readonly CodeInUse[],
  everMapped: boolean,
): ChecklistItem {
  const none = used.filter((one) => !one.mapped);
  const open = used.filter((one) => !one.mapped || one.missing || one.refused);
  const listed = (codes: readonly string[]) =>
    codes.length > 5 ? `${codes.slice(0, 5).join(", ")} and ${codes.length - 5} more` : codes.join(", ");
  const told = (codes: readonly string[], what: string) =>
    codes.length === 0
      ? []
      : [
          `${codes.length === 1 ? `The ${one}` : `${codes.length} ${many}`} that waiting documents use ${codes.length === 1 ? "is" : "are"} ${what}: ${listed(codes)}.`,
        ];
  const missing = used.filter((code) => code.missing && !code.refused).map(nameOf);
  const refused = used.filter((code) => code.refused).map((code) => code.code);
  const sentences = [...told(missing, "not mapped"), ...told(refused, "mapped to what cannot be used, and held")];
  const why =
    sentences.length > 0
      ? sentences.join(" ")
      : used.length > 0
        ? `All ${used.length} in use`
        : everMapped
          ? "No waiting document uses any"
          : "No waiting document uses any yet: they are added from the files you upload.";
  const done = everMapped || (used.length > 0 && none.length < used.length);
  // One mapped code is enough to begin: documents of the open ones wait with their reason, and do not hold up the others.
  return {
    key,
    label,
    done,
    blocks: used.length > 0 && none.length === used.length,
    problem: done && open.length > 0 ? why : null,
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
    .filter((item) => item.blocks && (list.firstUse || item.key === "connected" || item.key === "lists-read"))
    .map((item) => item.why);
}
