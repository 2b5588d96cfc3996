"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import { WORKING_PROFILES } from "#db/schema/clients.ts";
import { clientAction, longClientAction } from "#lib/auth/action.ts";
import type { Staff } from "#lib/auth/staff.ts";
import { DOCUMENT_KINDS, RECORD_KINDS } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { renewPassword } from "#lib/connections/kinds/collector.ts";
import { startConnect } from "#lib/connections/kinds/oauth.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { LOCK_POLICIES, TAX_PERIODS } from "#lib/model/lock-policy.ts";
import { type AskedFirst, askFirst, sending } from "#lib/posting/ask-first.ts";
import { chooseTenant, connectByName } from "#lib/setup/connect.ts";
import { disconnect } from "#lib/setup/disconnect.ts";
import { answerMove, setLocks } from "#lib/setup/locks.ts";
import { readListsNow } from "#lib/setup/refresh-lists.ts";
import {
  MOST_GAP_MS,
  setEntities,
  setGap,
  setModule,
  setOptions,
  setProfile,
  setSchedule,
  setStartOn,
  setSyncOptions,
} from "#lib/setup/settings.ts";
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

/** For packages that no consent page belongs to: the login of a collecting program stands in this answer, and nowhere else. */
export const connectNamedPackage = longClientAction({
  name: "connection.name",
  allow: "connect",
  input: z.object({ clientId: z.string(), packageId: z.string().max(50), company: z.string().max(200) }),
  run: async ({ packageId, company }, { scope, client }) => {
    if (!isPackage(packageId)) throw new Refusal("There is no such package.");
    const { tenantName, login } = await connectByName(database(), scope, packageId, company);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return { tenantName, login };
  },
  audit: ({ packageId }, { tenantName }) => ({ subject: tenantName, detail: { package: packageId } }),
});

