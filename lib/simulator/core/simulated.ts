/**
 * The core of every simulated package. What follows is for the writer of the next one: a wire, and nothing else.
 *
 * 1. `lib/simulator/{id}/index.ts` has one function, `(surroundings) => simulated(surroundings, description)`, and
 *    `lib/simulator/registry.ts` a row for it. `mount` is `/{id}`, the same as `simulatedUnder` of the connector's
 *    `environment.ts`; every path that a wire sees is below it. Organisations, tokens, consent, control calls, pages, faults, log,
 *    journal and restarts work from there on.
 * 2. `oauth` is an `OAuthPolicy` (`oauth-policy.ts`): paths, lifetimes, how refresh tokens rotate, whether a token reaches one
 *    organisation or all of its user's, what the callback carries (a company's id), the token answer. Userinfo, lists of connections
 *    and the like go into `besides`.
 * 3. `limits` is a `LimitPolicy` (`limits.ts`): windows of any length for a tenant, a user or an app. A window with a `kind` counts
 *    only calls that the wire's `kinds` says are of it (a batch); the kind `refresh` counts refreshes of tokens. An own setting called
 *    `{window}Limit` is that organisation's number of calls in the place of the policy's. Headers come from the wire's `headers`.
 * 4. `wire` is a `Wire` (`wire.ts`). `perform` is called when the token holds, the organisation is connected, and neither a limit nor a
 *    fault stopped the call. It works at once, without a pause, and answers; `committed` counts the records that it changed, and
 *    `call.logged.records` is to say how many were sent. `keys` makes a call once of two under one key: the second gets the answer of
 *    the first. Of the faults it plays five itself: P11 (`chosenRefusals`), P12 (leaves an answer of a batch out), P13 (in another
 *    order), P14 (`hide` what it writes, `hideRecent` before a read), P18 (`lockUpTo` the latest date); see `by-order.ts`.
 * 5. `make` gives an organisation: `new Books(info, clock, note, policy)` with a `BookPolicy` (`books/policy.ts`): the chart of a new
 *    company, uuids or numbers for ids, which names and numbers must be unique, how tax is rounded, own settings with their defaults.
 *
 * What a wire calls on `Books` (`books/books.ts`):
 *
 * | To | Call |
 * |---|---|
 * | read | `get(kind, id)`, `list(kind, since?)`, `documents.ofType(types, since?)`, `documents.byNumber`, `part(kind).find(key, folded)`, `filesOf(id)` |
 * | read what changed, deletions too | `changes(kinds, since)`: a record with `deleted` is gone |
 * | change lists | `lists.addParty`, `changeParty`, `removeParty`, `addItem`, `changeItem`, `removeItem`, `addAccount`, `changeAccount`, `addTaxRate`, `attach`, `removeFile` |
 * | write documents | `documents.create(type, input, actor)`, `change`, `open` (a draft is sent), `redraft`, `void`, `remove` |
 * | settle | `payments.record` (lines over one document or several; what is left is on account; credits pay with an amount of 0; a credit note paid back is a payment of its own direction), `change`, `undo`, `of(documentId)`, `leftOf`; `allocate`, `unallocate` |
 * | bank | `bank.deposit`, `removeDeposit`, `addLine`, `removeLine` (a payment with `bankLineId` explains a line), `journal`, `removeJournal` |
 * | locks, sums | `lockedTo(actor)`, `checkLock(date, actor)`, `balances(until?)`, `accountOf(role)`, `nextNumber(prefix, taken)` |
 *
 * Amounts are decimal strings of two digits, above zero whatever the package's signs are; `decimal.ts` has the arithmetic. Every record
 * has `version` (one more with each change: a SyncToken), `createdAt` and `updatedAt`, and `own`: whatever only the wire knows of it,
 * such as fields that it must give back as they came. A change with an expected `version` is refused where that has moved on.
 * `actor` is `{ adviser: call.role === "adviser" }`: the period lock binds all but advisers, the year lock everyone.
 *
 * Every change does all of its work or none. What it refuses it throws as `Refused` (`books/refusal.ts`), with each reason as a code,
 * a field, a line, and the record in the way; the wire has the package's own status and words for them. `wire.test.ts` is the smallest
 * wire there is.
 */

