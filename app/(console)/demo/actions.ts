"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { practiceAction } from "#lib/auth/action.ts";
import { dismissTries } from "#lib/demo/try-this.ts";

export const dismissTryThis = practiceAction({
  name: "demo.dismiss",
  allow: "view",
  input: z.object({ list: z.literal("try-this") }),
  run: async (_input, { db, scope, staff }) => {
    await dismissTries(db, scope, staff.userId);
    revalidatePath("/clients", "layout");
    return {};
  },
});
