import { and, eq, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { userSettings } from "#db/schema/work.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

/** One small setting of a person, as it was written; undefined where there is none. */
export async function findUserSetting(db: ScopedDb, _scope: PracticeScope, userId: string, key: string): Promise<unknown> {
  const [row] = await db
    .select({ value: userSettings.value })
    .from(userSettings)
    .where(and(eq(userSettings.userId, userId), eq(userSettings.key, key)));
  return row?.value;
}

/** Keeps one small setting of a person. */
export async function saveUserSetting(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  key: string,
  value: unknown,
): Promise<void> {
  await db
    .insert(userSettings)
    .values({ userId, key, value })
    .onConflictDoUpdate({ target: [userSettings.userId, userSettings.key], set: { value: sql`excluded.value` } });
}