import { Calls, subjectOf } from "#lib/simulator/core/calls.ts";
import type { RefreshToken } from "#lib/simulator/core/grants.ts";
import { Identity } from "#lib/simulator/core/identity.ts";
import { type LimitPolicy, Limits } from "#lib/simulator/core/limits.ts";
import type { OAuthPolicy } from "#lib/simulator/core/oauth-policy.ts";
import type { AnyOrganisation, TenantInfo } from "#lib/simulator/core/organisation.ts";
import { controlOrganisation } from "#lib/simulator/core/organisation-control.ts";
import { servePages } from "#lib/simulator/core/pages.ts";
import { listOfText } from "#lib/simulator/core/settings.ts";
import type { Wire } from "#lib/simulator/core/wire.ts";
import { type Fields, HttpRefusal, isFields, redirect } from "#lib/simulator/http.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";

/** Before everything that the demo's clients date. */
const FOUNDED = Date.UTC(2009, 3, 1);
/** The window that a refresh of tokens counts in, where a package limits that. */
const REFRESH = "refresh";

const FIRST_TENANTS: readonly { name: string; currencies: string[] }[] = [
  { name: "Ashdown Trading Ltd", currencies: ["GBP", "EUR", "USD"] },
  { name: "Brackenfell Pottery Ltd", currencies: ["GBP"] },
  { name: "Calder & Sons (Exports) Ltd", currencies: ["GBP"] },
];

/** One package, as the writer of its wire describes it. */
export type Description<Org extends AnyOrganisation> = {
  /** As in the control paths and, but for the package at the root, in every address. */
  id: string;
  name: string;
  /** Where it is mounted: "" or "/name". */
  mount: string;
  oauth: OAuthPolicy;
  limits: LimitPolicy;
  wire: Wire<Org>;
  /** An organisation's id: always the same for the name of one that is there from the start, a new one for null. */
  tenantId(name: string | null): string;
  make(info: TenantInfo, note: (change: Fields) => void): Org;
  /** Answers a path that is neither a call nor OAuth's: userinfo, a list of connections. False for any other. */
  besides?(
    request: Parameters<SimulatedPackage["serve"]>[0],
    response: Parameters<SimulatedPackage["serve"]>[1],
    url: URL,
    identity: Identity,
    tenants: ReadonlyMap<string, TenantInfo>,
  ): boolean | Promise<boolean>;
  /** Where one of the package's own screen addresses leads among the pages here; null for another path. */
  screen?(url: URL, tenants: Iterable<TenantInfo>, organisation: (id: string) => Org | null): string | null;
};

