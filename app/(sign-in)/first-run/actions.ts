"use server";

import { z } from "zod";
import { openAction } from "#lib/auth/action.ts";
import { makeFirstAdministrator } from "#lib/auth/first-run.ts";

export const setUpPractice = openAction({
  name: "practice.set-up",
  input: z.object({
    practice: z.string().trim().min(1, "Enter the practice's name.").max(200),
    name: z.string().trim().min(1, "Enter your name.").max(200),
    email: z.email("Enter an e-mail address.").max(320),
    password: z.string().max(1000),
  }),
  run: makeFirstAdministrator,
});
