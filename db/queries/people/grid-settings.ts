import { and, eq, like } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { userSettings } from "#db/schema/work.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { saveUserSetting } from "./user-settings.ts";

const PREFIX = "grid.";

/** What a person keeps of their grids, by grid; as it was written, to be read with care. */
export async function listGridSettings(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
): Promise<readonly { readonly grid: string; readonly value: unknown }[]> {
  const rows = await db
    .select({ key: userSettings.key, value: userSettings.value })
    .from(userSettings)
    .where(and(eq(userSettings.userId, userId), like(userSettings.key, `${PREFIX}%`)));
  return rows.map(({ key, value }) => ({ grid: key.slice(PREFIX.length), value }));
}

/** Keeps one grid's settings; null forgets them. */
export async function saveGridSettings(
  db: ScopedDb,
  scope: PracticeScope,
  userId: string,
  grid: string,
  value: Readonly<Record<string, unknown>> | null,
): Promise<void> {
  const key = `${PREFIX}${grid}`;
  if (value === null) {
    await db.delete(userSettings).where(and(eq(userSettings.userId, userId), eq(userSettings.key, key)));
    return;
  }
  await saveUserSetting(db, scope, userId, key, value);
}