/** A package with its organisations, made of its description: what the simulator's server and its journal need of it. */
export function simulated<Org extends AnyOrganisation>(
  { clock, journal, client }: Surroundings,
  described: Description<Org>,
): SimulatedPackage {
  const { id: packageId, mount, wire } = described;
  const note = (change: Fields) => journal.note(packageId, change);
  const infos = new Map<string, TenantInfo>();
  const organisations = new Map<string, Org>();
  const first = FIRST_TENANTS.map(
    (one): TenantInfo => ({
      ...one,
      id: described.tenantId(one.name),
      createdAt: FOUNDED,
      currency: "GBP",
    }),
  );
  const found = () => {
    for (const info of first) infos.set(info.id, info);
  };
  found();

  const organisation = (id: string): Org | null => {
    const known = organisations.get(id);
    if (known !== undefined) return known;
    const info = infos.get(id);
    if (info === undefined) return null;
    const made = described.make(info, note);
    organisations.set(id, made);
    return made;
  };
  const limits = new Limits(described.limits);
  const beforeRefresh = (token: RefreshToken) => {
    const enforced = token.tenantId === null || (organisation(token.tenantId)?.settings.limits ?? true);
    const subject = subjectOf(token, token.tenantId ?? "");
    const limited = limits.take(clock.now(), subject, { enforced, only: REFRESH });
    return limited === null ? null : wire.words.tooMany(limited);
  };
  const tenants = { get: (id: string) => infos.get(id), all: () => infos.values() };
  const identity = new Identity(described.oauth, { clock, client, mount, tenants, note, beforeRefresh });
  const calls = new Calls({ clock, journal, identity, limits, wire, tenant: organisation, mount, note });

  const addTenant = (name: string, currencies: readonly string[], limited = true) => {
    const info: TenantInfo = {
      ...(limited ? {} : { limits: false }),
      id: described.tenantId(null),
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
    id: packageId,
    name: described.name,
    mount,
    async serve(request, response, url) {
      if (await calls.serve(request, response, url)) return true;
      const screen = described.screen?.(url, infos.values(), organisation) ?? null;
      if (screen !== null) {
        redirect(response, screen);
        return true;
      }
      const answered =
        (await identity.serve(request, response, url)) ||
        ((await described.besides?.(request, response, url, identity, infos)) ?? false);
      if (answered) journal.flush();
      return answered;
    },
    tenants: () => [...infos.values()].map(({ id, name }) => ({ id, name })),
    reset() {
      infos.clear();
      organisations.clear();
      found();
      identity.grants.clear();
      limits.clear();
      calls.keys.clear();
    },
    restore(change) {
      if (!isFields(change)) return;
      const drop = typeof change.drop === "string" ? change.drop : undefined;
      if (isFields(change.info)) {
        // The journal is this function's own writing: under `info` stands an organisation's.
        const info = change.info as TenantInfo;
        infos.set(info.id, info);
      } else if (typeof change.identity === "string") identity.grants.restore(change.identity, { put: change.put, drop });
      else if (typeof change.key === "string") calls.keys.restore(change.key, change.put);
      else if (typeof change.tenant === "string") {
        const one = organisation(change.tenant);
        if (one === null) return;
        if (isFields(change.state)) one.restoreState(change.state);
        else if (typeof change.kind === "string") one.restore(change.kind, { put: change.put, drop });
      }
    },
    *snapshot() {
      const known = new Set(first.map((info) => info.id));
      for (const info of infos.values()) if (!known.has(info.id)) yield { info };
      yield* identity.grants.snapshot();
      for (const one of organisations.values()) yield* one.snapshot();
      yield* calls.keys.snapshot();
    },
    control(method, rest, query, body) {
      const [id, call, key] = rest;
      if (call === undefined) {
        if (id === "tenants" && method === "GET") return [...infos.values()].map(({ id, name }) => ({ id, name }));
        if (id === "tenants" && method === "POST") return makeTenants(body, addTenant);
        if (id === "tokens" && method === "POST") return grant(identity, body);
        if (id === "app-limit" && method === "PUT") return limitApps(limits, body);
      }
      const one = id === undefined ? null : organisation(id);
      if (one === null) throw new HttpRefusal(404, `There is no organisation ${id ?? ""}`);
      return controlOrganisation(one, { method, call, key, query, body, identity, limits });
    },
    async page(request, response, url, rest) {
      const one = rest[0] === undefined ? null : organisation(rest[0]);
      if (one === null) return false;
      return servePages(one, { packageId, request, response, rest: rest.slice(1), url });
    },
  };
}

function grant(identity: Identity, body: Fields): Fields {
  return identity.grant(listOfText(body.tenants, "tenants") ?? [], {
    role: body.role === "adviser" ? "adviser" : "standard",
    clientId: typeof body.clientId === "string" ? body.clientId : undefined,
    scope: typeof body.scope === "string" ? body.scope : undefined,
  });
}

function limitApps(limits: Limits, body: Fields): { perMinute: number } {
  const perMinute = Number(body.perMinute);
  if (!Number.isInteger(perMinute) || perMinute < 1) throw new HttpRefusal(400, "perMinute must be a whole number above 0");
  limits.limitApps(perMinute);
  return { perMinute };
}

function makeTenants(
  body: Fields,
  addTenant: (name: string, currencies: readonly string[], limits?: boolean) => { id: string; name: string },
) {
  const currencies = listOfText(body.currencies, "currencies") ?? ["GBP", "EUR", "USD"];
  const { name } = body;
  if (typeof name !== "string" || name.trim() === "") throw new HttpRefusal(400, "name must be text");
  if (body.count === undefined) return addTenant(name, currencies);
  const count = Number(body.count);
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new HttpRefusal(400, "count must be a whole number from 1 to 100000");
  return Array.from({ length: count }, (_, position) => addTenant(`${name} ${position + 1}`, currencies, body.limits !== false));
}
