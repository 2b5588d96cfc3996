import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { type Fields, isFields, readBody } from "#lib/simulator/http.ts";
import type { Journal } from "#lib/simulator/journal.ts";
import { dateOf, ElementRefused, listOf, refusedElement, remarksOf, today, type Written } from "#lib/simulator/xero/element.ts";
import { AppLimits, PER_APP_MINUTE } from "#lib/simulator/xero/limits.ts";
import { type AccessToken, type Identity, problemBody, unauthorizedBody } from "#lib/simulator/xero/oauth.ts";
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
const KEY_MS = 6 * 60_000;
const LONGEST_KEY = 128;

type Answer = { status: number; type: string; body: string; headers?: Record<string, string> };

/** What an Idempotency-Key stands for, for six minutes from its first use. */
type Remembered = { fingerprint: string; firstAt: number; answer: Answer | null; done: Promise<void> };

type Performed = { answer: Answer; committed: number };

/** The accounting calls: who may, limits, faults on order, idempotency, then the resource. */
export class Api {
  readonly #clock: SimulatorClock;
  readonly #journal: Journal;
  readonly #identity: Identity;
  readonly #tenant: (id: string) => Tenant | null;
  readonly #note: (change: Fields) => void;
  readonly #apps = new Map<string, AppLimits>();
  #perAppMinute = PER_APP_MINUTE;
  readonly #keys = new Map<string, Remembered>();

  constructor(parts: {
    clock: SimulatorClock;
    journal: Journal;
    identity: Identity;
    tenant: (id: string) => Tenant | null;
    note: (change: Fields) => void;
  }) {
    this.#clock = parts.clock;
    this.#journal = parts.journal;
    this.#identity = parts.identity;
    this.#tenant = parts.tenant;
    this.#note = parts.note;
  }

  /** From now on every app has so many calls a minute over all its organisations. */
  limitApps(perMinute: number): void {
    this.#perAppMinute = perMinute;
    this.#apps.clear();
  }

  reset(): void {
    this.#perAppMinute = PER_APP_MINUTE;
    this.#apps.clear();
    this.#keys.clear();
  }

