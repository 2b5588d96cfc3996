import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Answer, jsonAnswer } from "#lib/simulator/core/answer.ts";
import { chosenRefusals, hideRecent, LAG_MS, lockUpTo } from "#lib/simulator/core/by-order.ts";
import { today } from "#lib/simulator/core/dates.ts";
import type { Limited } from "#lib/simulator/core/limits.ts";
import type { Call, Wire as PackageWire, Performed } from "#lib/simulator/core/wire.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { dateOf, ElementRefused, listOf, refusedElement, remarksOf, type Written } from "#lib/simulator/xero/element.ts";
import { problemBody, unauthorizedBody } from "#lib/simulator/xero/oauth.ts";
import { type CallContext, RESOURCES } from "#lib/simulator/xero/resources.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { QueryParseError } from "#lib/simulator/xero/where.ts";
import {
  fromJson,
  isWireObject,
  member,
  moment,
  PostDataInvalid,
  toJson,
  toXml,
  type Wire,
  type WireObject,
} from "#lib/simulator/xero/wire.ts";

const BASE = "/api.xro/2.0/";
const LONGEST_KEY = 128;

const pathOf = (url: URL) => url.pathname.slice(BASE.length).split("/").filter(Boolean).map(decodeURIComponent);
const resourceOf = (name: string | undefined) => (Object.hasOwn(RESOURCES, name ?? "") ? RESOURCES[name ?? ""] : undefined);

/** The accounting calls. */
export const xeroWire: PackageWire<Tenant> = {
  owns: (url) => url.pathname.startsWith(BASE),
  tenantOf(request) {
    const header = request.headers["xero-tenant-id"];
    return typeof header === "string" ? header.toLowerCase() : null;
  },
  allow({ url, method, token }) {
    const path = pathOf(url);
    const granted = token.scope.split(" ");
    const mayRead = method === "GET" ? [".read", ""] : [""];
    const scopes = path[2] === "Attachments" ? ["accounting.attachments"] : resourceOf(path[0])?.scopes;
    if (scopes === undefined || scopes.some((scope) => mayRead.some((suffix) => granted.includes(`${scope}${suffix}`))))
      return null;
    const headers = { "www-authenticate": "insufficient_scope" };
    return { ...json(401, problemBody(401, "Unauthorized", "AuthorizationUnsuccessful")), headers };
  },
  perform,
  headers({ organisation, subject, now }, limits) {
    const headers: Record<string, string | number> = { "xero-correlation-id": randomUUID() };
    if (organisation !== null && subject !== null) {
      const left = (name: string) => limits.remaining(name, now, subject, organisation.settings);
      headers["X-MinLimit-Remaining"] = left("minute");
      headers["X-DayLimit-Remaining"] = left("day");
    }
    if (subject !== null) headers["X-AppMinLimit-Remaining"] = limits.remaining("appminute", now, subject);
    return headers;
  },
  words: {
    unauthorized: (token, now) => json(401, unauthorizedBody(token, now)),
    forbidden: () =>
      jsonAnswer(403, { title: "Forbidden", status: 403, detail: "AuthenticationUnsuccessful", instance: randomUUID() }),
    tooMany,
    serverError: () => ({
      status: 500,
      type: "text/html; charset=utf-8",
      body: "An error occurred in Xero. Check the API Status page",
    }),
    unavailable: () => ({
      status: 503,
      type: "text/plain; charset=utf-8",
      body: "The Xero API is temporarily unavailable",
    }),
  },
  faultWindows: { P01: "minute", P02: "day", P04: "appminute" },
  keys: {
    seconds: 6 * 60,
    keyOf: idempotencyKey,
    refused: (key) => (key.length > LONGEST_KEY ? idempotencyProblem("The Idempotency-Key is longer than 128 characters") : null),
    scope: ({ token, organisation }) =>
      organisation.settings.idempotencyPerToken
        ? `${token.clientId} ${createHash("sha256").update(token.token).digest("base64url")}`
        : token.clientId,
    reused: (key) => idempotencyProblem(`The Idempotency-Key '${key}' is used with a different request`),
  },
};

