import type { IncomingMessage, ServerResponse } from "node:http";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { type Answer, sendAnswer } from "#lib/simulator/core/answer.ts";
import { deliver, loginPage } from "#lib/simulator/core/delivery.ts";
import type { Identity } from "#lib/simulator/core/identity.ts";
import { fingerprintOf, Keys } from "#lib/simulator/core/keys.ts";
import type { Limits, Subject } from "#lib/simulator/core/limits.ts";
import type { AnyOrganisation } from "#lib/simulator/core/organisation.ts";
import type { Call, Performed, Wire } from "#lib/simulator/core/wire.ts";
import { type Fields, readBody } from "#lib/simulator/http.ts";
import type { Journal } from "#lib/simulator/journal.ts";

type Under = {
  response: ServerResponse;
  reply: (answer: Answer) => void;
  gone: AbortSignal;
  subject: Subject;
};

/** Who calls, as limits count it: a token of one organisation belongs to a user of that organisation. */
export const subjectOf = (token: { tenantId: string | null; userId: string; clientId: string }, tenant: string) => ({
  tenant,
  user: token.tenantId == null ? token.userId : `${token.tenantId} ${token.userId}`,
  app: token.clientId,
});

/** The calls of a package's API: who may, limits, faults on order, keys, then the wire's own work. */
export class Calls<Org extends AnyOrganisation> {
  readonly #clock: SimulatorClock;
  readonly #journal: Journal;
  readonly #identity: Identity;
  readonly #limits: Limits;
  readonly #wire: Wire<Org>;
  readonly #tenant: (id: string) => Org | null;
  readonly #mount: string;
  readonly keys: Keys;

