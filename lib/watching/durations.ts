import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { metrics } from "./metrics.ts";

/** Node's own channels: no request is wrapped, and nothing is counted by a process that gives no figures. */
export function measureRequests(scheme: "http" | "https"): void {
  const served = new WeakMap<object, number>();
  on<{ request: IncomingMessage }>("http.server.request.start", ({ request }) => served.set(request, performance.now()));
  on<{ request: IncomingMessage; response: ServerResponse }>("http.server.response.finish", ({ request, response }) => {
    const seconds = since(served, request);
    if (seconds === null) return;
    const { statusCode } = response;
    metrics().server.observe(
      {
        http_request_method: methodOf(request.method),
        http_response_status_code: statusCode,
        http_route: knownRoute(routeOf(request.url ?? "/"), statusCode),
        url_scheme: scheme,
      },
      seconds,
    );
  });

  const made = new WeakMap<object, number>();
  const done = (request: object, method: string | undefined, address: string, status: number | "", error: string) => {
    const seconds = since(made, request);
    if (seconds === null) return;
    const labels = {
      http_request_method: methodOf(method),
      http_response_status_code: status,
      server_address: address,
      error_type: error,
    };
    metrics().client.observe(labels, seconds);
  };
  on<{ request: ClientRequest }>("http.client.request.start", ({ request }) => made.set(request, performance.now()));
  on<{ request: ClientRequest; response: IncomingMessage }>("http.client.response.finish", ({ request, response }) =>
    done(request, request.method, request.host, response.statusCode ?? "", ""),
  );
  on<{ request: ClientRequest; error: unknown }>("http.client.request.error", ({ request, error }) =>
    done(request, request.method, request.host, "", typeOf(error)),
  );
  // `fetch` is undici's.
  interface Fetched {
    readonly method?: string;
    readonly origin?: string | URL;
  }
  on<{ request: Fetched }>("undici:request:create", ({ request }) => made.set(request, performance.now()));
  on<{ request: Fetched; response: { statusCode: number } }>("undici:request:headers", ({ request, response }) =>
    done(request, request.method, hostOf(request.origin), response.statusCode, ""),
  );
  on<{ request: Fetched; error: unknown }>("undici:request:error", ({ request, error }) =>
    done(request, request.method, hostOf(request.origin), "", typeOf(error)),
  );
}

/** The messages of a channel have the shape that Node's documentation gives them. */
function on<Message>(channel: string, handle: (message: Message) => void): void {
  subscribe(channel, (message) => handle(message as Message));
}

function since(begun: WeakMap<object, number>, request: object): number | null {
  const began = begun.get(request);
  begun.delete(request);
  return began === undefined ? null : (performance.now() - began) / 1000;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const methodOf = (method: string | undefined) => (method !== undefined && METHODS.has(method) ? method : "_OTHER");

function typeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "error";
}

function hostOf(origin: string | URL | undefined): string {
  return origin === undefined || !URL.canParse(origin) ? "" : new URL(origin).hostname;
}

const MOST_ROUTES = 500;
const routes = new Set<string>();

/**
 * The route, once it has been seen to be one: anybody may ask for any path, and each would be a series of its own for as long as the
 * process lives. A refusal or a redirect shows nothing; the empty text stands for what is not known.
 */
function knownRoute(route: string, status: number): string {
  const shows = (status >= 200 && status < 300) || status >= 500;
  if (shows && routes.size < MOST_ROUTES) routes.add(route);
  return status !== 404 && routes.has(route) ? route : "";
}

const MOST_PARTS = 8;

/**
 * A path with what names a client, a record or a file taken out: a label of a figure may take few values, and tells nothing of anyone.
 * `/clients/ashdown/documents/6c1f…` is `/clients/[client]/documents/[id]`.
 */
export function routeOf(url: string): string {
  const parts = (url.split(/[?#]/, 1)[0] ?? "").split("/").filter((part) => part !== "");
  if (parts[0] === "_next") return "/_next";
  const shown = parts.slice(0, MOST_PARTS).map((part, at) => {
    const before = parts[at - 1];
    if (before === "clients" || before === "print") return "[client]";
    return /^[a-z]{2,20}(-[a-z]{2,20})*$/.test(part) ? part : "[id]";
  });
  return `/${shown.join("/")}`;
}
