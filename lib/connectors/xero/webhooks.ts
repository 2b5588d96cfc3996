import { createHmac, timingSafeEqual } from "node:crypto";
import { get, isObject, list, parseJson, text } from "../shared/json.ts";
import type { PackageEvent, PackageEvents } from "../types.ts";
import type { PackageWebhooks } from "../webhooks.ts";
import { guid } from "./json.ts";

/** Whether Xero signed these very bytes: base64 of their HMAC-SHA256 under the app's webhook key. */
function isSigned(body: Uint8Array, signature: string | null, key: string): boolean {
  if (signature === null) return false;
  const due = createHmac("sha256", key).update(body).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === due.length && timingSafeEqual(given, due);
}

/** What a delivery says: events without amounts, and where they stand in the sequence. A body that is none says nothing. */
function readEvents(body: string): PackageEvents {
  const value = parseJson(body);
  if (!isObject(value)) return { events: [], first: null, last: null };
  const number = (key: string) => {
    const said = Number(text(value, key) ?? get(value, key));
    return Number.isSafeInteger(said) && said > 0 ? said : null;
  };
  return {
    events: list(value, "events").flatMap((event): PackageEvent[] => {
      const tenantId = guid(event, "tenantId");
      const resourceId = guid(event, "resourceId");
      const said = text(event, "eventDateUtc") ?? "";
      const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(said) ? said : `${said}Z`);
      if (tenantId === null || resourceId === null || Number.isNaN(at.getTime())) return [];
      return [
        {
          tenantId,
          resourceId,
          category: text(event, "eventCategory") ?? "",
          type: text(event, "eventType") ?? "",
          at,
        },
      ];
    }),
    first: number("firstEventSequence"),
    last: number("lastEventSequence"),
  };
}

/** @see https://developer.xero.com/documentation/guides/webhooks/overview/ */
export const xeroWebhooks: PackageWebhooks = {
  mostBytes: 5 * 1024 * 1024,
  signatureHeader: "x-xero-signature",
  isSigned,
  readEvents,
};
