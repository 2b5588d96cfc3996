import { and, eq, inArray, or, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { importAnswers } from "#db/schema/operational.ts";

/** Every answer that may hold for a file under this profile: those for headings, and those about the client. */
export async function listAnswers(db: ScopedDb, scope: ClientScope, profileName: string) {
  const { headings, questionId, value, answeredBy, answeredAt } = importAnswers;
  return db
    .select({ headings, questionId, value, answeredBy, answeredAt })
    .from(importAnswers)
    .where(
      and(
        eq(importAnswers.clientId, scope.clientId),
        or(eq(importAnswers.profileName, profileName), eq(importAnswers.profileName, "")),
      ),
    );
}

/** Keeps an answer; the latest holds. */
export async function saveAnswer(
  db: ScopedDb,
  scope: ClientScope,
  answer: { profileName: string; headings: string; questionId: string; value: string },
): Promise<void> {
  const said = { value: answer.value, answeredBy: scope.actor.label, answeredAt: sql`app.now()` };
  await db
    .insert(importAnswers)
    .values({ clientId: scope.clientId, ...answer, ...said })
    .onConflictDoUpdate({
      target: [importAnswers.clientId, importAnswers.profileName, importAnswers.headings, importAnswers.questionId],
      set: said,
    });
}

export async function forgetAnswers(
  db: ScopedDb,
  scope: ClientScope,
  of: { profileName: string; headings: string; questionIds: readonly string[] },
): Promise<void> {
  if (of.questionIds.length === 0) return;
  await db
    .delete(importAnswers)
    .where(
      and(
        eq(importAnswers.clientId, scope.clientId),
        eq(importAnswers.profileName, of.profileName),
        eq(importAnswers.headings, of.headings),
        inArray(importAnswers.questionId, [...of.questionIds]),
      ),
    );
}
