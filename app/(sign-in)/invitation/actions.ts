"use server";

import { z } from "zod";
import { openAction } from "#lib/auth/action.ts";
import { acceptInvitation, readInvitation } from "#lib/auth/invitations.ts";

const token = z.string().min(1, "This address is not an invitation. Open the whole link that you were given.").max(200);

const actorOf = ({ userId, name, email }: { userId: string; name: string; email: string }) => ({
  actor: { userId, label: `${name} <${email}>` },
  subject: email,
});

export const openInvitation = openAction({
  name: "invitation.open",
  input: z.object({ token }),
  run: readInvitation,
  audit: actorOf,
});

export const setFirstPassword = openAction({
  name: "invitation.accept",
  input: z.object({ token, password: z.string().max(1000) }),
  run: acceptInvitation,
  audit: actorOf,
});
