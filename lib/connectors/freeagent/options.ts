import { z } from "zod";

/** What is to be set for each company. */
export const options = z.object({
  bankLines: z
    .enum(["match", "wait", "add"])
    .default("match")
    .meta({
      title: "Payments and bank lines",
      description:
        "match: a payment explains the bank's own line of its amount within three days, and adds a line where there is none. " +
        "wait: only a line that is there is explained, and a payment without one is refused. " +
        "add: each payment adds a bank line of its own. With a live bank feed choose wait, or the bank is counted twice.",
    }),
});
