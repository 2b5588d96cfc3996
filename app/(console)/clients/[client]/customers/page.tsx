import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { customersList } from "#lib/lists/contacts.ts";
import { ContactList } from "../contacts/contact-list.tsx";
import { type ListProps, openList } from "../open-list.ts";

export const metadata: Metadata = { title: "Customers" };

export default async function CustomersPage(props: ListProps) {
  const { client, first } = await openList(customersList, props);
  return (
    <>
      <PageTitle title="Customers" />
      <ContactList list="customers" slug={client.slug} place={client} first={first} />
    </>
  );
}