function perform(call: Call<Tenant>): Performed {
  const { request, method, url, bytes, logged, fault } = call;
  const path = pathOf(url);
  const context: CallContext = {
    tenant: call.organisation,
    now: call.now,
    app: call.token.clientId,
    adviser: call.role === "adviser",
    createOnly: method === "PUT",
    unitDigits: url.searchParams.get("unitdp") === "4" ? 4 : 2,
    query: url.searchParams,
    since: null,
  };
  const wantsJson = (request.headers.accept ?? "").includes("json");
  const shape = (status: number, root: string, body: WireObject): Answer =>
    wantsJson
      ? { status, type: "application/json; charset=utf-8", body: toJson(body) }
      : { status, type: "text/xml; charset=utf-8", body: toXml(root, body) };
  const problem = (status: number, number: number, type: string, message: string, elements?: Wire[]): Performed => ({
    answer: shape(status, "ApiException", {
      ErrorNumber: number,
      Type: type,
      Message: message,
      ...(elements === undefined ? {} : { Elements: elements }),
    }),
    committed: 0,
  });
  const envelope = (members: WireObject): Answer =>
    shape(200, "Response", {
      Id: randomUUID(),
      Status: "OK",
      ProviderName: "Simulator",
      DateTimeUTC: moment(context.now),
      ...members,
    });
  try {
    const since = request.headers["if-modified-since"];
    if (since !== undefined && method === "GET") {
      const ms = Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(since) ? `${since}Z` : since);
      if (Number.isNaN(ms)) return { answer: { status: 412, type: "text/html", body: "" }, committed: 0 };
      context.since = ms;
    }
    const resource = resourceOf(path[0]);
    if (resource === undefined) return notFound();
    if (fault?.name === "P14" && method === "GET")
      hideRecent(context.tenant, [context.tenant.invoices, context.tenant.creditNotes], fault.delayMs);
    const action = resource.call(method, path.slice(1), context);
    switch (action.kind) {
      case "missing":
        return notFound();
      case "unsupported":
        return problem(501, 20, "ApiMethodNotImplementedException", "The Api Method called is not implemented");
      case "read": {
        const members = action.read();
        return members === null ? notFound() : { answer: envelope(members), committed: 0 };
      }
      case "delete": {
        const removed = action.remove();
        return removed === null ? notFound() : { answer: shape(200, "Allocation", removed), committed: 1 };
      }
      case "file": {
        logged.records = 1;
        try {
          const { wire } = action.write(bytes, request.headers["content-type"] ?? "application/octet-stream");
          return { answer: envelope({ [action.plural]: [wire] }), committed: 1 };
        } catch (error) {
          if (!(error instanceof ElementRefused)) throw error;
          return problem(400, 10, "ValidationException", error.messages[0] ?? "A validation exception occurred");
        }
      }
      case "write": {
        const elements = elementsOf(bytes, action.plural);
        logged.records = elements.length;
        if (elements.length > (action.most ?? 10_000)) {
          return problem(400, 10, "ValidationException", `A maximum of ${action.most} elements may be sent in one request`);
        }
        if (fault?.name === "P18") lockUpTo(context.tenant, latestOf(elements, context.now), call.role);
        const refusedByOrder = fault?.name === "P11" ? chosenRefusals(elements.length) : new Set<number>();
        return write(action, elements, context, { fault, refusedByOrder, envelope, problem });
      }
      default:
        return notFound();
    }
  } catch (error) {
    if (error instanceof PostDataInvalid) return problem(400, 14, "PostDataInvalidException", error.message);
    if (error instanceof QueryParseError) return problem(400, 16, "QueryParseException", error.message);
    throw error;
  }
}

