import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import { listGridSettings } from "#db/queries/people/grid-settings.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

/** A grid's name in addresses and settings. */
export const gridName = z.string().regex(/^[a-z][a-z-]{0,39}$/);

/** What a person may keep of one grid; every part is capped, since a browser sends it. */
export const gridSettings = z.strictObject({
  columns: z.array(z.string().max(40)).min(1).max(40).nullable(),
  views: z.array(z.strictObject({ name: z.string().trim().min(1).max(60), search: z.string().max(2_000) })).max(20),
});
export type GridSettings = z.infer<typeof gridSettings>;

/** A person's settings by grid; what an older version wrote in another shape is passed over. */
export async function readGridSettings(
  db: ScopedDb,
  scope: PracticeScope,
  userId: string,
): Promise<Readonly<Record<string, GridSettings>>> {
  const rows = await listGridSettings(db, scope, userId);
  return Object.fromEntries(
    rows.flatMap(({ grid, value }) => {
      const kept = gridSettings.safeParse(value);
      return kept.success ? [[grid, kept.data] as const] : [];
    }),
  );
}
