import { createHmac, timingSafeEqual } from "node:crypto";
import { child, get, isObject, type Json, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { PackageEvent, PackageEvents } from "../types.ts";
import type { PackageWebhooks } from "../webhooks.ts";
import { momentOf } from "./wire.ts";

/** Whether Intuit signed these very bytes: base64 of their HMAC-SHA256 under the app's verifier token. */
function isSigned(body: Uint8Array, signature: string | null, key: string): boolean {
  if (signature === null) return false;
  const due = createHmac("sha256", key).update(body).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === due.length && timingSafeEqual(given, due);
}

/** `qbo.invoice.created.v1`: what it is about, and what happened to it. */
const TYPE = /^qbo\.([a-z]+)\.([a-z]+)\.v\d+$/i;

function cloudEvent(event: JsonObject): PackageEvent[] {
  const type = TYPE.exec(text(event, "type") ?? "");
  const tenantId = text(event, "intuitaccountid");
  const resourceId = text(event, "intuitentityid");
  const at = momentOf(get(event, "time"));
  if (!type || tenantId === null || resourceId === null || at === null) return [];
  return [{ tenantId, resourceId, category: (type[1] ?? "").toUpperCase(), type: (type[2] ?? "").toUpperCase(), at }];
}

/** The shape of before 2026. */
function notification(one: JsonObject): PackageEvent[] {
  const tenantId = text(one, "realmId");
  const entities = list(child(one, "dataChangeEvent") ?? {}, "entities");
  return entities.flatMap((entity): PackageEvent[] => {
    const resourceId = text(entity, "id");
    const at = momentOf(get(entity, "lastUpdated"));
    if (tenantId === null || resourceId === null || at === null) return [];
    const category = (text(entity, "name") ?? "").toUpperCase();
    return [{ tenantId, resourceId, category, type: (text(entity, "operation") ?? "").toUpperCase(), at }];
  });
}

/** What a delivery says, of one company or several; a body that is none says nothing. They number no deliveries. */
function readEvents(body: string): PackageEvents {
  let value: Json = null;
  try {
    value = parseJson(body);
  } catch {
    // It was signed, and is nothing that we can read.
  }
  const events = Array.isArray(value)
    ? value.filter(isObject).flatMap(cloudEvent)
    : isObject(value)
      ? [...list(value, "eventNotifications").flatMap(notification), ...cloudEvent(value)]
      : [];
  return { events, first: null, last: null };
}

/** @see https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks */
export const quickbooksWebhooks: PackageWebhooks = {
  mostBytes: 5 * 1024 * 1024,
  signatureHeader: "intuit-signature",
  isSigned,
  readEvents,
};
