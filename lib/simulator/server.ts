import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { hostCheck, refuseForeignOrigin } from "#lib/simulator/callers.ts";
import { type ClockState, SimulatorClock } from "#lib/simulator/clock.ts";
import { serveControl } from "#lib/simulator/control.ts";
import { HttpRefusal, isFields, sendHtml } from "#lib/simulator/http.ts";
import { Journal, type JournalEntry } from "#lib/simulator/journal.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";
import { homePage, problemPage } from "#lib/simulator/pages.ts";
import { SIMULATED, type SimulatedId } from "#lib/simulator/registry.ts";

export type SimulatorOptions = {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** Folder whose `simulator-journal.jsonl` keeps the state over restarts; without it everything is in memory. */
  dataDir?: string;
  /** The one OAuth client that each package accepts; one that is left out accepts any. */
  clients?: Partial<Record<SimulatedId, { id: string; secret: string }>>;
  /** Packages in the place of the registry's, for tests. */
  packages?: readonly ((surroundings: Surroundings) => SimulatedPackage)[];
};

export type Simulator = { url: string; port: number; close(): Promise<void> };

/** Starts the simulator and answers once it listens. @throws when the port is taken or the folder cannot be written */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const journal = new Journal(options.dataDir === undefined ? undefined : join(options.dataDir));
  const entries = journal.read();
  const clock = new SimulatorClock(savedClock(entries));
  const registered = (Object.keys(SIMULATED) as SimulatedId[]).map((id) =>
    SIMULATED[id]({ clock, journal, client: options.clients?.[id] ?? null }),
  );
  const packages: readonly SimulatedPackage[] =
    options.packages?.map((make) => make({ clock, journal, client: null })) ?? registered;
  for (const [part, change] of entries) {
    const one = packages.find((candidate) => candidate.id === part);
    if (one === undefined) continue;
    if (isFields(change) && change.reset === true) one.reset();
    else one.restore(change);
  }
  journal.compact(everything(clock, packages));

  const isOurs = hostCheck(options.host);
  const server = createServer((request, response) => {
    serve(request, response, { clock, journal, packages, isOurs }).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const status = error instanceof HttpRefusal ? error.status : 500;
      if (status === 500)
        process.stderr.write(`simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      sendHtml(response, status, problemPage(status, error instanceof Error ? error.message : "Something went wrong"));
    });
  });
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const host = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        clock.close();
        server.close(() => {
          journal.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  simulator: {
    clock: SimulatorClock;
    journal: Journal;
    packages: readonly SimulatedPackage[];
    isOurs: (host: string | undefined) => boolean;
  },
): Promise<void> {
  if (!simulator.isOurs(request.headers.host)) throw new HttpRefusal(421, "This machine is not called that");
  const url = new URL(request.url ?? "/", "http://simulator.invalid");
  if (url.pathname.startsWith("/_control/")) return serveControl(request, response, url, simulator);
  for (const one of simulator.packages) {
    const own = below(url, one.mount);
    if (own !== null && (await one.serve(request, response, own))) return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") refuseForeignOrigin(request);
  if (url.pathname === "/")
    return sendHtml(response, 200, homePage(simulator.packages, simulator.clock, url.searchParams.get("q") ?? ""));
  const [first, ...rest] = url.pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const named = simulator.packages.find((one) => one.id === first);
  if (named !== undefined && (await named.page(request, response, url, rest))) {
    simulator.journal.flush();
    return;
  }
  throw new HttpRefusal(404, "There is no such page");
}

/** An address below where a package is mounted; null for one that is not. */
function below(url: URL, mount: string): URL | null {
  if (mount === "") return url;
  if (!url.pathname.startsWith(`${mount}/`)) return null;
  return new URL(`${url.pathname.slice(mount.length)}${url.search}`, url);
}

function savedClock(entries: readonly JournalEntry[]): ClockState | undefined {
  const change = entries.findLast(([part]) => part === "clock")?.[1];
  if (!isFields(change)) return undefined;
  const { id, version, anchorMs, realAnchorMs, scale } = change;
  if (typeof id !== "string" || typeof version !== "number" || typeof anchorMs !== "number") return undefined;
  if (typeof realAnchorMs !== "number" || typeof scale !== "number") return undefined;
  return { id, version, anchorMs, realAnchorMs, scale };
}

function* everything(clock: SimulatorClock, packages: readonly SimulatedPackage[]): Generator<JournalEntry> {
  yield ["clock", clock.state()];
  for (const one of packages) for (const change of one.snapshot()) yield [one.id, change];
}
