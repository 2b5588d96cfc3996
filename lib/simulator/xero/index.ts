import { randomUUID } from "node:crypto";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { type Fields, HttpRefusal, isFields, redirect } from "#lib/simulator/http.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";
import {
  archiveContact,
  archiveContacts,
  changeGross,
  changeStatus,
  contactByKey,
  documentById,
  mergeContact,
  payAsPerson,
  putAccount,
  readAmount,
  removeAccountCodes,
  removeItem,
} from "#lib/simulator/xero/actions.ts";
import { Api } from "#lib/simulator/xero/api.ts";
import { fixedId } from "#lib/simulator/xero/chart.ts";
import type { Stored } from "#lib/simulator/xero/collection.ts";
import { followDeepLink } from "#lib/simulator/xero/deep-links.ts";
import { isDate } from "#lib/simulator/xero/element.ts";
import { ledger } from "#lib/simulator/xero/ledger.ts";
import { Identity } from "#lib/simulator/xero/oauth.ts";
import { serveTenantPages } from "#lib/simulator/xero/pages.ts";
import { type Settings, Tenant, type TenantInfo } from "#lib/simulator/xero/tenant.ts";

/** Before everything that the demo's clients date. */
const FOUNDED = Date.UTC(2009, 3, 1);

const FIRST_TENANTS: readonly TenantInfo[] = [
  { name: "Ashdown Trading Ltd", currencies: ["GBP", "EUR", "USD"] },
  { name: "Brackenfell Pottery Ltd", currencies: ["GBP"] },
  { name: "Calder & Sons (Exports) Ltd", currencies: ["GBP"] },
].map((one) => ({ ...one, id: fixedId(`tenant:${one.name}`), createdAt: FOUNDED, currency: "GBP" }));

const FAULTS = new Set("N05 N06 N07 N08 N09 N10 N13 N14 P01 P02 P03 P04 P05 P06 P07 P11 P12 P13 P14 P18 P20 P23".split(" "));

