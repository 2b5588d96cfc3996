import { createHash } from "node:crypto";
import { unsafeFindClientOfState } from "#db/queries/connections/setup.ts";
import { staffRoute } from "#lib/auth/route.ts";
import { practiceScopeFor, scopeFor } from "#lib/auth/scope.ts";
import type { Staff } from "#lib/auth/staff.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { completeConnect } from "#lib/setup/connect.ts";
import { refusedCookie } from "#lib/setup/flash.ts";
import { readListsNow } from "#lib/setup/refresh-lists.ts";
import { database } from "#lib/web.ts";

function redirectTo(path: string, cookie?: string): Response {
  const headers = new Headers({
    Location: `${env().APP_URL}${path}`,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
  });
  if (cookie !== undefined) headers.set("Set-Cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/** The slug of the client that this way back belongs to, as far as the state tells and the person may see it. */
async function slugOfState(staff: Staff, state: string): Promise<string | null> {
  const practice = await practiceScopeFor(staff, "connect");
  if (!practice) return null;
  const stateSha = createHash("sha256").update(state).digest("hex");
  const clientId = await database().inScope(practice, (db) => unsafeFindClientOfState(db, practice, stateSha));
  return clientId === null ? null : slugOf(staff, clientId);
}

async function slugOf(staff: Staff, clientId: string): Promise<string | null> {
  return (await scopeFor(staff, clientId, "connect"))?.client.slug ?? null;
}

/** Where the package sends the browser back to after its consent page. */
export const GET = staffRoute({
  name: "connection.callback",
  allow: "connect",
  method: "GET",
  run: async ({ staff, params, request }) => {
    const packageId = params.package ?? "";
    if (!isPackage(packageId)) throw new Refusal("There is no such package.");
    const returned = new URL(request.url);
    const person = { userId: staff.userId, sessionId: staff.sessionId, label: `${staff.name} <${staff.email}>` };
    try {
      const result = await completeConnect(database(), person, packageId, returned);
      const access = await scopeFor(staff, result.clientId, "connect");
      if (!access) throw new Refusal("You do not have this client.");
      const setup = `/clients/${access.client.slug}/setup`;
      if (result.outcome === "choose") return redirectTo(`${setup}/choose?choice=${result.choiceId}`);
      await readListsNow(database(), access.scope);
      return redirectTo(`${setup}?connected=1`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.info({ code: error.code, package: packageId }, "a consent was not taken");
      const slug = await slugOfState(staff, returned.searchParams.get("state") ?? "");
      if (slug === null) throw error;
      return redirectTo(`/clients/${slug}/setup?refused=1`, refusedCookie(error.message, env().APP_URL.startsWith("https:")));
    }
  },
});