function write(
  call: { plural: string; idName: string; write: (element: WireObject) => Written },
  elements: readonly WireObject[],
  context: CallContext,
  how: {
    fault: FaultOrder | null;
    refusedByOrder: ReadonlySet<number>;
    envelope: (members: WireObject) => Answer;
    problem: (status: number, number: number, type: string, message: string, elements?: Wire[]) => Performed;
  },
): Performed {
  const { tenant } = context;
  const summarize = context.query.get("summarizeErrors")?.toLowerCase() !== "false";
  let answers: WireObject[] = [];
  const refused: WireObject[] = [];
  let committed = 0;
  for (const [position, element] of elements.entries()) {
    try {
      if (how.refusedByOrder.has(position)) throw orderedRefusal(element);
      const written = call.write(element);
      committed += 1;
      if (how.fault?.name === "P14") {
        for (const id of written.ids) tenant.hide(id, context.now + (how.fault.delayMs ?? LAG_MS));
      }
      const { warnings } = written;
      answers.push(
        summarize
          ? { ...written.wire, ...(warnings.length > 0 ? remarksOf(call.plural, false, warnings) : {}) }
          : {
              ...written.wire,
              StatusAttributeString: warnings.length > 0 ? "WARNING" : "OK",
              ...remarksOf(call.plural, false, warnings),
              ValidationErrors: [],
            },
      );
    } catch (error) {
      if (!(error instanceof ElementRefused)) throw error;
      const wire = refusedElement(element, call.plural, call.idName, error, tenant.settings.lineErrorsOnly);
      refused.push(wire);
      answers.push({ ...wire, StatusAttributeString: "ERROR" });
    }
  }
  if (summarize && refused.length > 0) {
    return { ...how.problem(400, 10, "ValidationException", "A validation exception occurred", refused), committed };
  }
  if (how.fault?.name === "P12" && answers.length > 1)
    answers = answers.filter((_, position) => position !== Math.floor(answers.length / 2));
  if (how.fault?.name === "P13") answers = answers.reverse();
  return { answer: how.envelope({ [call.plural]: answers }), committed };
}

function idempotencyKey(request: IncomingMessage, method: string): string | null {
  const header = request.headers["idempotency-key"];
  return method !== "GET" && method !== "DELETE" && typeof header === "string" && header !== "" ? header : null;
}

/** One bare object, a bare list, or the plural wrapper. @throws {PostDataInvalid} */
function elementsOf(bytes: Buffer, plural: string): WireObject[] {
  const body = fromJson(bytes.toString("utf8"));
  if (Array.isArray(body)) return body.filter(isWireObject);
  if (!isWireObject(body)) throw new PostDataInvalid("The body must be an object");
  const wrapped = member(body, plural);
  if (Array.isArray(wrapped)) return wrapped.filter(isWireObject);
  return isWireObject(wrapped) ? [wrapped] : [body];
}

const json = (status: number, body: string): Answer => ({ status, type: "application/json; charset=utf-8", body });
const notFound = (): Performed => ({
  answer: { status: 404, type: "text/html; charset=utf-8", body: "The resource you're looking for cannot be found" },
  committed: 0,
});
const idempotencyProblem = (message: string): Answer =>
  json(400, JSON.stringify({ ErrorNumber: 10, Type: "ValidationException", Message: message, Elements: [] }));
function tooMany(limited: Limited | null): Answer {
  const headers: Record<string, string> = {};
  if (limited !== null) headers["X-Rate-Limit-Problem"] = limited.window;
  if (limited !== null && limited.window !== "appminute" && limited.retryAfter !== null)
    headers["Retry-After"] = String(limited.retryAfter);
  return { status: 429, type: "", body: "", headers };
}

function orderedRefusal(element: WireObject): ElementRefused {
  const line = listOf(element, "LineItems")?.[0];
  const code = line === undefined ? undefined : member(line, "AccountCode");
  const name = typeof code === "string" ? code : "200";
  return new ElementRefused([
    `Account code '${name}' has been archived, or has been deleted. Each line item must reference a valid account.`,
  ]);
}

/** The latest document of a call, whose period fault P18 locks. */
function latestOf(elements: readonly WireObject[], now: number): string {
  let latest = "";
  for (const element of elements) {
    const date = dateOf(element, "Date") ?? today(now);
    if (date > latest) latest = date;
  }
  return latest;
}
