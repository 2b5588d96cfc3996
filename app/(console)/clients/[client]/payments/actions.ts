"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { deletePayments, enterPaymentsWhole } from "#lib/operational/payments.ts";

const clientId = z.string().min(1).max(100);
/** Minor units as text: JSON has no bigint. */
const minor = z.string().regex(/^\d{1,15}$/, "Enter each amount as a figure above zero.");

/** Enters payments of one contact's documents on one bank nominal, all or nothing. */
export const enterPayment = clientAction({
  name: "payments.enter",
  allow: "export",
  input: z.object({
    clientId,
    parts: z
      .array(z.object({ documentId: z.uuid(), amountMinor: minor }))
      .min(1, "Enter the amount paid on at least one document.")
      .max(200),
    bankNominalCode: z.string().trim().min(1, "Choose the bank nominal for the payment.").max(50),
    paidOn: z.string().refine(isPlainDate, "Enter the payment date."),
    reference: z.string().trim().max(180),
  }),
  run: async ({ parts, bankNominalCode, paidOn, reference }, { db, scope, client }) => {
    const made = await enterPaymentsWhole(
      db,
      scope,
      parts.map((part) => ({
        recordReference: null,
        document: { id: part.documentId },
        bankNominalCode,
        paidOn,
        currency: null,
        amountMinor: BigInt(part.amountMinor),
        reference: reference || null,
      })),
    );
    revalidatePath(`/clients/${client.slug}`, "layout");
    return { payments: made.map(({ id, recordReference }) => ({ id, recordReference })) };
  },
  audit: ({ bankNominalCode, paidOn }, { payments }) => ({
    subject: payments.map((payment) => payment.recordReference).join(", "),
    detail: { bankNominalCode, paidOn, payments: payments.length },
  }),
});

/** Takes back a payment that never left. */
export const deletePayment = clientAction({
  name: "payments.delete",
  allow: "export",
  input: z.object({ clientId, paymentId: z.uuid() }),
  run: async ({ paymentId }, { db, scope, client }) => {
    await deletePayments(db, scope, [paymentId]);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return null;
  },
  audit: ({ paymentId }) => ({ subject: paymentId }),
});
