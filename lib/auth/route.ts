import "server-only";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import type { ActionError } from "#lib/common/answer.ts";
import { CONTROL_REFUSED, isPlainAddress } from "#lib/common/control-characters.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addLogContext, log, withLogContext } from "#lib/log.ts";
import { database } from "#lib/web.ts";
import { limiters, take } from "./limits.ts";
import { isOwnOrigin } from "./origin.ts";
import { can, type Permission, whoMay } from "./permissions.ts";
import { register } from "./registry.ts";
import { accessTo, type ClientRow } from "./scope.ts";
import { type Staff, signedIn } from "./staff.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Params = Readonly<Record<string, string>>;

/** What Next hands a handler beside the request; a route without parameters gets none. */
interface RouteContext {
  readonly params: Promise<Record<string, string | string[] | undefined> | undefined>;
}
export type RouteHandler = (request: Request, context: RouteContext) => Promise<Response>;

const NO_STORE = { "Cache-Control": "no-store" };

/** JSON with `Cache-Control: no-store`; bigints become strings, which `<Amount>` takes. */
export function json(body: unknown, status = 200): Response {
  return new Response(
    JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
    { status, headers: { ...NO_STORE, "Content-Type": "application/json; charset=utf-8" } },
  );
}

function refuse(status: number, error: ActionError): Response {
  return json({ error }, status);
}

/** Who, and for a changing method whose page. A Response is a refusal. */
async function admit(request: Request, method: Method): Promise<Staff | Response> {
  const staff = await signedIn();
  if (!staff) return refuse(401, { code: "signed-out", message: "You are signed out. Sign in again to continue." });
  addLogContext({ userId: staff.userId });
  if (method === "GET") return staff;
  if (!isOwnOrigin(request.headers.get("origin"))) {
    return refuse(403, { code: "origin", message: "This request did not come from this console, so nothing was done." });
  }
  return staff;
}

/** How often, as for an action: after the permission. Null when it may go on. */
async function limited(staff: Staff, method: Method): Promise<Response | null> {
  const seconds = method === "GET" ? null : await take(limiters().mutations, staff.userId);
  if (seconds === null) return null;
  return refuse(429, { code: "limited", message: `That is more than 60 changes in a minute. Try again in ${seconds} seconds.` });
}

function plainParams(params: Awaited<RouteContext["params"]>): Params {
  return Object.fromEntries(
    Object.entries(params ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.join("/") : (value ?? "")]),
  );
}

/** Search parameters as an object; a name given more than once becomes a list. */
function searchOf(request: Request): Record<string, string | string[]> {
  const search: Record<string, string | string[]> = {};
  const given = new URL(request.url).searchParams;
  for (const name of new Set(given.keys())) {
    const all = given.getAll(name);
    search[name] = all.length === 1 ? (all[0] ?? "") : all;
  }
  return search;
}

function finish(name: string, request: Request, work: () => Promise<Response>): Promise<Response> {
  return withLogContext({ requestId: randomUUID() }, () => answered(name, request, work));
}

async function answered(name: string, request: Request, work: () => Promise<Response>): Promise<Response> {
  try {
    if (!isPlainAddress(new URL(request.url))) return refuse(400, { code: "input", message: CONTROL_REFUSED });
    const response = await work();
    if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
    return response;
  } catch (thrown) {
    if (thrown instanceof Refusal) {
      return refuse(422, {
        code: thrown.code,
        message: thrown.message,
        ...(thrown.field === undefined ? {} : { field: thrown.field }),
      });
    }
    const id = randomUUID().slice(0, 8);
    log.error({ id, route: name, error: thrown }, "a handler failed");
    return refuse(500, { code: "internal", message: `Something went wrong on our side. Give this number when you ask: ${id}.` });
  }
}

function badSearch(error: z.ZodError): Response {
  const issue = error.issues[0];
  return refuse(400, {
    code: "input",
    message: issue?.message ?? "The address contains something we cannot use.",
    field: issue?.path.join(".") ?? "",
  });
}

export interface ClientRouteContext<Search> {
  readonly scope: ClientScope;
  readonly client: ClientRow;
  readonly staff: Staff;
  /** The route's own parameters, `client` among them. */
  readonly params: Params;
  readonly search: Search;
  readonly request: Request;
  /** One transaction limited to the client. */
  readonly inScope: <T>(work: (db: ScopedDb) => Promise<T>, look?: "one") => Promise<T>;
}

/**
 * A handler under `app/api/clients/[client]/…`: 401 when signed out, 403 for a changing method without our own Origin, 404 for a
 * client that is not theirs, 403 when their role may not, 400 for search parameters that don't parse; never stored by a cache.
 * Return data (sent as JSON) or a `Response`; throw a `Refusal` for 422.
 */
export function clientRoute<Search extends z.ZodType = z.ZodType<Record<string, never>>>(definition: {
  readonly name: string;
  readonly allow: Permission;
  readonly method: Method;
  readonly search?: Search;
  readonly run: (context: ClientRouteContext<z.output<Search>>) => Promise<unknown>;
}): RouteHandler {
  const { name, allow, method } = definition;
  const handler: RouteHandler = (request, context) =>
    finish(name, request, async () => {
      const staff = await admit(request, method);
      if (staff instanceof Response) return staff;
      const params = plainParams(await context.params);
      const access = await accessTo(staff, params.client ?? "", allow);
      if (access.outcome === "unknown") return refuse(404, { code: "not-found", message: "You do not have this client." });
      if (access.outcome === "forbidden") {
        return refuse(403, { code: "forbidden", message: `Your role may not do this. Ask ${whoMay(allow)}.` });
      }
      addLogContext({ clientId: access.scope.clientId });
      const tooMany = await limited(staff, method);
      if (tooMany) return tooMany;
      const search = (definition.search ?? z.object({})).safeParse(searchOf(request));
      if (!search.success) return badSearch(search.error);
      const result = await definition.run({
        scope: access.scope,
        client: access.client,
        staff,
        params,
        search: search.data as z.output<Search>,
        request,
        inScope: (work, look) => database().inScope(access.scope, work, look),
      });
      return result instanceof Response ? result : json(result);
    });
  return register(handler, { name, allow, scope: "client" });
}

/** A handler that belongs to no one client, for signed-in people: the OAuth callback, the practice's own lists. */
export function staffRoute<Search extends z.ZodType = z.ZodType<Record<string, never>>>(definition: {
  readonly name: string;
  readonly allow: Permission;
  readonly method: Method;
  readonly search?: Search;
  readonly run: (context: { staff: Staff; params: Params; search: z.output<Search>; request: Request }) => Promise<unknown>;
}): RouteHandler {
  const { name, allow, method } = definition;
  const handler: RouteHandler = (request, context) =>
    finish(name, request, async () => {
      const staff = await admit(request, method);
      if (staff instanceof Response) return staff;
      if (!can(staff.role, allow))
        return refuse(403, { code: "forbidden", message: `Your role may not do this. Ask ${whoMay(allow)}.` });
      const tooMany = await limited(staff, method);
      if (tooMany) return tooMany;
      const search = (definition.search ?? z.object({})).safeParse(searchOf(request));
      if (!search.success) return badSearch(search.error);
      const result = await definition.run({
        staff,
        params: plainParams(await context.params),
        search: search.data as z.output<Search>,
        request,
      });
      return result instanceof Response ? result : json(result);
    });
  return register(handler, { name, allow, scope: "practice" });
}
