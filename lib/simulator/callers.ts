import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { HttpRefusal } from "#lib/simulator/http.ts";

/** Every address there is: the simulator was put on the network on purpose. */
const EVERYWHERE = new Set(["0.0.0.0", "::", "[::]"]);
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Makes the question whether a Host is one of the simulator's own. A page of another site can point a name of its own at this machine
 * (DNS rebinding) and is then of one origin with it; the name in `Host` gives it away.
 *
 * @param listening the address that it listens on, `SIMULATOR_HOST`
 */
export function hostCheck(listening: string): (host: string | undefined) => boolean {
  const own = listening.includes(":") && !listening.startsWith("[") ? `[${listening}]` : listening.toLowerCase();
  const everywhere = EVERYWHERE.has(own);
  const machine = hostname().toLowerCase();
  return (host) => {
    if (host === undefined || !URL.canParse(`http://${host}`)) return false;
    const name = new URL(`http://${host}`).hostname;
    if (LOOPBACK.test(name) || name === own) return true;
    // On the network it is reached by address, by this machine's name, or by a name that only a private network knows.
    return everywhere && (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === machine || !name.includes("."));
  };
}

/**
 * Refuses what a page of another site asks for, before anything of it is read or done: its Origin is not ours, or, where a browser sends
 * none, it says itself that it comes from elsewhere. A program that is no browser says neither.
 *
 * @throws {HttpRefusal} 403
 */
export function refuseForeignOrigin(request: IncomingMessage): void {
  const { origin, host } = request.headers;
  const from = request.headers["sec-fetch-site"];
  if (origin === undefined ? from === undefined || from === "same-origin" || from === "none" : isOwn(origin, host)) return;
  throw new HttpRefusal(403, "This was asked by a page of another site");
}

function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * Control calls speak JSON, which a page of another site cannot send without asking first.
 *
 * @throws {HttpRefusal} 415
 */
export function needJson(request: IncomingMessage): void {
  const hasBody = Number(request.headers["content-length"] ?? 0) > 0 || request.headers["transfer-encoding"] !== undefined;
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type === "application/json" || (!hasBody && (type === undefined || type === ""))) return;
  throw new HttpRefusal(415, "A control call's body is JSON: send content-type application/json");
}