  /** Lifts the waits that faults P01, P02 and P04 laid. */
  unblock(tenant: Tenant): void {
    tenant.limits.unblock();
    for (const app of this.#apps.values()) app.blockedUntil = 0;
  }

  restoreKey(key: string, saved: unknown): void {
    if (!isFields(saved) || !isFields(saved.answer)) return;
    const { status, type, body } = saved.answer;
    if (typeof saved.fingerprint !== "string" || typeof saved.firstAt !== "number") return;
    if (typeof status !== "number" || typeof type !== "string" || typeof body !== "string") return;
    const answer = { status, type, body };
    this.#keys.set(key, { fingerprint: saved.fingerprint, firstAt: saved.firstAt, answer, done: Promise.resolve() });
  }

  *snapshot(): Generator<Fields> {
    const oldest = this.#clock.now() - KEY_MS;
    for (const [key, { fingerprint, firstAt, answer }] of this.#keys) {
      if (answer !== null && firstAt > oldest) yield { key, put: { fingerprint, firstAt, answer } };
    }
  }

  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (!url.pathname.startsWith(BASE)) return false;
    const bytes = await readBody(request);
    const method = request.method ?? "GET";
    const where = `${url.pathname}${url.search}`;
    const token = this.#identity.accessToken(request);
    const header = request.headers["xero-tenant-id"];
    const tenant = typeof header === "string" ? this.#tenant(header.toLowerCase()) : null;
    const key = idempotencyKey(request, method);
    const logged =
      tenant?.log.add({
        at: new Date(this.#clock.now()).toISOString(),
        method,
        path: where,
        user: token?.userId ?? null,
        records: 0,
        key,
        status: 0,
        bytesIn: bytes.length,
        bytesOut: 0,
        committed: 0,
        fault: null,
        ended: null,
      }) ?? null;
    response.once("close", () => {
      if (logged !== null) logged.ended = new Date(this.#clock.now()).toISOString();
    });
    const reply = (answer: Answer) => this.#reply(response, answer, tenant, token, logged);

    if (token === null || this.#clock.now() >= token.expiresAt) {
      reply(json(401, unauthorizedBody(token, this.#clock.now())));
      return true;
    }
    const connection = tenant === null ? null : this.#identity.connectionOf(token, tenant.info.id);
    if (tenant === null || connection === null || logged === null) {
      reply(forbidden());
      return true;
    }
    const path = url.pathname.slice(BASE.length).split("/").filter(Boolean).map(decodeURIComponent);
    const resource = Object.hasOwn(RESOURCES, path[0] ?? "") ? RESOURCES[path[0] ?? ""] : undefined;
    const granted = token.scope.split(" ");
    const mayRead = method === "GET" ? [".read", ""] : [""];
    const scopes = path[2] === "Attachments" ? ["accounting.attachments"] : resource?.scopes;
    if (scopes !== undefined && !scopes.some((scope) => mayRead.some((suffix) => granted.includes(`${scope}${suffix}`)))) {
      const headers = { "www-authenticate": "insufficient_scope" };
      reply({ ...json(401, problemBody(401, "Unauthorized", "AuthorizationUnsuccessful")), headers });
      return true;
    }

    const limited = tenant.limits.take(
      this.#clock.now(),
      tenant.settings.limits,
      tenant.settings.dayLimit,
      this.#app(token.clientId),
    );
    if (limited !== null) {
      reply(tooMany(limited.problem, limited.retryAfter));
      return true;
    }
    tenant.limits.inFlight += 1;
    const gone = new AbortController();
    response.once("close", () => {
      tenant.limits.inFlight -= 1;
      gone.abort();
    });
    const fault = tenant.faults.strike(method, where);
    logged.fault = fault?.name ?? null;
    if (tenant.settings.latencyMs > 0) await this.#clock.sleep(tenant.settings.latencyMs, gone.signal);
    if (fault !== null && (await this.#inFront(fault, { tenant, token, response, reply }))) return true;

    const context: CallContext = {
      tenant,
      now: this.#clock.now(),
      app: token.clientId,
      adviser: this.#identity.roleOf(connection.userId) === "adviser",
      createOnly: method === "PUT",
      unitDigits: url.searchParams.get("unitdp") === "4" ? 4 : 2,
      query: url.searchParams,
      since: null,
    };
    const perform = (): Performed => {
      context.now = this.#clock.now();
      const performed = this.#perform(request, method, path, context, bytes, logged, fault);
      logged.committed += performed.committed;
      return performed;
    };
    if (key === null) {
      const performed = await this.#strike(fault, perform);
      this.#journal.flush();
      await this.#deliver(fault, performed, { response, reply, gone: gone.signal });
      return true;
    }
    await this.#once(key, { token, tenant, method, where, bytes, fault, perform, response, reply, gone: gone.signal });
    return true;
  }

  #app(clientId: string): AppLimits {
    const known = this.#apps.get(clientId);
    if (known !== undefined) return known;
    const limits = new AppLimits(this.#perAppMinute);
    this.#apps.set(clientId, limits);
    return limits;
  }

  #reply(
    response: ServerResponse,
    answer: Answer,
    tenant: Tenant | null,
    token: AccessToken | null,
    logged: LoggedCall | null,
  ): void {
    const bytes = Buffer.from(answer.body);
    if (logged !== null) {
      logged.status = answer.status;
      logged.bytesOut = bytes.length;
    }
    if (response.destroyed || response.headersSent) return;
    response.writeHead(answer.status, this.#headers(answer, bytes.length, tenant, token));
    response.end(answer.status === 204 ? undefined : bytes);
  }

  #headers(answer: Answer, length: number, tenant: Tenant | null, token: AccessToken | null): Record<string, string | number> {
    const now = this.#clock.now();
    const headers: Record<string, string | number> = { ...answer.headers, "xero-correlation-id": randomUUID() };
    if (answer.status !== 204) {
      if (answer.type !== "") headers["content-type"] = answer.type;
      headers["content-length"] = length;
    }
    if (tenant !== null) {
      headers["X-MinLimit-Remaining"] = tenant.limits.minuteRemaining(now);
      headers["X-DayLimit-Remaining"] = tenant.limits.dayRemaining(now, tenant.settings.dayLimit);
    }
    if (token !== null) headers["X-AppMinLimit-Remaining"] = this.#app(token.clientId).remaining(now);
    return headers;
  }

  /** Faults that happen before Xero's own code sees the call. True when the call has ended there. */
  async #inFront(
    fault: FaultOrder,
    call: { tenant: Tenant; token: AccessToken; response: ServerResponse; reply: (answer: Answer) => void },
  ): Promise<boolean> {
    const { tenant, token, reply } = call;
    const now = this.#clock.now();
    switch (fault.name) {
      case "P01": {
        const seconds = fault.retryAfter ?? 37;
        tenant.limits.minuteBlockedUntil = now + seconds * 1000;
        reply(tooMany("minute", seconds));
        return true;
      }
      case "P02": {
        const seconds = fault.retryAfter ?? 81_000;
        tenant.limits.dayBlockedUntil = now + seconds * 1000;
        reply(tooMany("day", seconds));
        return true;
      }
      case "P03":
        reply(tooMany(null, null));
        return true;
      case "P04":
        this.#app(token.clientId).blockedUntil = now + (fault.delayMs ?? 60_000);
        reply(tooMany("appminute", null));
        return true;
      case "P07":
        reply({ status: 503, type: "text/plain; charset=utf-8", body: "The Xero API is temporarily unavailable" });
        return true;
      case "P20": {
        this.#identity.expire(token);
        const expired = this.#identity.accessTokenNamed(token.token) ?? token;
        this.#journal.flush();
        reply(json(401, unauthorizedBody(expired, this.#clock.now())));
        return true;
      }
      case "P23":
        this.#identity.disconnect(tenant.info.id);
        this.#journal.flush();
        reply(forbidden());
        return true;
      case "N07":
        return fault.commit !== true;
      case "N13":
        if (fault.commit === true) return false;
        reply(loginPage());
        return true;
      default:
        return false;
    }
  }

  /** Does the call's work, or leaves it undone, as the fault wants. */
  async #strike(fault: FaultOrder | null, perform: () => Performed): Promise<Performed> {
    if (fault === null) return perform();
    const commits = fault.commit ?? fault.name !== "P05";
    if (fault.name === "N10") await this.#clock.sleep(fault.delayMs ?? 120_000);
    const performed = commits ? perform() : { answer: serverError(), committed: 0 };
    if (fault.name === "P05" || fault.name === "P06") return { ...performed, answer: serverError() };
    return performed;
  }

  /** Sends the answer, or spoils the sending. */
  async #deliver(
    fault: FaultOrder | null,
    performed: Performed,
    call: { response: ServerResponse; reply: (answer: Answer) => void; gone: AbortSignal },
  ): Promise<void> {
    const { response, reply, gone } = call;
    const { answer } = performed;
    const body = Buffer.from(answer.body);
    switch (fault?.name) {
      case "N05":
        response.socket?.resetAndDestroy();
        return;
      case "N06":
        response.writeHead(answer.status, { "content-type": answer.type, "content-length": body.length });
        response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
        return;
      case "N07":
        return;
      case "N08": {
        response.writeHead(answer.status, { "content-type": answer.type, "content-length": body.length });
        response.flushHeaders();
        const perByteMs = fault.delayMs ?? 1000;
        const started = this.#clock.now();
        for (let sent = 0; sent < body.length && !gone.aborted; ) {
          await this.#clock.sleep(perByteMs, gone);
          const due = Math.min(body.length, Math.max(sent + 1, Math.floor((this.#clock.now() - started) / perByteMs)));
          response.write(body.subarray(sent, due));
          sent = due;
        }
        response.end();
        return;
      }
      case "N09":
        await this.#clock.sleep(fault.delayMs ?? 45_000, gone);
        reply(answer);
        return;
      case "N13":
        reply(loginPage());
        return;
      case "N14":
        reply({ status: 204, type: "", body: "" });
        return;
      default:
        reply(answer);
    }
  }

  /** A write under an Idempotency-Key: the first call works, repeats wait for it and get its answer. */
  async #once(
    key: string,
    call: {
      token: AccessToken;
      tenant: Tenant;
      method: string;
      where: string;
      bytes: Buffer;
      fault: FaultOrder | null;
      perform: () => Performed;
      response: ServerResponse;
      reply: (answer: Answer) => void;
      gone: AbortSignal;
    },
  ): Promise<void> {
    if (key.length > LONGEST_KEY) return call.reply(idempotencyProblem("The Idempotency-Key is longer than 128 characters"));
    const { tenant, token } = call;
    const name = `${token.clientId} ${tenant.settings.idempotencyPerToken ? `${hash(token.token)} ` : ""}${key}`;
    const fingerprint = hash(call.method, tenant.info.id, call.where, call.bytes);
    const known = this.#keys.get(name);
    if (known !== undefined && this.#clock.now() < known.firstAt + KEY_MS && this.#clock.now() >= known.firstAt) {
      if (known.fingerprint !== fingerprint)
        return call.reply(idempotencyProblem(`The Idempotency-Key '${key}' is used with a different request`));
      await known.done;
      await this.#deliver(call.fault, { answer: known.answer ?? serverError(), committed: 0 }, call);
      return;
    }
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    const entry: Remembered = { fingerprint, firstAt: this.#clock.now(), answer: null, done };
    this.#keys.set(name, entry);
    this.#forgetOldKeys();
    let performed: Performed;
    try {
      performed = await this.#strike(call.fault, call.perform);
    } catch (error) {
      this.#keys.delete(name);
      throw error;
    } finally {
      finish();
    }
    entry.answer = performed.answer;
    this.#note({ key: name, put: { fingerprint, firstAt: entry.firstAt, answer: performed.answer } });
    this.#journal.flush();
    await this.#deliver(call.fault, performed, call);
  }

  /** Keys come in the order of their first use, so the dead ones stand in front. */
  #forgetOldKeys(): void {
    const oldest = this.#clock.now() - KEY_MS;
    for (const [name, entry] of this.#keys) {
      if (entry.firstAt > oldest || entry.answer === null) return;
      this.#keys.delete(name);
    }
  }

  #perform(
    request: IncomingMessage,
    method: string,
    path: readonly string[],
    context: CallContext,
    bytes: Buffer,
    logged: LoggedCall,
    fault: FaultOrder | null,
  ): Performed {
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
      const resource = Object.hasOwn(RESOURCES, path[0] ?? "") ? RESOURCES[path[0] ?? ""] : undefined;
      if (resource === undefined) return notFound();
      if (fault?.name === "P14" && method === "GET") hideRecent(context, fault.delayMs ?? 30_000);
      const call = resource.call(method, path.slice(1), context);
      switch (call.kind) {
        case "missing":
          return notFound();
        case "unsupported":
          return problem(501, 20, "ApiMethodNotImplementedException", "The Api Method called is not implemented");
        case "read": {
          const members = call.read();
          return members === null ? notFound() : { answer: envelope(members), committed: 0 };
        }
        case "delete": {
          const removed = call.remove();
          return removed === null ? notFound() : { answer: shape(200, "Allocation", removed), committed: 1 };
        }
        case "file": {
          logged.records = 1;
          try {
            const { wire } = call.write(bytes, request.headers["content-type"] ?? "application/octet-stream");
            return { answer: envelope({ [call.plural]: [wire] }), committed: 1 };
          } catch (error) {
            if (!(error instanceof ElementRefused)) throw error;
            return problem(400, 10, "ValidationException", error.messages[0] ?? "A validation exception occurred");
          }
        }
        case "write": {
          const elements = elementsOf(bytes, call.plural);
          logged.records = elements.length;
          if (elements.length > (call.most ?? 10_000)) {
            return problem(400, 10, "ValidationException", `A maximum of ${call.most} elements may be sent in one request`);
          }
          if (fault?.name === "P18") lockNow(context, elements);
          const refusedByOrder = fault?.name === "P11" ? chosenRefusals(elements.length) : new Set<number>();
          return this.#write(call, elements, context, { fault, refusedByOrder, envelope, problem });
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

  #write(
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
          for (const id of written.ids) tenant.hiddenUntil.set(id, context.now + (how.fault.delayMs ?? 30_000));
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
}

function idempotencyKey(request: IncomingMessage, method: string): string | null {
  const header = request.headers["idempotency-key"];
  return method !== "GET" && method !== "DELETE" && typeof header === "string" && header !== "" ? header : null;
}

function hash(...parts: (string | Buffer)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\n");
  return sum.digest("base64url");
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
const serverError = (): Answer => ({
  status: 500,
  type: "text/html; charset=utf-8",
  body: "An error occurred in Xero. Check the API Status page",
});
const forbidden = (): Answer =>
  json(403, JSON.stringify({ title: "Forbidden", status: 403, detail: "AuthenticationUnsuccessful", instance: randomUUID() }));
const idempotencyProblem = (message: string): Answer =>
  json(400, JSON.stringify({ ErrorNumber: 10, Type: "ValidationException", Message: message, Elements: [] }));
const loginPage = (): Answer => ({
  status: 200,
  type: "text/html; charset=utf-8",
  body: "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1><form><input name=user></form></body></html>",
});

function tooMany(problem: string | null, retryAfter: number | null): Answer {
  const headers: Record<string, string> = {};
  if (problem !== null) headers["X-Rate-Limit-Problem"] = problem;
  if (retryAfter !== null) headers["Retry-After"] = String(retryAfter);
  return { status: 429, type: "", body: "", headers };
}

/** Three of forty, one of a few, none of one. */
function chosenRefusals(count: number): Set<number> {
  if (count < 2) return new Set();
  return count < 6 ? new Set([Math.floor(count / 2)]) : new Set([1, Math.floor(count / 2), count - 2]);
}

function orderedRefusal(element: WireObject): ElementRefused {
  const line = listOf(element, "LineItems")?.[0];
  const code = line === undefined ? undefined : member(line, "AccountCode");
  const name = typeof code === "string" ? code : "200";
  return new ElementRefused([
    `Account code '${name}' has been archived, or has been deleted. Each line item must reference a valid account.`,
  ]);
}

/** Locks the period up to the latest document of the call, for the caller's role. */
function lockNow(context: CallContext, elements: readonly WireObject[]): void {
  let latest = "";
  for (const element of elements) {
    const date = dateOf(element, "Date") ?? today(context.now);
    if (date > latest) latest = date;
  }
  if (latest !== "") context.tenant.change(context.adviser ? { yearLock: latest } : { periodLock: latest });
}

/** Documents made in the last moments are not in this reader's index yet. */
function hideRecent(context: CallContext, lagMs: number): void {
  const { tenant, now } = context;
  for (const collection of [tenant.invoices, tenant.creditNotes]) {
    for (let at = collection.startOf(now - lagMs); at < collection.size; at += 1) {
      const one = collection.all()[at];
      if (one !== undefined) tenant.hiddenUntil.set(one.id, one.updatedAt + lagMs);
    }
  }
}
