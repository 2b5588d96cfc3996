import { bodyOf, get, isObject, type JsonObject, list, parseJson, text } from "../shared/json.ts";
import type { Exchange, Message, PulledContact, PulledPage, PullRequest } from "../types.ts";
import { guid, hasNextPage, momentOf } from "./json.ts";
import { ACCOUNTING } from "./push.ts";
import {
  beginAt,
  FIRST_SWEEP,
  goOn,
  lastChange,
  later,
  nextSweep,
  type Seek,
  type Sweep,
  seekMessage,
  storedMoment,
  storedPage,
  storedSweep,
} from "./seek.ts";

interface Position extends Seek, Sweep {
  readonly seen: string | null;
}

function positionOf(cursor: string | null): Position {
  if (cursor === null) return { since: null, page: 1, seen: null, ...FIRST_SWEEP };
  const value = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of Xero's contacts");
  return {
    since: storedMoment(text(value, "since")),
    page: storedPage(text(value, "page")),
    seen: storedMoment(text(value, "seen")),
    ...storedSweep(value),
  };
}

/** Contacts that changed since the cursor, archived and merged ones among them: one list call a page. */
export const pullContacts: Exchange<PullRequest, PulledPage> = {
  ask(request): Message {
    const { query, headers } = seekMessage(positionOf(request.cursor));
    return {
      operation: "getContacts",
      method: "GET",
      path: `${ACCOUNTING}/Contacts`,
      // Without archived ones an archived contact would look as if it had been deleted.
      query: { ...query, includeArchived: "true" },
      headers,
      body: null,
    };
  },

  read(_message, answer, request): PulledPage {
    const position = positionOf(request.cursor);
    const body = answer.status === 304 ? null : bodyOf(answer);
    const elements = body ? list(body, "Contacts") : [];
    const pageEnd = lastChange(elements);
    const seen = later(position.seen, pageEnd);
    const more = body !== null && hasNextPage(body, elements.length, position.page);
    const sweep: Sweep = more ? position : nextSweep(position, body);
    const { since, page } = more ? goOn(position, pageEnd) : beginAt(seen, sweep.sweeping);
    const next: Position = { since, page, seen, sweeping: sweep.sweeping, swept: sweep.swept };
    return { payments: [], documents: [], contacts: elements.flatMap(contactOf), cursor: JSON.stringify(next), more };
  },
};

/** Xero writes what nobody filled in as an empty text, or leaves it out. */
const filled = (element: JsonObject, key: string) => text(element, key)?.trim() || null;

function contactOf(element: JsonObject): PulledContact[] {
  const externalId = guid(element, "ContactID");
  if (externalId === null) return [];
  const mergedInto = guid(element, "MergedToContactID");
  const archived = (text(element, "ContactStatus") ?? "ACTIVE").toUpperCase() !== "ACTIVE";
  return [
    {
      externalId,
      name: text(element, "Name") ?? "",
      number: filled(element, "ContactNumber"),
      accountNumber: filled(element, "AccountNumber"),
      email: filled(element, "EmailAddress"),
      taxNumber: filled(element, "TaxNumber"),
      status: mergedInto !== null ? "merged" : archived ? "archived" : "active",
      mergedInto,
      changedAt: momentOf(get(element, "UpdatedDateUTC")),
    },
  ];
}
