import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import { findAlertSettings, listOwnAmong, saveAlertSettings } from "#db/queries/practice/alerts.ts";
import type { Role } from "#db/schema/people.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

/** What one person is told, and of which clients. */
export const alertSettings = z.strictObject({
  digest: z.boolean(),
  immediate: z.boolean(),
  clients: z.union([
    z.literal("all"),
    z.array(z.uuid()).min(1, "Choose a client, or all of yours.").max(500, "Choose at most 500 clients, or all of yours."),
  ]),
});
export type AlertSettings = z.infer<typeof alertSettings>;

/** A person's choice; until one is made, staff, advisers and administrators are told of all their clients and clients of nothing. */
export async function readAlertSettings(
  db: ScopedDb,
  scope: PracticeScope,
  person: { readonly userId: string; readonly role: Role },
): Promise<AlertSettings> {
  const kept = alertSettings.safeParse(await findAlertSettings(db, scope, person.userId));
  if (kept.success) return kept.data;
  const told = person.role !== "client";
  return { digest: told, immediate: told, clients: "all" };
}

/** Keeps a person's choice. @throws {Refusal} when a client is none of theirs */
export async function chooseAlerts(db: ScopedDb, scope: PracticeScope, userId: string, chosen: AlertSettings): Promise<void> {
  if (chosen.clients !== "all") {
    const own = await listOwnAmong(db, scope, userId, chosen.clients);
    if (own.length !== new Set(chosen.clients).size) throw new Refusal("You do not have this client.", { field: "clients" });
  }
  await saveAlertSettings(db, scope, userId, chosen);
}