export const renewCollectorPassword = longClientAction({
  name: "connection.password",
  allow: "connect",
  input: z.object({ clientId: z.string() }),
  run: async (_, { scope, client }) => {
    const login = await renewPassword(database(), scope);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return login;
  },
  audit: (_, { userName }) => ({ subject: userName }),
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

const clientId = z.string().min(1).max(100);

/** What of an answer belongs into the audit: that it was asked about alone, or what came of it. */
const askedDetail = (answer: AskedFirst<object | null>): Record<string, unknown> =>
  "wouldSend" in answer
    ? { saved: false, wouldSend: answer.wouldSend.count }
    : { ...answer.result, sent: answer.sent, kept: answer.kept };
const refresh = (slug: string) => revalidatePath(`/clients/${slug}`, "layout");

export const switchIntegration = clientAction({
  name: "setup.module",
  allow: "setup",
  input: z.object({ clientId, on: z.boolean(), sending }),
  run: async ({ on, sending: how }, { db, scope, client }) => {
    const change = async (inner: ScopedDb) => {
      await setModule(inner, scope, on);
      return null;
    };
    const answer = await askFirst(db, scope, on ? how : { how: "keep" }, change, { frees: on ? "queued" : "stopped", why: "" });
    refresh(client.slug);
    return answer;
  },
  audit: ({ on }, answer) => ({ subject: on ? "on" : "off", detail: askedDetail(answer) }),
});

const syncOptionsInput = z.strictObject({
  postAs: z.enum(["authorised", "draft"]).optional(),
  direction: z.enum(["both", "out"]).optional(),
  trigger: z.enum(["by-hand", "nightly", "on-save"]).optional(),
  lines: z.enum(["detailed", "summarised"]).optional(),
  showEachSync: z.boolean().optional(),
  exactPayments: z.boolean().optional(),
  createUnasked: z.boolean().optional(),
});

export const chooseProfile = clientAction({
  name: "setup.profile",
  allow: "setup",
  /** `options`: those that shall be otherwise than the profile has them. */
  input: z.object({ clientId, profile: z.enum(WORKING_PROFILES), options: syncOptionsInput.optional() }),
  run: async ({ profile, options }, { db, scope, client }) => {
    await setProfile(db, scope, profile, options);
    refresh(client.slug);
    return null;
  },
  audit: ({ profile, options }) => ({ subject: profile, detail: { ...options } }),
});

export const saveSyncOptions = clientAction({
  name: "setup.ways",
  allow: "setup",
  input: z.object({
    clientId,
    options: syncOptionsInput.refine((options) => Object.keys(options).length > 0, "Nothing was changed."),
  }),
  run: async ({ options }, { db, scope, client }) => {
    await setSyncOptions(db, scope, options);
    refresh(client.slug);
    return null;
  },
  audit: ({ options }) => ({ detail: { ...options } }),
});

export const saveEntities = clientAction({
  name: "setup.entities",
  allow: "setup",
  input: z.object({ clientId, kinds: z.array(z.enum(RECORD_KINDS)).max(RECORD_KINDS.length), sending }),
  run: async ({ kinds, sending: how }, { db, scope, client }) => {
    const change = (inner: ScopedDb) => setEntities(inner, scope, kinds);
    const answer = await askFirst(db, scope, how, change, { why: "Held when the entities to sync were saved" });
    refresh(client.slug);
    return answer;
  },
  audit: ({ kinds }, answer) => ({ detail: { kinds, ...askedDetail(answer) } }),
});

export const saveStartDate = clientAction({
  name: "setup.start-date",
  allow: "setup",
  input: z.object({ clientId, startOn: z.string().max(10).nullable(), sending }),
  run: async ({ startOn, sending: how }, { db, scope, client }) => {
    const change = (inner: ScopedDb) => setStartOn(inner, scope, startOn);
    const answer = await askFirst(db, scope, how, change, { why: "Held when the start date was saved" });
    refresh(client.slug);
    return answer;
  },
  audit: ({ startOn }, answer) => ({ subject: startOn ?? "none", detail: askedDetail(answer) }),
});

export const saveNight = clientAction({
  name: "setup.night",
  allow: "setup",
  input: z.object({ clientId, enabled: z.boolean(), hour: z.int().min(0).max(23), zone: z.string().max(100).nullable() }),
  run: async ({ enabled, hour, zone }, { db, scope, client }) => {
    const result = await setSchedule(db, scope, { enabled, hour, zone });
    refresh(client.slug);
    return result;
  },
  audit: ({ enabled, hour, zone }) => ({ subject: enabled ? "on" : "off", detail: { hour, zone } }),
});

export const saveGap = clientAction({
  name: "setup.gap",
  allow: "setup",
  input: z.object({ clientId, gapMs: z.int().min(0).max(MOST_GAP_MS).nullable() }),
  run: async ({ gapMs }, { db, scope, client }) => {
    await setGap(db, scope, gapMs);
    refresh(client.slug);
    return null;
  },
  audit: ({ gapMs }) => ({ subject: gapMs === null ? "the package's own" : `${gapMs} ms` }),
});

export const savePackageOptions = clientAction({
  name: "setup.options",
  allow: "setup",
  input: z.object({ clientId, options: z.record(z.string().max(40), z.string().max(200)) }),
  run: async ({ options }, { db, scope, client }) => {
    await setOptions(db, scope, options);
    refresh(client.slug);
    return null;
  },
  audit: ({ options }) => ({ detail: options }),
});

const day = z.string().max(10);

export const saveLocks = clientAction({
  name: "setup.locks",
  allow: "lock-policy",
  input: z.object({
    clientId,
    lockPolicy: z.partialRecord(z.enum(DOCUMENT_KINDS), z.enum(LOCK_POLICIES)),
    taxPeriods: z.enum(TAX_PERIODS),
    taxFiledTo: day.nullable(),
    close: z.strictObject({ periodTo: day, closesOn: day }).nullable(),
    sending,
  }),
  run: async ({ clientId: _, sending: how, ...settings }, { db, scope, client }) => {
    const change = (inner: ScopedDb) => setLocks(inner, scope, settings);
    const answer = await askFirst(db, scope, how, change, { why: "Held when the locks were saved" });
    refresh(client.slug);
    return answer;
  },
  audit: ({ clientId: _, sending: _how, ...settings }, answer) => ({ detail: { ...settings, ...askedDetail(answer) } }),
});

export const answerLockMove = clientAction({
  name: "setup.lock-move",
  allow: "lock-policy",
  input: z.object({ clientId, moveId: z.uuid(), answer: z.enum(["i-moved-it", "stays"]) }),
  run: async ({ moveId, answer }, { db, scope, client }) => {
    await answerMove(db, scope, moveId, answer);
    refresh(client.slug);
    return null;
  },
  audit: ({ moveId, answer }) => ({ subject: answer, detail: { moveId } }),
});