/** The simulated Xero: identity, accounting calls, control calls and pages over as many organisations as are asked for. */
export function createXero(surroundings: Surroundings): SimulatedPackage {
  const { clock, journal, client } = surroundings;
  const note = (change: Fields) => journal.note("xero", change);
  const infos = new Map<string, TenantInfo>();
  const tenants = new Map<string, Tenant>();
  const found = () => {
    for (const info of FIRST_TENANTS) infos.set(info.id, info);
  };
  found();

  const tenant = (id: string): Tenant | null => {
    const known = tenants.get(id);
    if (known !== undefined) return known;
    const info = infos.get(id);
    if (info === undefined) return null;
    const made = new Tenant(info, clock, note);
    tenants.set(id, made);
    return made;
  };
  const identity = new Identity(clock, client, { get: (id) => infos.get(id), all: () => infos.values() }, note);
  const api = new Api({ clock, journal, identity, tenant, note });

  const addTenant = (name: string, currencies: readonly string[], limits = true) => {
    const info: TenantInfo = {
      ...(limits ? {} : { limits }),
      id: randomUUID(),
      name,
      createdAt: FOUNDED,
      currency: currencies[0] ?? "GBP",
      currencies: [...currencies],
    };
    infos.set(info.id, info);
    note({ info });
    return { id: info.id, name };
  };

  return {
    id: "xero",
    name: "Xero",
    async serve(request, response, url) {
      if (await api.serve(request, response, url)) return true;
      const screen = followDeepLink(url, infos.values(), tenant);
      if (screen !== null) {
        redirect(response, screen);
        return true;
      }
      if (!(await identity.serve(request, response, url))) return false;
      journal.flush();
      return true;
    },
    tenants: () => [...infos.values()].map(({ id, name }) => ({ id, name })),
    reset() {
      infos.clear();
      tenants.clear();
      found();
      identity.reset();
      api.reset();
    },
    restore(change) {
      if (!isFields(change)) return;
      if (isFields(change.info)) {
        const info = change.info as TenantInfo;
        infos.set(info.id, info);
      } else if (typeof change.identity === "string") {
        identity.restore(change.identity, { put: change.put, drop: typeof change.drop === "string" ? change.drop : undefined });
      } else if (typeof change.key === "string") api.restoreKey(change.key, change.put);
      else if (typeof change.tenant === "string") {
        const one = tenant(change.tenant);
        if (one === null) return;
        if (isFields(change.state)) one.restoreState(change.state);
        else if (typeof change.kind === "string") one.restore(change.kind, change as { put?: Stored; drop?: string });
      }
    },
    restored: () => undefined,
    *snapshot() {
      const first = new Set(FIRST_TENANTS.map((info) => info.id));
      for (const info of infos.values()) if (!first.has(info.id)) yield { info };
      yield* identity.snapshot();
      for (const one of tenants.values()) yield* one.snapshot();
      yield* api.snapshot();
    },
    control(method, rest, query, body) {
      const [id, call, key] = rest;
      if (id === "tenants" && call === undefined) {
        if (method === "GET") return [...infos.values()].map((info) => ({ id: info.id, name: info.name }));
        if (method === "POST") return makeTenants(body, addTenant);
      }
      if (id === "tokens" && call === undefined && method === "POST") {
        const ids = listOfText(body.tenants, "tenants") ?? [];
        const role = body.role === "adviser" ? "adviser" : "standard";
        return identity.grant(ids, {
          role,
          clientId: typeof body.clientId === "string" ? body.clientId : undefined,
          scope: typeof body.scope === "string" ? body.scope : undefined,
        });
      }
      if (id === "app-limit" && call === undefined && method === "PUT") {
        const perMinute = Number(body.perMinute);
        if (!Number.isInteger(perMinute) || perMinute < 1) throw new HttpRefusal(400, "perMinute must be a whole number above 0");
        api.limitApps(perMinute);
        return { perMinute };
      }
      const one = id === undefined ? null : tenant(id);
      if (one === null) throw new HttpRefusal(404, `There is no organisation ${id ?? ""}`);
      return tenantControl(one, { method, call, key, query, body, identity, api });
    },
    page: async (request, response, _url, rest) => {
      const one = rest[0] === undefined ? null : tenant(rest[0]);
      return one === null ? false : serveTenantPages(one, request, response, rest.slice(1), _url);
    },
  };
}

function makeTenants(
  body: Fields,
  addTenant: (name: string, currencies: readonly string[], limits?: boolean) => { id: string; name: string },
) {
  const currencies = listOfText(body.currencies, "currencies") ?? ["GBP", "EUR", "USD"];
  if (typeof body.name !== "string" || body.name.trim() === "") throw new HttpRefusal(400, "name must be text");
  if (body.count === undefined) return addTenant(body.name, currencies);
  const count = Number(body.count);
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new HttpRefusal(400, "count must be a whole number from 1 to 100000");
  const name = body.name;
  return Array.from({ length: count }, (_, position) => addTenant(`${name} ${position + 1}`, currencies, body.limits !== false));
}

