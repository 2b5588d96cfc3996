"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { ROLES } from "#db/schema/people.ts";
import { practiceAction } from "#lib/auth/action.ts";
import { endAllSessions, endOwnSession, makeUser, switchUser } from "#lib/auth/users.ts";

export const setUserDisabled = practiceAction({
  name: "user.switch",
  allow: "users",
  input: z.object({ userId: z.uuid(), disabled: z.boolean() }),
  run: async ({ userId, disabled }, { db, scope, staff }) => {
    const done = await switchUser(db, scope, { userId, disabled, by: staff.userId });
    revalidatePath("/settings/users");
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
    revalidatePath("/settings/users");
    return done;
  },
  audit: (_, { email, endedSessions }) => ({ subject: email, detail: { endedSessions } }),
});

export const createUser = practiceAction({
  name: "user.add",
  allow: "users",
  input: z.object({
    email: z.email("Give an e-mail address.").max(320),
    name: z.string().trim().min(1, "Give a name.").max(200),
    role: z.enum(ROLES, "Choose a role."),
    password: z.string().max(1000),
  }),
  run: async (input, { db, scope }) => {
    const done = await makeUser(db, scope, input);
    revalidatePath("/settings/users");
    return done;
  },
  audit: ({ role }, { email }) => ({ subject: email, detail: { role } }),
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
