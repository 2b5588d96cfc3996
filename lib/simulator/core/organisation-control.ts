import { minor, parseDecimal, significantScale } from "#lib/simulator/core/decimal.ts";
import type { Identity } from "#lib/simulator/core/identity.ts";
import type { Limits } from "#lib/simulator/core/limits.ts";
import type { AnyOrganisation } from "#lib/simulator/core/organisation.ts";
import { changeSettings } from "#lib/simulator/core/settings.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { type Fields, HttpRefusal, isFields } from "#lib/simulator/http.ts";

const FAULTS = new Set("N05 N06 N07 N08 N09 N10 N13 N14 P01 P02 P03 P04 P05 P06 P07 P11 P12 P13 P14 P18 P20 P23".split(" "));

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

/** An amount in hundredths. @throws {HttpRefusal} */
export function readAmount(text: unknown, name: string): bigint {
  const value = typeof text === "string" ? parseDecimal(text) : null;
  if (typeof text !== "string" || value === null || significantScale(value) > 2) {
    throw new HttpRefusal(400, `${name} must be a decimal string with at most two digits after the point`);
  }
  return minor(text);
}

/** The control calls about one organisation: `/_control/{package}/{tenant}/{call}/{key}`. Undefined when there is no such call. */
export function controlOrganisation(
  organisation: AnyOrganisation,
  asked: {
    method: string;
    call: string | undefined;
    key: string | undefined;
    query: URLSearchParams;
    body: Fields;
    identity: Identity;
    limits: Limits;
  },
): unknown {
  const { method, call, query, body } = asked;
  const key = asked.key ?? "";
  switch (`${method} ${call ?? ""}`) {
    case "GET ledger":
      return organisation.ledger(query.get("lines") === "1");
    case "GET calls":
      return organisation.log.since(Number(query.get("since") ?? "0") || 0);
    case "GET settings":
      return organisation.settings;
    case "PATCH settings":
      changeSettings(organisation, body);
      return organisation.settings;
    case "POST payments":
      return organisation.payByHand(body);
    case "POST documents":
      return organisation.changeDocumentByHand(
        key,
        typeof body.status === "string" ? { status: body.status } : { gross: readAmount(body.gross, "gross") },
      );
    case "POST contacts": {
      if (typeof body.mergedInto === "string") return organisation.mergeContact(key, body.mergedInto);
      if (typeof body.archived !== "boolean") throw new HttpRefusal(400, "Give mergedInto or archived");
      return { id: organisation.archiveContact(key, body.archived).id };
    }
    case "GET faults":
      return { faults: organisation.faults.standing() };
    case "POST faults": {
      const orders = readFaults(body.faults);
      organisation.faults.order(orders, typeof body.seed === "number" ? body.seed : 1);
      if (orders.length === 0) {
        asked.limits.unblock(organisation.info.id);
        organisation.hiddenUntil.clear();
      }
      return { faults: organisation.faults.standing() };
    }
    case "DELETE items":
      organisation.removeItemByHand(key);
      return {};
    case "POST accounts":
      return organisation.putAccountByHand(body);
    case "POST revoke":
      return { connections: asked.identity.disconnect(organisation.info.id) };
    default:
      return undefined;
  }
}
