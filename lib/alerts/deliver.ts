import { createTransport, type Transporter } from "nodemailer";
import type { Database } from "#db/client.ts";
import {
  claimAlerts,
  type Delivery,
  findMailbox,
  findWebhook,
  noteDelivery,
  type Outgoing,
  releaseStaleAlerts,
} from "#db/queries/alerts.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { type SecretKeys, unseal, webhookPlace } from "#lib/connections/secrets.ts";
import { log, scrub } from "#lib/log.ts";
import { PrivateAddress } from "./addresses.ts";
import { post } from "./webhook.ts";

/** Waits before each further try, in seconds on the one clock; after the last one the message has failed. */
const AGAIN_SECONDS: readonly number[] = [30, 120, 600, 1_800, 3_600, 10_800, 21_600];
const AT_ONCE = 20;
/** How long a process may take over what it has claimed, in real seconds, before it counts as dead. */
const CLAIM_SECONDS = 120;

export interface DeliverySettings {
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly allowPrivate: boolean;
  readonly keys: SecretKeys;
}

/**
 * Sends what waits in the outbox. Any number of workers may: each message is claimed in a commit of its own before a byte leaves.
 * @returns how many were tried
 */
export async function deliverAlerts(database: Database, settings: DeliverySettings): Promise<number> {
  const scope = jobPracticeScope();
  await database.inScope(scope, (db) => releaseStaleAlerts(db, scope));
  const due = await database.inScope(scope, (db) => claimAlerts(db, scope, AT_ONCE, CLAIM_SECONDS));
  if (due.length === 0) return 0;
  const mail = openMail(settings);
  try {
    for (const message of due) {
      const delivery =
        message.channel === "email"
          ? await sendMail(database, mail, message, settings)
          : await sendPost(database, message, settings);
      if (delivery.outcome !== "sent") {
        log.warn(
          { alertId: message.id, channel: message.channel, event: message.event, fault: delivery.fault },
          "an alert was not sent",
        );
      }
      await database.inScope(scope, (db) => noteDelivery(db, scope, message.id, delivery));
    }
  } finally {
    mail?.close();
  }
  return due.length;
}

function openMail({ smtpUrl }: DeliverySettings): Transporter | null {
  if (smtpUrl === undefined) return null;
  return createTransport({
    url: smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

async function sendMail(
  database: Database,
  mail: Transporter | null,
  message: Outgoing,
  { from }: DeliverySettings,
): Promise<Delivery> {
  if (mail === null || from === undefined)
    return { outcome: "failed", fault: "E-mail is not set up: the worker has no SMTP_URL and ALERTS_FROM." };
  const scope = jobPracticeScope();
  const to = await database.inScope(scope, (db) => findMailbox(db, scope, message.targetId));
  if (to === null) return { outcome: "failed", fault: "The user is gone or disabled." };
  try {
    await mail.sendMail({
      from,
      to,
      subject: message.subject,
      text: message.text,
      messageId: `<${message.id}@greentick>`,
      headers: { "Auto-Submitted": "auto-generated" },
    });
    return { outcome: "sent" };
  } catch (error) {
    const { responseCode, command } = smtpFault(error);
    const said = wordsOf(error);
    // A yes to the whole message may have been on its way: a second one would be a repeat.
    if (responseCode === null && command === "DATA")
      return { outcome: "failed", fault: `It may have arrived, and is not sent again: ${said}` };
    if (responseCode !== null && responseCode >= 500) return { outcome: "failed", fault: said };
    return again(message, said);
  }
}

/** nodemailer puts the server's code and the command under way on its errors. */
function smtpFault(error: unknown): { responseCode: number | null; command: string | null } {
  const held = typeof error === "object" && error !== null ? error : {};
  return {
    responseCode: "responseCode" in held && typeof held.responseCode === "number" ? held.responseCode : null,
    command: "command" in held && typeof held.command === "string" ? held.command : null,
  };
}

async function sendPost(database: Database, message: Outgoing, { keys, allowPrivate }: DeliverySettings): Promise<Delivery> {
  const scope = jobPracticeScope();
  const webhook = await database.inScope(scope, (db) => findWebhook(db, scope, message.targetId));
  if (webhook === null) return { outcome: "failed", fault: "The webhook was removed." };
  try {
    const status = await post({
      url: webhook.url,
      secret: unseal(webhook.secretSealed, webhookPlace(webhook.id), keys),
      deliveryId: message.id,
      event: message.event,
      body: JSON.stringify({ id: message.id, event: message.event, at: message.createdAt.toISOString(), ...message.body }),
      timestamp: Math.floor(now().getTime() / 1000),
      allowPrivate,
    });
    if (status >= 200 && status < 300) return { outcome: "sent" };
    if (status === 410) return { outcome: "failed", fault: "It answered 410: it wants no more of them." };
    return again(message, `It answered ${status}.`);
  } catch (error) {
    if (error instanceof PrivateAddress)
      return { outcome: "failed", fault: `${error.message}: nothing was posted. ALERT_WEBHOOK_PRIVATE=1 allows it.` };
    return again(message, wordsOf(error));
  }
}

function again(message: Outgoing, fault: string): Delivery {
  const afterSeconds = AGAIN_SECONDS[message.tries - 1];
  return afterSeconds === undefined
    ? { outcome: "failed", fault: `${fault} Tried ${message.tries} times.` }
    : { outcome: "again", afterSeconds, fault };
}

function wordsOf(error: unknown): string {
  return scrub(error instanceof Error ? error.message : String(error)).slice(0, 300);
}
