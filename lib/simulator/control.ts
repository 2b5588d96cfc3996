import type { IncomingMessage, ServerResponse } from "node:http";
import { needJson, refuseForeignOrigin } from "#lib/simulator/callers.ts";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { HttpRefusal, readJson, sendJson } from "#lib/simulator/http.ts";
import type { Journal } from "#lib/simulator/journal.ts";
import type { SimulatedPackage } from "#lib/simulator/package.ts";

const LONG_POLL_MS = 25_000;

function clockAnswer(clock: SimulatorClock) {
  return { id: clock.id, now: new Date(clock.now()).toISOString(), scale: clock.scale, version: clock.version };
}

/** Answers every call under `/_control/`: JSON in and out, `{"error": "…"}` when refused. */
export async function serveControl(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  simulator: { clock: SimulatorClock; journal: Journal; packages: readonly SimulatedPackage[] },
): Promise<void> {
  const { clock, journal, packages } = simulator;
  const method = request.method ?? "GET";
  const [first, ...rest] = url.pathname
    .split("/")
    .slice(2)
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  try {
    refuseForeignOrigin(request);
    if (method !== "GET" && method !== "HEAD") needJson(request);
    const body = method === "GET" || method === "DELETE" ? {} : await readJson(request);
    if (first === "clock" && rest.length === 0) {
      if (method === "GET") {
        const after = url.searchParams.get("after");
        if (after !== null) {
          const gone = new AbortController();
          response.on("close", () => gone.abort());
          await clock.changed(Number(after), LONG_POLL_MS, gone.signal);
          if (gone.signal.aborted) return;
        }
        return sendJson(response, 200, clockAnswer(clock));
      }
      if (method === "POST") {
        const change: { nowMs?: number; scale?: number } = {};
        if (body.now !== undefined) {
          const nowMs = typeof body.now === "string" ? Date.parse(body.now) : Number.NaN;
          if (Number.isNaN(nowMs)) throw new HttpRefusal(400, "now must be an ISO 8601 time");
          change.nowMs = nowMs;
        }
        if (body.scale !== undefined) {
          if (typeof body.scale !== "number" || !(body.scale >= 0 && body.scale <= 1_000_000)) {
            throw new HttpRefusal(400, "scale must be a number from 0 to 1000000");
          }
          change.scale = body.scale;
        }
        clock.set(change);
        journal.note("clock", clock.state());
        journal.flush();
        return sendJson(response, 200, clockAnswer(clock));
      }
    }
    if (first === "reset" && rest.length === 0 && method === "POST") {
      const chosen = body.package === undefined ? packages : packages.filter((one) => one.id === body.package);
      if (chosen.length === 0) throw new HttpRefusal(404, `There is no package ${String(body.package)}`);
      if (body.package === undefined) {
        clock.reset();
        journal.note("clock", clock.state());
      }
      for (const one of chosen) {
        one.reset();
        journal.note(one.id, { reset: true });
      }
      journal.flush();
      return sendJson(response, 200, {});
    }
    const named = packages.find((one) => one.id === first);
    const answer = named?.control(method, rest, url.searchParams, body);
    journal.flush();
    if (answer === undefined) throw new HttpRefusal(404, `There is no control call ${method} ${url.pathname}`);
    sendJson(response, 200, answer);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    sendJson(response, error.status, { error: error.message });
  }
}