function tenantControl(
  tenant: Tenant,
  asked: {
    method: string;
    call: string | undefined;
    key: string | undefined;
    query: URLSearchParams;
    body: Fields;
    identity: Identity;
    api: Api;
  },
): unknown {
  const { method, call, key, query, body } = asked;
  switch (`${method} ${call ?? ""}`) {
    case "GET ledger":
      return ledger(tenant, query.get("lines") === "1");
    case "GET calls":
      return tenant.log.since(Number(query.get("since") ?? "0") || 0);
    case "GET settings":
      return tenant.settings;
    case "PATCH settings":
      changeSettings(tenant, body);
      return tenant.settings;
    case "POST payments":
      return payAsPerson(tenant, body);
    case "POST documents": {
      const document = documentById(tenant, key ?? "");
      if (typeof body.status === "string") changeStatus(tenant, document, body.status);
      else changeGross(tenant, document, readAmount(body.gross, "gross"));
      const after = documentById(tenant, document.id);
      return { id: after.id, status: after.status, net: after.subTotal, tax: after.totalTax, gross: after.total };
    }
    case "POST contacts": {
      const contact = contactByKey(tenant, key ?? "");
      if (typeof body.mergedInto === "string") mergeContact(tenant, contact, contactByKey(tenant, body.mergedInto));
      else if (typeof body.archived === "boolean") archiveContact(tenant, contact, body.archived);
      else throw new HttpRefusal(400, "Give mergedInto or archived");
      return { id: contact.id };
    }
    case "GET faults":
      return { faults: tenant.faults.standing() };
    case "POST faults": {
      const orders = readFaults(body.faults);
      tenant.faults.order(orders, typeof body.seed === "number" ? body.seed : 1);
      if (orders.length === 0) {
        asked.api.unblock(tenant);
        tenant.hiddenUntil.clear();
      }
      return { faults: tenant.faults.standing() };
    }
    case "DELETE items":
      removeItem(tenant, key ?? "");
      return {};
    case "POST accounts":
      return putAccount(tenant, body);
    case "POST revoke":
      return { connections: asked.identity.disconnect(tenant.info.id) };
    default:
      return undefined;
  }
}

function listOfText(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((one): one is string => typeof one === "string"))
    throw new HttpRefusal(400, `${name} must be a list of texts`);
  return value;
}

const FAULT_FIELDS: Record<string, "string" | "number" | "boolean"> = {
  name: "string",
  rate: "number",
  call: "number",
  method: "string",
  path: "string",
  times: "number",
  commit: "boolean",
  delayMs: "number",
  retryAfter: "number",
};

function readFaults(value: unknown): FaultOrder[] {
  if (!Array.isArray(value)) throw new HttpRefusal(400, "faults must be a list");
  return value.map((one: unknown): FaultOrder => {
    if (!isFields(one) || typeof one.name !== "string" || !FAULTS.has(one.name)) {
      throw new HttpRefusal(400, `A fault's name must be one of ${[...FAULTS].join(", ")}`);
    }
    for (const field in one) {
      if (FAULT_FIELDS[field] === undefined || typeof one[field] !== FAULT_FIELDS[field])
        throw new HttpRefusal(400, `${field} is no field of a fault, or of another kind`);
    }
    if (one.rate === undefined && one.call === undefined) throw new HttpRefusal(400, "A fault needs a rate or a call");
    return { ...one, name: one.name };
  });
}

/** Sets whichever settings are given. @throws {HttpRefusal} before anything is changed, when one is of the wrong kind */
function changeSettings(tenant: Tenant, body: Fields): void {
  const change: Partial<Settings> = {};
  for (const name of ["periodLock", "yearLock"] as const) {
    const value = body[name];
    if (value === undefined) continue;
    if (value !== null && (typeof value !== "string" || !isDate(value)))
      throw new HttpRefusal(400, `${name} must be YYYY-MM-DD or null`);
    change[name] = value;
  }
  for (const name of ["limits", "creditNoteNumbersUnique", "idempotencyPerToken", "lineErrorsOnly"] as const) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== "boolean") throw new HttpRefusal(400, `${name} must be true or false`);
    change[name] = value;
  }
  for (const name of ["latencyMs", "dayLimit"] as const) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || value < 0) throw new HttpRefusal(400, `${name} must be a number`);
    change[name] = value;
  }
  const codes = listOfText(body.accountsWithoutCode, "accountsWithoutCode");
  const contacts = listOfText(body.archivedContacts, "archivedContacts");
  const known = new Set([
    "periodLock",
    "yearLock",
    "limits",
    "creditNoteNumbersUnique",
    "idempotencyPerToken",
    "lineErrorsOnly",
    "latencyMs",
    "dayLimit",
    "accountsWithoutCode",
    "archivedContacts",
  ]);
  for (const name in body) if (!known.has(name)) throw new HttpRefusal(400, `There is no setting ${name}`);
  tenant.change(change);
  if (codes !== undefined) removeAccountCodes(tenant, codes);
  if (contacts !== undefined) archiveContacts(tenant, contacts);
}
