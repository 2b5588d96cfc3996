import { createTransport, type SendMailOptions } from "nodemailer";
import { parseConnectionUrl } from "nodemailer/lib/shared/index.js";
import type { Database } from "#db/client.ts";
import {
  claimAlerts,
  type Delivery,
  findMailbox,
  findWebhook,
  noteDelivery,
  type Outgoing,
  releaseStaleAlerts,
} from "#db/queries/practice/alerts.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { type SecretKeys, unseal, webhookPlace } from "#lib/common/secrets.ts";
import { log, scrub } from "#lib/log.ts";
import { PrivateAddress } from "./addresses.ts";
import { post } from "./webhook.ts";

/** Waits before each further try, in seconds on the one clock; after the last one the message has failed. */
const AGAIN_SECONDS: readonly number[] = [30, 120, 600, 1_800, 3_600, 10_800, 21_600];
/** Messages of one run of the job. */
const MOST = 100;
/** How long a process may take over one message, in real seconds, before it counts as dead: more than all of SMTP's waits together. */
const CLAIM_SECONDS = 300;

export interface DeliverySettings {
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly allowPrivate: boolean;
  readonly keys: SecretKeys;
}

/**
 * Sends what waits in the outbox. Any number of workers may: each message is claimed in a commit of its own just before its bytes leave,
 * so that none waits, claimed, behind a slow receiver until its worker counts as dead.
 * @param stopping ends the run after the message under way
 * @returns how many were tried
 */
export async function deliverAlerts(database: Database, settings: DeliverySettings, stopping?: AbortSignal): Promise<number> {
  const scope = jobPracticeScope();
  await database.inScope(scope, (db) => releaseStaleAlerts(db, scope));
  let tried = 0;
  let mail: Mail | null = null;
  try {
    while (tried < MOST && !stopping?.aborted) {
      const claimed = await database.inScope(scope, (db) => claimAlerts(db, scope, 1, CLAIM_SECONDS));
      if (claimed.length === 0) break;
      for (const message of claimed) {
        tried += 1;
        if (message.channel === "email") mail ??= openMail(settings);
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
    }
  } finally {
    mail?.close();
  }
  return tried;
}

interface Mail {
  /** @throws what nodemailer throws */
  send(message: SendMailOptions): Promise<void>;
  /** Whether the text of the last message may have been on its way. */
  readonly leaving: boolean;
  close(): void;
}

function openMail({ smtpUrl }: DeliverySettings): Mail | null {
  if (smtpUrl === undefined) return null;
  let leaving = false;
  const ignore = () => {};
  // An error says only that the connection was lost; the commands as they leave are told to the log alone.
  const record = (entry: unknown, said: unknown) => {
    if (said === "DATA" && typeof entry === "object" && entry !== null && "tnx" in entry && entry.tnx === "client")
      leaving = true;
  };
  const transport = createTransport({
    // Given as `url` it would be all that is read: the waits and refusals below would count for nothing.
    ...parseConnectionUrl(smtpUrl),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    transactionLog: true,
    logger: { level: ignore, trace: ignore, debug: record, info: ignore, warn: ignore, error: ignore, fatal: ignore },
  });
  return {
    async send(message) {
      leaving = false;
      await transport.sendMail(message);
    },
    get leaving() {
      return leaving;
    },
    close: () => transport.close(),
  };
}

async function sendMail(database: Database, mail: Mail | null, message: Outgoing, { from }: DeliverySettings): Promise<Delivery> {
  if (mail === null || from === undefined)
    return { outcome: "failed", fault: "E-mail is not set up: the worker has no SMTP_URL and ALERTS_FROM." };
  const scope = jobPracticeScope();
  const to = await database.inScope(scope, (db) => findMailbox(db, scope, message.targetId));
  if (to === null) return { outcome: "failed", fault: "The user was deleted or disabled." };
  try {
    await mail.send({
      from,
      to,
      subject: message.subject,
      text: message.text,
      messageId: `<${message.id}@greentick>`,
      headers: { "Auto-Submitted": "auto-generated" },
    });
    return { outcome: "sent" };
  } catch (error) {
    const responseCode = responseCodeOf(error);
    const said = wordsOf(error);
    // A yes to the whole message may have been on its way: a second one would be a repeat.
    if (responseCode === null && mail.leaving)
      return { outcome: "failed", fault: `It may have arrived, and is not sent again: ${said}` };
    if (responseCode !== null && responseCode >= 500) return { outcome: "failed", fault: said };
    return again(message, said);
  }
}

/** nodemailer puts the server's code, where it gave one, on its errors. */
function responseCodeOf(error: unknown): number | null {
  return typeof error === "object" && error !== null && "responseCode" in error && typeof error.responseCode === "number"
    ? error.responseCode
    : null;
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
    if (status === 410) return { outcome: "failed", fault: "It answered 410: it accepts no more messages." };
    return again(message, `It answered ${status}.`);
  } catch (error) {
    if (error instanceof PrivateAddress)
      return { outcome: "failed", fault: `${error.message}: nothing was sent. ALERT_WEBHOOK_PRIVATE=1 allows it.` };
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
