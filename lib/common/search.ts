import { z } from "zod";
import { MOST_WORDS } from "./limits.ts";

/** Words that rows are searched for: capped, since they come from an address, and without the one character that no text of the database holds. */
export const searchWords = z
  .string()
  .trim()
  .max(MOST_WORDS)
  .refine((text) => !text.includes("\0"))
  .optional();
