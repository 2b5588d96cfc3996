"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { verifyChains } from "#db/queries/audit.ts";
import { askInvariantCheck } from "#db/queries/invariants.ts";
import { changeUser } from "#db/queries/people.ts";
import { takeDeadLetter } from "#db/queries/workers.ts";
import { ROLES } from "#db/schema/people.ts";
import { practiceAction } from "#lib/auth/action.ts";
import { endInvitation, inviteUser, renewInvitation } from "#lib/auth/invitations.ts";
import { changeOwnPassword } from "#lib/auth/profile.ts";
import { editUser, endAllSessions, endOwnSession, giveUserClients, switchUser, takeUserClient } from "#lib/auth/users.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { QUEUES } from "#lib/jobs/queues.ts";

export const setUserDisabled = practiceAction({
  name: "user.switch",
  allow: "users",
  input: z.object({ userId: z.uuid(), disabled: z.boolean() }),
  run: async ({ userId, disabled }, { db, scope, staff }) => {
    const done = await switchUser(db, scope, { userId, disabled, by: staff.userId });
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: ({ disabled }, { email, endedSessions }) => ({ subject: email, detail: { disabled, endedSessions } }),
});

export const endUserSessions = practiceAction({
  name: "user.end-sessions",
  allow: "users",
  input: z.object({ userId: z.uuid() }),
  run: async ({ userId }, { db, scope, staff }) => {
    const done = await endAllSessions(db, scope, { userId, except: staff.sessionId });
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (_, { email, endedSessions }) => ({ subject: email, detail: { endedSessions } }),
});

export const retryDeadLetter = practiceAction({
  name: "queue.retry",
  allow: "audit",
  input: z.object({ id: z.uuid() }),
  run: async ({ id }, { db, scope }) => {
    const connectionId = await takeDeadLetter(db, scope, QUEUES.dead, id);
    if (connectionId === null) throw new Refusal("It no longer exists: someone else has just changed it.");
    await wakeConnection(db, connectionId, { staff: true });
    revalidatePath("/settings/workers");
    return { connectionId };
  },
  audit: (_, { connectionId }) => ({ subject: connectionId }),
});

const name = z.string().trim().min(1, "Enter a name.").max(200);
const role = z.enum(ROLES, "Choose a role.");

export const invite = practiceAction({
  name: "user.invite",
  allow: "users",
  input: z.object({
    email: z.email("Enter an e-mail address.").max(320),
    name,
    role,
    clientIds: z.array(z.uuid()).max(500, "Choose at most 500 clients at once; add more on the user's page."),
  }),
  run: async (input, { db, scope, staff }) => {
    const done = await inviteUser(db, scope, { ...input, by: staff.userId });
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (input, { email, clients }) => ({ subject: email, detail: { name: input.name, role: input.role, clients } }),
});

export const renewLink = practiceAction({
  name: "user.new-link",
  allow: "users",
  input: z.object({ userId: z.uuid() }),
  run: async ({ userId }, { db, scope, staff }) => {
    const done = await renewInvitation(db, scope, { userId, by: staff.userId });
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (_, { email }) => ({ subject: email }),
});

export const withdrawLink = practiceAction({
  name: "user.withdraw-link",
  allow: "users",
  input: z.object({ userId: z.uuid() }),
  run: async ({ userId }, { db, scope }) => {
    const done = await endInvitation(db, scope, userId);
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (_, { email }) => ({ subject: email }),
});

export const saveUser = practiceAction({
  name: "user.change",
  allow: "users",
  input: z.object({ userId: z.uuid(), name, role }),
  run: async (input, { db, scope, staff }) => {
    const done = await editUser(db, scope, { ...input, by: staff.userId });
    revalidatePath("/", "layout");
    return done;
  },
  audit: (input, { email, was }) => ({ subject: email, detail: { name: input.name, role: input.role, was } }),
});

export const giveClientsToUser = practiceAction({
  name: "user.give-clients",
  allow: "users",
  input: z.object({ userId: z.uuid(), clientIds: z.array(z.uuid()).min(1, "Choose a client.").max(500) }),
  run: async (input, { db, scope }) => {
    const done = await giveUserClients(db, scope, input);
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (_, { email, clients }) => ({ subject: email, detail: { clients } }),
});

export const takeClientFromUser = practiceAction({
  name: "user.take-client",
  allow: "users",
  input: z.object({ userId: z.uuid(), clientId: z.uuid() }),
  run: async (input, { db, scope }) => {
    const done = await takeUserClient(db, scope, input);
    revalidatePath("/settings/users", "layout");
    return done;
  },
  audit: (_, { email, client }) => ({ subject: email, detail: { client } }),
});

export const saveProfile = practiceAction({
  name: "profile.change",
  allow: "view",
  input: z.object({ name: z.string().trim().min(1, "Enter your name.").max(200) }),
  run: async (input, { db, scope, staff }) => {
    await changeUser(db, scope, staff.userId, { name: input.name });
    revalidatePath("/", "layout");
    return { email: staff.email, was: staff.name };
  },
  audit: (input, { email, was }) => ({ subject: email, detail: { name: input.name, was } }),
});

export const changePassword = practiceAction({
  name: "profile.password",
  allow: "view",
  input: z.object({ old: z.string().max(1000), password: z.string().max(1000) }),
  run: async (input, { db, scope, staff }) => {
    const done = await changeOwnPassword(db, scope, staff, input);
    revalidatePath("/settings/sessions");
    return { email: staff.email, ...done };
  },
  audit: (_, { email, endedSessions }) => ({ subject: email, detail: { endedSessions } }),
});

export const verifyAudit = practiceAction({
  name: "audit.verify",
  allow: "audit",
  input: z.object({ client: z.string().max(200) }),
  run: async ({ client }, { db, scope }) => {
    const chains = await verifyChains(db, scope, client);
    return {
      chains: chains.length,
      rows: chains.reduce((sum, chain) => sum + chain.rows, 0),
      broken: chains.filter((chain) => chain.brokenAt !== null).length,
      first: chains.slice(0, 200),
    };
  },
  audit: ({ client }, { chains, rows, broken }) => ({
    ...(client === "" ? {} : { subject: client }),
    detail: { chains, rows, broken },
  }),
});

export const endMySession = practiceAction({
  name: "session.end",
  allow: "view",
  input: z.object({ sessionId: z.uuid() }),
  run: async ({ sessionId }, { db, scope, staff }) => {
    await endOwnSession(db, scope, staff.userId, sessionId);
    revalidatePath("/settings/sessions");
  },
  audit: ({ sessionId }) => ({ subject: sessionId }),
});

export const checkInvariantsNow = practiceAction({
  name: "invariants.check",
  allow: "audit",
  input: z.object({}),
  run: async (_, { db, scope }) => {
    await askInvariantCheck(db, scope);
    revalidatePath("/settings/invariants");
    return {};
  },
});
