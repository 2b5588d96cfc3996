"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction, longClientAction } from "#lib/auth/action.ts";
import type { Staff } from "#lib/auth/staff.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { chooseTenant, startConnect } from "#lib/connections/connect.ts";
import { disconnect } from "#lib/connections/disconnect.ts";
import { isPackage } from "#lib/setup/packages.ts";
import { readListsNow } from "#lib/setup/refresh-lists.ts";
import { setPostAs } from "#lib/setup/settings.ts";
import { database } from "#lib/web.ts";

const personOf = (staff: Staff) => ({
  userId: staff.userId,
  sessionId: staff.sessionId,
  label: `${staff.name} <${staff.email}>`,
});

export const connectPackage = longClientAction({
  name: "connection.begin",
  allow: "connect",
  input: z.object({ clientId: z.string(), packageId: z.string().max(50) }),
  run: async ({ packageId }, { scope, staff }) => {
    if (!isPackage(packageId)) throw new Refusal("There is no such package.");
    return startConnect(database(), scope, personOf(staff), packageId);
  },
  audit: ({ packageId }) => ({ subject: packageId }),
});

export const chooseOrganisation = longClientAction({
  name: "connection.choose",
  allow: "connect",
  input: z.object({ clientId: z.string(), choiceId: z.uuid(), tenantId: z.string().min(1).max(100) }),
  run: async ({ choiceId, tenantId }, { scope, staff, client }) => {
    await chooseTenant(database(), scope, personOf(staff), choiceId, tenantId);
    await readListsNow(database(), scope);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return null;
  },
  audit: ({ tenantId }) => ({ subject: tenantId }),
});

export const disconnectPackage = longClientAction({
  name: "connection.end",
  allow: "connect",
  input: z.object({ clientId: z.string() }),
  run: async (_, { scope, client }) => {
    const done = await disconnect(database(), scope);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return done;
  },
  audit: (_, done) => ({ subject: done.tenantName, detail: { stopped: done.stopped, revoked: done.revoked } }),
});

export const savePostingSettings = clientAction({
  name: "setup.post-as",
  allow: "setup",
  input: z.object({ clientId: z.string(), postAs: z.enum(["authorised", "draft"]) }),
  run: async ({ postAs }, { db, scope, client }) => {
    await setPostAs(db, scope, postAs);
    revalidatePath(`/clients/${client.slug}/setup`);
    return null;
  },
  audit: ({ postAs }) => ({ subject: postAs }),
});
