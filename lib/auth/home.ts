import "server-only";
import { redirect } from "next/navigation";
import { listClientSlugsFor } from "#db/queries/people/people.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import type { Staff } from "./staff.ts";

const READING = jobPracticeScope({ userId: null, label: "Sign-in" });

/** Where a person lands: in their client when they see but one, else in the portfolio. */
export async function homeOf(staff: Staff): Promise<string> {
  const slugs = await database().inScope(READING, (db) => listClientSlugsFor(db, READING, staff.userId, 2));
  return slugs.length === 1 ? `/clients/${slugs[0]}` : "/clients";
}

/** Who sees one client alone is always in it: sends them there. */
export async function enterOnlyClient(staff: Staff): Promise<void> {
  const home = await homeOf(staff);
  if (home !== "/clients") redirect(home);
}

/** A path of ours to go on to after sign-in, never another site: what does not look like one is dropped. */
export function safeNext(next: string | string[] | undefined): string | null {
  return typeof next === "string" &&
    /^\/(?![/\\])[\x21-\x7e]*$/.test(next) &&
    !next.includes("\\") &&
    !next.startsWith("/sign-in")
    ? next
    : null;
}
