import { isDate } from "#lib/simulator/core/dates.ts";
import type { AnyOrganisation, CommonSettings, OwnSettings } from "#lib/simulator/core/organisation.ts";
import { type Fields, HttpRefusal } from "#lib/simulator/http.ts";

/** Codes and keys whose change is done record by record, after the others. */
const LISTS = ["accountsWithoutCode", "archivedContacts"] as const;
const DATES = new Set(["periodLock", "yearLock"]);

/** @throws {HttpRefusal} 400 */
export function listOfText(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((one): one is string => typeof one === "string"))
    throw new HttpRefusal(400, `${name} must be a list of texts`);
  return value;
}

/** One setting's new value, of the kind that it has now. @throws {HttpRefusal} 400 */
function settingOf(name: string, before: unknown, value: unknown): string | number | boolean | null {
  if (DATES.has(name)) {
    if (value === null || (typeof value === "string" && isDate(value))) return value;
    throw new HttpRefusal(400, `${name} must be YYYY-MM-DD or null`);
  }
  if (typeof before === "boolean") {
    if (typeof value === "boolean") return value;
    throw new HttpRefusal(400, `${name} must be true or false`);
  }
  if (typeof before === "number") {
    if (typeof value === "number" && value >= 0) return value;
    throw new HttpRefusal(400, `${name} must be a number`);
  }
  if (value === null || typeof value === "string") return value;
  throw new HttpRefusal(400, `${name} must be text or null`);
}

/** Sets whichever settings are given. @throws {HttpRefusal} before anything is changed, when one is of the wrong kind */
export function changeSettings(organisation: AnyOrganisation, body: Fields): void {
  const before: Fields = { ...organisation.settings };
  const change: { [name: string]: OwnSettings[string] } = {};
  const lists = LISTS.map((name) => listOfText(body[name], name));
  for (const name in body) {
    if (!Object.hasOwn(before, name)) throw new HttpRefusal(400, `There is no setting ${name}`);
    if (LISTS.some((list) => list === name) || body[name] === undefined) continue;
    change[name] = settingOf(name, before[name], body[name]);
  }
  // Each is a setting that there is, and its value of that setting's kind.
  organisation.change(change as Partial<CommonSettings>);
  const [codes, contacts] = lists;
  if (codes !== undefined) organisation.removeAccountCodes(codes);
  if (contacts !== undefined) organisation.archiveContacts(contacts);
}
