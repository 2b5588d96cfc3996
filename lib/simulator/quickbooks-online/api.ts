import { randomUUID } from "node:crypto";
import type { Answer } from "#lib/simulator/core/answer.ts";
import { chosenRefusals, hideRecent, LAG_MS, lockUpTo } from "#lib/simulator/core/by-order.ts";
import type { Call, Performed, Wire } from "#lib/simulator/core/wire.ts";
import { answered } from "#lib/simulator/quickbooks-online/answered.ts";
import { ENTITIES, type Entity, isEntity, MONEY } from "#lib/simulator/quickbooks-online/fields.ts";
import { answerQuery, changesSince } from "#lib/simulator/quickbooks-online/query.ts";
import type { Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import {
  faultOf,
  fromJson,
  isObject,
  listOf,
  moment,
  Refused,
  textOf,
  toJson,
  type WireObject,
} from "#lib/simulator/quickbooks-online/wire.ts";
import { type Operation, write } from "#lib/simulator/quickbooks-online/write.ts";

const BASE = "/v3/company/";
const LONGEST_KEY = 50;
const MOST_IN_BATCH = 30;
/** For how long they remember a request is published nowhere. */
const KEY_SECONDS = 3_600;

const json = (status: number, body: unknown): Answer => ({ status, type: "application/json;charset=UTF-8", body: toJson(body) });
const fault = (refused: Refused, now: number): Answer => json(400, { Fault: faultOf(refused), time: moment(now) });

/** The gateway's shape, in lower case. */
const gateway = (status: number, code: string, word: string, detail: string): Answer =>
  json(status, {
    warnings: null,
    intuitObject: null,
    fault: {
      error: [
        {
          message: `message=${word}; errorCode=${code}; statusCode=${status}`,
          detail,
          code: code.replace(/^0+/, ""),
          element: null,
        },
      ],
      type: "AUTHENTICATION",
    },
    report: null,
    queryResponse: null,
  });

const THROTTLED =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message><Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>';

const pathOf = (url: URL) => url.pathname.slice(BASE.length).split("/").filter(Boolean).map(decodeURIComponent);
const entityOf = (name: string): Entity | undefined => ENTITIES.find((one) => one.toLowerCase() === name);

/** The calls of the accounting API. */
export const quickbooksWire: Wire<Tenant> = {
  owns: (url) => url.pathname.startsWith(BASE),
  tenantOf: (_request, url) => pathOf(url)[0] ?? null,
  kinds: (_method, url) => (pathOf(url)[1] === "batch" ? ["batch"] : []),
  perform,
  headers: () => ({ intuit_tid: randomUUID(), "Qbo-Version": "1980.0" }),
  words: {
    unauthorized: (token) =>
      gateway(401, "003200", "AuthenticationFailed", token === null ? "Malformed bearer token" : "Token expired"),
    forbidden: () => gateway(403, "003100", "AuthorizationFailed", "This app is not connected to the company"),
    tooMany: () => ({ status: 429, type: "application/xml", body: THROTTLED }),
    serverError: () =>
      json(500, { Fault: { Error: [{ Message: "An application error has occurred", code: "10000" }], type: "SystemFault" } }),
    unavailable: () => ({ status: 503, type: "text/html", body: "<html><body><h1>503 Service Unavailable</h1></body></html>" }),
  },
  faultWindows: { P01: "minute", P02: "minute", P04: "minute" },
  keys: {
    seconds: KEY_SECONDS,
    keyOf: (_request, method, url) => (method === "POST" ? url.searchParams.get("requestid") : null),
    refused: (key) =>
      key.length > LONGEST_KEY
        ? fault(new Refused("2130", "Invalid Request ID", "The request id is longer than 50 characters"), 0)
        : null,
    scope: ({ token, organisation }) => `${token.clientId} ${organisation.info.id}`,
    // A repeat has the first answer, whatever it asks for.
    reused: () => null,
  },
};

function perform(call: Call<Tenant>): Performed {
  const { method, url, bytes, organisation: tenant, fault: struck, now } = call;
  const [, what = "", id] = pathOf(url);
  if (struck?.name === "P14" && method === "GET")
    hideRecent(tenant, [tenant.part("Invoice"), tenant.part("CreditMemo")], struck.delayMs);
  try {
    if (method === "GET") return { answer: json(200, { ...read(call, what, id), time: moment(now) }), committed: 0 };
    const text = bytes.toString("utf8");
    if (what === "query")
      return { answer: json(200, { QueryResponse: answerQuery(tenant, text), time: moment(now) }), committed: 0 };
    const body = fromJson(text);
    if (!isObject(body)) throw new Refused("2010", "Request has invalid or unsupported property", "The body is no object");
    if (what === "batch") return batch(call, body);
    const entity = entityOf(what);
    if (!entity) throw new Refused("500", "Unsupported Operation", `Operation ${what} is not supported.`);
    call.logged.records = 1;
    const { wire } = write(tenant, entity, operationOf(url, entity, body), body, now);
    return { answer: json(200, { [entity]: wire, time: moment(now) }), committed: 1 };
  } catch (error) {
    if (error instanceof SyntaxError)
      return {
        answer: fault(new Refused("2010", "Request has invalid or unsupported property", error.message), now),
        committed: 0,
      };
    if (!(error instanceof Refused)) throw error;
    return { answer: fault(error, now), committed: 0 };
  }
}

/** What a call on one entity does; money is voided by a change that says so. */
function operationOf(url: URL, entity: Entity, body: WireObject): Operation {
  const said = url.searchParams.get("operation");
  if (said === "delete") return "delete";
  if (said === "void" || (MONEY.includes(entity) && url.searchParams.get("include") === "void")) return "void";
  return textOf(body, "Id") === null ? "create" : "update";
}

function read({ organisation: tenant, url }: Call<Tenant>, what: string, id: string | undefined): WireObject {
  switch (what) {
    case "query":
      return { QueryResponse: answerQuery(tenant, url.searchParams.get("query") ?? "") };
    case "cdc": {
      const entities = (url.searchParams.get("entities") ?? "").split(",");
      const since = Date.parse(url.searchParams.get("changedSince") ?? "");
      if (Number.isNaN(since)) throw new Refused("2030", "Invalid ID", "changedSince is no moment");
      return { CDCResponse: [{ QueryResponse: changesSince(tenant, entities, since) }] };
    }
    case "companyinfo":
      return {
        CompanyInfo: { CompanyName: tenant.info.name, LegalName: tenant.info.name, Country: tenant.settings.country, Id: "1" },
      };
    case "preferences":
      return { Preferences: preferences(tenant) };
    default: {
      const entity = entityOf(what);
      if (!entity || id === undefined) throw new Refused("500", "Unsupported Operation", `Operation ${what} is not supported.`);
      if (!/^\d+$/.test(id)) throw new Refused("2030", "Invalid ID", `Id should be a valid number. Supplied value:${id}`, "Id");
      const found = tenant.part(entity).get(id);
      if (!found || !tenant.shows(id))
        throw new Refused("610", "Object Not Found", "Object Not Found : Another user has deleted this transaction.");
      return { [entity]: answered(tenant, entity, found) };
    }
  }
}

function preferences(tenant: Tenant): WireObject {
  const { customTxnNumbers, taxSetUp, country } = tenant.settings;
  const closed = tenant.closedTo;
  return {
    Id: "1",
    AccountingInfoPrefs: { UseAccountNumbers: true, ...(closed === null ? {} : { BookCloseDate: closed }) },
    SalesFormsPrefs: {
      CustomTxnNumbers: customTxnNumbers,
      AutoApplyCredit: false,
      AutoApplyPayments: false,
      AllowDiscount: true,
    },
    TaxPrefs: { UsingSalesTax: taxSetUp, ...(country === "US" ? { PartnerTaxEnabled: true } : {}) },
    CurrencyPrefs: { MultiCurrencyEnabled: tenant.info.currencies.length > 1, HomeCurrency: { value: tenant.info.currency } },
  };
}

/** Items one after another, each by itself: OK as a whole, whatever became of them. */
function batch(call: Call<Tenant>, body: WireObject): Performed {
  const { organisation: tenant, now, fault: struck } = call;
  const items = listOf(body, "BatchItemRequest");
  call.logged.records = items.length;
  if (items.length > MOST_IN_BATCH)
    throw new Refused("1040", "Batch Size Exceeded", `A batch has ${MOST_IN_BATCH} items at most`);
  if (struck?.name === "P18") {
    const dates = items.flatMap((item) => Object.values(item).filter(isObject)).flatMap((one) => textOf(one, "TxnDate") ?? []);
    lockUpTo(tenant, dates.toSorted().at(-1) ?? "", call.role);
  }
  const chosen = struck?.name === "P11" ? chosenRefusals(items.length) : new Set<number>();
  let committed = 0;
  let answers = items.map((item, position): WireObject => {
    const bId = textOf(item, "bId") ?? "";
    try {
      const query = textOf(item, "Query");
      if (query !== null) return { QueryResponse: answerQuery(tenant, query), bId };
      if (chosen.has(position))
        throw new Refused(
          "610",
          "Object Not Found",
          "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts.",
        );
      const [entity] = Object.keys(item).filter(isEntity);
      const given = entity === undefined ? undefined : item[entity];
      if (entity === undefined || !isObject(given))
        throw new Refused("500", "Unsupported Operation", "A batch item names no object");
      const said = textOf(item, "operation") ?? "";
      if (!["create", "update", "delete", "void"].includes(said))
        throw new Refused("2170", "Invalid Enumeration", `operation ${said}`);
      const { id, wire } = write(tenant, entity, said as Operation, given, now);
      committed += 1;
      if (struck?.name === "P14") tenant.hide(id, now + (struck.delayMs ?? LAG_MS));
      return { [entity]: wire, bId };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { Fault: faultOf(error), bId };
    }
  });
  if (struck?.name === "P12" && answers.length > 1)
    answers = answers.filter((_, position) => position !== Math.floor(answers.length / 2));
  if (struck?.name === "P13") answers.reverse();
  return { answer: json(200, { BatchItemResponse: answers, time: moment(now) }), committed };
}
