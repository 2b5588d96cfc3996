import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { findLiveSession, touchSession } from "#db/queries/people/people.ts";
import type { Role } from "#db/schema/people.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import { sessionTokenSha } from "./cookie.ts";

/** A person who is signed in. */
export interface Staff {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly sessionId: string;
}

/** Requests that a page makes by itself (polling) carry this header: they do not count as the person being there. */
const BACKGROUND_HEADER = "x-greentick-background";

const READING_SESSIONS = jobPracticeScope({ userId: null, label: "Sign-in" });

/**
 * Who is signed in, looked up in the sessions table on every request: a sign-out, an administrator's "end sessions" or a
 * disabled user is null at once. Idle for 30 minutes or 12 hours old is null too.
 */
export const signedIn = cache(async (): Promise<Staff | null> => {
  const tokenSha = await sessionTokenSha();
  if (!tokenSha) return null;
  const background = (await headers()).get(BACKGROUND_HEADER) === "1";
  return database().inScope(READING_SESSIONS, async (db) => {
    const session = await findLiveSession(db, READING_SESSIONS, tokenSha);
    if (!session) return null;
    const { stale, ...staff } = session;
    if (stale && !background) await touchSession(db, READING_SESSIONS, staff.sessionId);
    return staff;
  });
});

/** As {@link signedIn}, for pages: whoever is not signed in is sent to the sign-in page. */
export async function requireStaff(): Promise<Staff> {
  const staff = await signedIn();
  if (staff) return staff;
  const path = (await headers()).get("x-greentick-path");
  redirect(path && path !== "/" ? `/sign-in?next=${encodeURIComponent(path)}` : "/sign-in");
}
