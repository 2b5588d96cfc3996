import type { ClientScope, ScopedDb } from "#db/client.ts";
import { deleteProfileRow, findProfileRow, listProfileRows, upsertProfileRow } from "#db/queries/imports/import-profiles.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { FIELD_LABELS, type Field, type FileKind, NEEDED_FIELDS } from "./fields.ts";
import { type ImportProfile, importProfile } from "./profile.ts";
import { folded } from "./records.ts";

export interface ProfileChoice {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: FileKind;
  /** Ships with the product: it is copied, never changed. */
  readonly shipped: boolean;
}

/** Each of these alone gives a line its amount. */
const PRICED = ["unitPrice", "net", "unitPriceGross", "lineTotal", "lineGross"] as const satisfies readonly Field[];

type Row = NonNullable<Awaited<ReturnType<typeof findProfileRow>>>;

function read(row: Row): ImportProfile {
  return importProfile.parse({ ...row.definition, name: row.name, title: row.title, version: row.version });
}

/** The profiles that a client can choose from: its own, the practice's, and those that ship with the product. */
export async function listProfiles(db: ScopedDb, scope: ClientScope): Promise<ProfileChoice[]> {
  const own = (await listProfileRows(db, scope)).map(read);
  const taken = new Set(own.map((profile) => profile.name));
  const choice = ({ name, title, description, kind }: ImportProfile, shipped: boolean): ProfileChoice => ({
    name,
    title,
    description,
    kind,
    shipped,
  });
  return [
    ...own.map((profile) => choice(profile, false)),
    ...BUILT_IN_PROFILES.filter((profile) => !taken.has(profile.name)).map((profile) => choice(profile, true)),
  ];
}

/** All of them, whole. */
export async function wholeProfiles(db: ScopedDb, scope: ClientScope): Promise<ImportProfile[]> {
  const own = (await listProfileRows(db, scope)).map(read);
  const taken = new Set(own.map((profile) => profile.name));
  return [...own, ...BUILT_IN_PROFILES.filter((profile) => !taken.has(profile.name))];
}

/** @throws {Refusal} when there is no profile of that name */
export async function getProfile(db: ScopedDb, scope: ClientScope, name: string): Promise<ImportProfile> {
  const row = await findProfileRow(db, scope, name);
  if (row) return read(row);
  const builtIn = BUILT_IN_PROFILES.find((profile) => profile.name === name);
  if (!builtIn) throw new Refusal(`There is no profile called "${name}".`, { field: "profile", code: "not-found" });
  return builtIn;
}

/**
 * Reads what somebody wrote as a profile and says in words what is wrong with it.
 *
 * @throws {Refusal} naming the first fault
 */
export function parseProfile(value: unknown): ImportProfile {
  const parsed = importProfile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map(String).join(" › ");
    throw new Refusal(`The profile cannot be used: ${path === "" ? "" : `${path}: `}${issue?.message ?? "it is faulty"}.`, {
      field: path || "profile",
    });
  }
  const profile = parsed.data;
  const fault = faultOf(profile);
  if (fault !== null) throw new Refusal(`The profile cannot be used: ${fault}.`, { field: "profile" });
  return profile;
}

/** What the parts of a profile, each right by itself, cannot mean together; null when nothing. */
function faultOf(profile: ImportProfile): string | null {
  const missing = NEEDED_FIELDS[profile.kind].filter((field) => profile.columns[field] === undefined);
  if (missing.length > 0) return `it names no column for ${missing.map((field) => FIELD_LABELS[field]).join(", ")}`;
  const seen = new Map<string, string>();
  for (const [field, column] of Object.entries(profile.columns)) {
    for (const header of column.headers) {
      const name = folded(header);
      if (name === "") return `"${header}" is no heading`;
      const other = seen.get(name);
      if (other !== undefined && other !== field)
        return `the heading "${header}" is used for two fields, ${label(other)} and ${label(field)}`;
      seen.set(name, field);
    }
  }
  if (profile.kind === "journals" && !(["debit", "credit", "amount"] as const).some((field) => profile.columns[field]))
    return "it names no column for a debit, a credit or an amount";
  if (profile.kind !== "documents") return null;
  if (profile.kinds.by === "column") {
    if (profile.columns.type === undefined) return "it tells documents apart by their type and names no column for it";
    if (Object.keys(profile.kinds.values).length === 0) return "it names no type of document";
  }
  if (!PRICED.some((field) => profile.columns[field] !== undefined)) return "it names no column for a unit price or a net amount";
  if (profile.columns.nominalCode === undefined && profile.nominalRules.length === 0)
    return "nothing in it gives a line its nominal code";
  if (profile.columns.taxCode === undefined && profile.taxRules.length === 0) return "nothing in it gives a line its tax code";
  return null;
}

function label(field: string): string {
  return Object.entries(FIELD_LABELS).find(([name]) => name === field)?.[1] ?? field;
}

/**
 * Saves a profile as the client's own; saving over one of its own raises its version, so that a preview made with the earlier one is
 * read again.
 *
 * @param isNew refuses a name that the client has already
 * @throws {Refusal} when it is faulty
 */
export async function saveProfile(db: ScopedDb, scope: ClientScope, value: unknown, isNew = false): Promise<ImportProfile> {
  const profile = parseProfile(value);
  const { name, title, version: _, ...definition } = profile;
  const builtIn = BUILT_IN_PROFILES.find((one) => one.name === name);
  if (builtIn) throw new Refusal(`"${name}" ships with Greentick. Save your copy under another name.`, { field: "name" });
  if (isNew && (await findProfileRow(db, scope, name)) !== null)
    throw new Refusal(`There is a profile "${name}" already. Choose another name.`, { field: "name" });
  const version = await upsertProfileRow(db, scope, { name, title, definition });
  return { ...profile, version };
}

/** @throws {Refusal} when it is not the client's own */
export async function deleteProfile(db: ScopedDb, scope: ClientScope, name: string): Promise<void> {
  if (!(await deleteProfileRow(db, scope, name))) throw new Refusal(`This client has no profile "${name}" of its own.`);
}
