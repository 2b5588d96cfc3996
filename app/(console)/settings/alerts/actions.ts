"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { alertSettings, chooseAlerts } from "#lib/alerts/settings.ts";
import { addWebhook, endWebhook, queueTest } from "#lib/alerts/webhooks.ts";
import { practiceAction } from "#lib/auth/action.ts";
import { appSettings } from "#lib/calling/app-settings.ts";
import { env } from "#lib/env.ts";

const HERE = "/settings/alerts";

export const saveAlerts = practiceAction({
  name: "alerts.choose",
  allow: "console",
  input: alertSettings,
  run: async (chosen, { db, scope, staff }) => {
    await chooseAlerts(db, scope, staff.userId, chosen);
    revalidatePath(HERE);
    return { email: staff.email };
  },
  audit: ({ digest, immediate, clients }, { email }) => ({
    subject: email,
    detail: { digest, immediate, clients: clients === "all" ? "all" : clients.length },
  }),
});

export const testMyAlerts = practiceAction({
  name: "alerts.test",
  allow: "console",
  input: z.strictObject({ confirmed: z.literal(true) }),
  run: async (_, { db, scope, staff }) => {
    await queueTest(db, scope, { channel: "email", id: staff.userId });
    revalidatePath(HERE);
    return { email: staff.email };
  },
  audit: (_, { email }) => ({ subject: email }),
});

export const addAlertWebhook = practiceAction({
  name: "alerts.add-webhook",
  allow: "keys",
  input: z.strictObject({
    name: z.string().trim().min(1, "Enter a name.").max(80),
    url: z.string().trim().min(1, "Enter an address.").max(2_000),
    digest: z.boolean(),
    immediate: z.boolean(),
  }),
  run: async (webhook, { db, scope }) => {
    const { keys } = appSettings();
    const added = await addWebhook(db, scope, webhook, { keys, allowPrivate: env().ALERT_WEBHOOK_PRIVATE });
    revalidatePath(HERE);
    return added;
  },
  audit: ({ name, url, digest, immediate }) => ({ subject: name, detail: { host: new URL(url).host, digest, immediate } }),
});

export const removeAlertWebhook = practiceAction({
  name: "alerts.remove-webhook",
  allow: "keys",
  input: z.strictObject({ webhookId: z.uuid() }),
  run: async ({ webhookId }, { db, scope }) => {
    const done = await endWebhook(db, scope, webhookId);
    revalidatePath(HERE);
    return done;
  },
  audit: (_, { name }) => ({ subject: name }),
});

export const testAlertWebhook = practiceAction({
  name: "alerts.test-webhook",
  allow: "keys",
  input: z.strictObject({ webhookId: z.uuid() }),
  run: async ({ webhookId }, { db, scope }) => {
    const done = await queueTest(db, scope, { channel: "webhook", id: webhookId });
    revalidatePath(HERE);
    return done;
  },
  audit: (_, { name }) => ({ ...(name === null ? {} : { subject: name }) }),
});
