import { z } from "zod";

/** What is to be set for each company. */
export const options = z.object({
  bankLines: z
    .enum(["match", "wait", "add"])
    .default("match")
    .meta({
      title: "Payments and bank lines",
      description: "With a live bank feed, wait for its line: otherwise the bank is counted twice.",
      choices: {
        match: "Use the bank’s line of the same amount within three days, or add one",
        wait: "Wait for the bank’s line; refuse a payment without one",
        add: "Add a bank line for each payment",
      },
    }),
});
