import { randomBytes, randomUUID } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { findWebhook, insertWebhook, listWebhooks, queueFor, removeWebhook } from "#db/queries/alerts.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { type SecretKeys, seal, webhookPlace } from "#lib/connections/secrets.ts";
import { refuseAddress } from "./addresses.ts";

const MOST = 20;

export interface NewWebhook {
  readonly name: string;
  readonly url: string;
  readonly digest: boolean;
  readonly immediate: boolean;
}

/**
 * Adds a webhook of the practice's; its secret is told this once and kept encrypted.
 * @throws {Refusal} for an address that may not be posted to, and for more than twenty
 */
export async function addWebhook(
  db: ScopedDb,
  scope: PracticeScope,
  webhook: NewWebhook,
  settings: { readonly keys: SecretKeys; readonly allowPrivate: boolean },
): Promise<{ id: string; secret: string }> {
  const url = refuseAddress(webhook.url, settings.allowPrivate);
  if ((await listWebhooks(db, scope)).length >= MOST) throw new Refusal(`There are ${MOST} webhooks already. Remove one first.`);
  const id = randomUUID();
  const secret = `gtw_${randomBytes(32).toString("base64url")}`;
  await insertWebhook(db, scope, { ...webhook, id, url: url.href, secretSealed: seal(secret, webhookPlace(id), settings.keys) });
  return { id, secret };
}

/** @throws {Refusal} when it is gone */
export async function endWebhook(db: ScopedDb, scope: PracticeScope, id: string): Promise<{ name: string }> {
  const name = await removeWebhook(db, scope, id);
  if (name === null) throw new Refusal("This webhook has been removed.");
  return { name };
}

/** Puts a test out for a webhook, or for a person by e-mail. @throws {Refusal} when the webhook is gone */
export async function queueTest(
  db: ScopedDb,
  scope: PracticeScope,
  target: { readonly channel: "email" | "webhook"; readonly id: string },
): Promise<{ name: string | null }> {
  const webhook = target.channel === "webhook" ? await findWebhook(db, scope, target.id) : null;
  if (target.channel === "webhook" && webhook === null) throw new Refusal("This webhook has been removed.");
  await queueFor(db, scope, target, {
    event: "test",
    eventKey: `test:${randomUUID()}`,
    clientId: null,
    subject: "Greentick: a test",
    text: `This is a test requested by ${scope.actor.label}. Alerts will arrive here.\n`,
    body: { test: true },
  });
  return { name: webhook?.name ?? null };
}
