import { bodyOf, isObject, list, parseJson, text } from "../shared/json.ts";
import type { Exchange, Message, PulledPage, PullRequest } from "../types.ts";
import { modifiedSince } from "./confirm.ts";
import { guid } from "./json.ts";
import { ACCOUNTING } from "./push.ts";
import { beginAt, lastChange, later, storedMoment } from "./seek.ts";

/** When the last change that was seen happened (ISO), null before the first read. */
function seenOf(cursor: string | null): string | null {
  if (cursor === null) return null;
  const value = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of Xero's items");
  return storedMoment(text(value, "seen"));
}

/** Items that changed since the cursor, in one call: Xero does not page them. */
export const pullItems: Exchange<PullRequest, PulledPage> = {
  ask(request): Message {
    const { since } = beginAt(seenOf(request.cursor), false);
    return {
      operation: "getItems",
      method: "GET",
      path: `${ACCOUNTING}/Items`,
      query: {},
      headers: since === null ? {} : { "If-Modified-Since": modifiedSince(new Date(since)) },
      body: null,
    };
  },

  read(_message, answer, request): PulledPage {
    const body = answer.status === 304 ? null : bodyOf(answer);
    const elements = body ? list(body, "Items") : [];
    const seen = later(seenOf(request.cursor), lastChange(elements));
    const products = elements.flatMap((element) => {
      const externalId = guid(element, "ItemID");
      const code = text(element, "Code");
      return externalId === null || code === null ? [] : [{ externalId, code, name: text(element, "Name") ?? "" }];
    });
    return { payments: [], documents: [], products, cursor: JSON.stringify({ seen }), more: false };
  },
};