  constructor(parts: {
    clock: SimulatorClock;
    journal: Journal;
    identity: Identity;
    limits: Limits;
    wire: Wire<Org>;
    tenant: (id: string) => Org | null;
    mount: string;
    note: (change: Fields) => void;
  }) {
    this.#clock = parts.clock;
    this.#journal = parts.journal;
    this.#identity = parts.identity;
    this.#limits = parts.limits;
    this.#wire = parts.wire;
    this.#tenant = parts.tenant;
    this.#mount = parts.mount;
    this.keys = new Keys(parts.clock, parts.wire.keys?.seconds ?? 0, parts.note);
  }

  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const wire = this.#wire;
    if (!wire.owns(url)) return false;
    const bytes = await readBody(request);
    const method = request.method ?? "GET";
    const where = `${url.pathname}${url.search}`;
    const token = this.#identity.accessToken(request);
    const named = wire.tenantOf(request, url, token);
    const organisation = named === null ? null : this.#tenant(named);
    const key = wire.keys?.keyOf(request, method, url) ?? null;
    const logged = this.#log(organisation, { method, path: where, user: token?.userId ?? null, key, bytes });
    response.once("close", () => {
      if (logged !== null) logged.ended = new Date(this.#clock.now()).toISOString();
    });
    const subject = token === null ? null : subjectOf(token, organisation?.info.id ?? "");
    const reply = (answer: Answer) => {
      if (logged !== null) logged.status = answer.status;
      const bytesOut = sendAnswer(
        response,
        answer,
        () => wire.headers?.({ organisation, subject, now: this.#clock.now() }, this.#limits) ?? {},
      );
      if (logged !== null) logged.bytesOut = bytesOut;
    };

    if (token === null || subject === null || this.#clock.now() >= token.expiresAt) {
      reply(wire.words.unauthorized(token, this.#clock.now()));
      return true;
    }
    const connection = organisation === null ? null : this.#identity.connectionOf(token, organisation.info.id);
    if (organisation === null || connection === null || logged === null) {
      reply(wire.words.forbidden());
      return true;
    }
    const call: Call<Org> = {
      organisation,
      token,
      role: this.#identity.roleOf(connection.userId),
      request,
      method,
      url,
      bytes,
      now: this.#clock.now(),
      logged,
      fault: null,
      root: `http://${request.headers.host ?? "localhost"}${this.#mount}`,
    };
    const refused = wire.allow?.(call) ?? null;
    if (refused !== null) {
      reply(refused);
      return true;
    }
    const limited = this.#limits.take(call.now, subject, {
      enforced: organisation.settings.limits,
      inFlight: organisation.inFlight,
      kinds: wire.kinds?.(method, url) ?? [],
      ceilings: organisation.settings,
    });
    if (limited !== null) {
      reply(wire.words.tooMany(limited));
      return true;
    }
    organisation.inFlight += 1;
    const gone = new AbortController();
    response.once("close", () => {
      organisation.inFlight -= 1;
      gone.abort();
    });
    call.fault = organisation.faults.strike(method, where);
    logged.fault = call.fault?.name ?? null;
    const { latencyMs } = organisation.settings;
    if (latencyMs > 0) await this.#clock.sleep(latencyMs, gone.signal);
    const under: Under = { response, reply, gone: gone.signal, subject };
    if (call.fault === null || !this.#inFront(call, under)) await this.#work(call, key, where, under);
    return true;
  }

  #log(
    organisation: Org | null,
    call: { method: string; path: string; user: string | null; key: string | null; bytes: Buffer },
  ): LoggedCall | null {
    if (organisation === null) return null;
    const { bytes, ...rest } = call;
    return organisation.log.add({
      ...rest,
      at: new Date(this.#clock.now()).toISOString(),
      records: 0,
      status: 0,
      bytesIn: bytes.length,
      bytesOut: 0,
      committed: 0,
      fault: null,
      ended: null,
    });
  }

  /** Faults that happen before the package's own code sees the call. True when the call has ended there. */
  #inFront(call: Call<Org>, { reply, subject }: Under): boolean {
    const { fault, organisation, token } = call;
    const { words, faultWindows } = this.#wire;
    const now = this.#clock.now();
    const stop = (answer: Answer) => {
      this.#journal.flush();
      reply(answer);
      return true;
    };
    const block = (name: "P01" | "P02" | "P04", ms: number) => {
      const window = faultWindows[name];
      this.#limits.block(window, subject, now + ms);
      return stop(words.tooMany({ window, limit: null, retryAfter: Math.max(1, Math.ceil(ms / 1000)) }));
    };
    switch (fault?.name) {
      case "P01":
        return block("P01", (fault.retryAfter ?? 37) * 1000);
      case "P02":
        return block("P02", (fault.retryAfter ?? 81_000) * 1000);
      case "P03":
        return stop(words.tooMany(null));
      case "P04":
        return block("P04", fault.delayMs ?? 60_000);
      case "P07":
        return stop(words.unavailable());
      case "P20":
        return stop(words.unauthorized(this.#identity.expire(token), this.#clock.now()));
      case "P23":
        this.#identity.disconnect(organisation.info.id);
        return stop(words.forbidden());
      case "N07":
        return fault.commit !== true;
      case "N13":
        return fault.commit === true ? false : stop(loginPage());
      default:
        return false;
    }
  }

  async #work(call: Call<Org>, key: string | null, where: string, under: Under): Promise<void> {
    const policy = this.#wire.keys;
    const send = (answer: Answer) => deliver(call.fault, answer, { ...under, clock: this.#clock });
    if (key === null || policy === null) {
      const { answer } = await this.#strike(call);
      this.#journal.flush();
      return send(answer);
    }
    const refused = policy.refused(key);
    if (refused !== null) return under.reply(refused);
    const name = `${policy.scope(call)} ${key}`;
    const fingerprint = fingerprintOf(call.method, call.organisation.info.id, where, call.bytes);
    const known = this.keys.known(name, fingerprint);
    const other = known === null || known.same ? null : policy.reused(key);
    if (other !== null) return under.reply(other);
    if (known !== null) return send((await known.answer) ?? this.#wire.words.serverError());
    const { answer } = await this.keys.first(name, fingerprint, () => this.#strike(call));
    this.#journal.flush();
    return send(answer);
  }

  /** Does the call's work, or leaves it undone, as the fault wants. */
  async #strike(call: Call<Org>): Promise<Performed> {
    const { fault } = call;
    const perform = () => {
      call.now = this.#clock.now();
      const performed = this.#wire.perform(call);
      call.logged.committed += performed.committed;
      return performed;
    };
    if (fault === null) return perform();
    const commits = fault.commit ?? fault.name !== "P05";
    if (fault.name === "N10") await this.#clock.sleep(fault.delayMs ?? 120_000);
    const failed = this.#wire.words.serverError();
    const performed = commits ? perform() : { answer: failed, committed: 0 };
    return fault.name === "P05" || fault.name === "P06" ? { ...performed, answer: failed } : performed;
  }
}
