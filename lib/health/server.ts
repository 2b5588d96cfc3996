import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Database } from "#db/client.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { measureRequests } from "#lib/watching/durations.ts";
import { countProcess, metrics } from "#lib/watching/metrics.ts";
import { readiness } from "./health.ts";
import { standingOver } from "./standing.ts";

export interface WatchServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Gives this process's figures on a port of their own, which is nobody's but the operator's: `/metrics` to who knows the token,
 * `/healthz` (the process) and `/readyz` (its database, tables and key) to any probe that reaches the port.
 */
export async function serveFigures(
  database: Database,
  options: { readonly host: string; readonly port: number; readonly token: string },
): Promise<WatchServer> {
  const standing = standingOver(database);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers }).end(body);
    const path = (request.url ?? "/").split("?", 1)[0];
    if (request.method !== "GET") return answer(405, "text/plain", "Only GET is answered here.\n", { Allow: "GET" });
    if (path === "/healthz") return answer(200, "application/json", '{"alive":true}');
    if (path === "/readyz") {
      readiness(database).then(
        (state) => answer(state.ready ? 200 : 503, "application/json", JSON.stringify(state)),
        () => answer(503, "application/json", '{"ready":false}'),
      );
      return;
    }
    if (path !== "/metrics") return answer(404, "text/plain", "Nothing is here.\n");
    if (!bears(request.headers.authorization, options.token)) {
      return answer(401, "text/plain", "The token is missing or wrong.\n", { "WWW-Authenticate": "Bearer" });
    }
    standing()
      // What counts itself is given even when the database does not answer.
      .catch((error: unknown) => log.warn({ error }, "the tables could not be read for figures"))
      .then(() => metrics().registry.metrics())
      .then(
        (body) => answer(200, metrics().registry.contentType, body),
        () => answer(500, "text/plain", "The figures could not be written.\n"),
      );
  });
  await listening(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Starts what `METRICS_PORT` asks for in this process; null where it is not set, and then nothing is measured. */
export async function watchProcess(database: Database): Promise<WatchServer | null> {
  const { METRICS_PORT, METRICS_HOST, METRICS_TOKEN, APP_URL } = env();
  if (METRICS_PORT === undefined || METRICS_TOKEN === undefined) return null;
  countProcess();
  measureRequests(APP_URL.startsWith("https://") ? "https" : "http");
  return serveFigures(database, { host: METRICS_HOST, port: METRICS_PORT, token: METRICS_TOKEN });
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(`METRICS_PORT: port ${port} on ${host} cannot be used: ${error.message}`)));
    server.listen({ host, port }, resolve);
  });
}

/** Compared by hashes, so that the time taken tells nothing, not even a length. */
function bears(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}
