import type { Metadata } from "next";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { paymentsList } from "#lib/lists/payments.ts";
import { type ListProps, openList } from "../open-list.ts";
import { PaymentList } from "./payment-list.tsx";

export const metadata: Metadata = { title: "Payments" };

export default async function PaymentsPage(props: ListProps) {
  const { staff, client, first } = await openList("payments", paymentsList, props);
  const enter = can(staff.role, "export") ? (
    <LinkButton href={`/clients/${client.slug}/payments/new`}>New payment</LinkButton>
  ) : undefined;
  return (
    <>
      <PageTitle title="Payments" actions={enter} />
      <PaymentList slug={client.slug} place={client} first={first} emptyAction={enter} />
    </>
  );
}
