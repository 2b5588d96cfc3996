import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { suppliersList } from "#lib/lists/contacts.ts";
import { ContactList } from "../contacts/contact-list.tsx";
import { type ListProps, openList } from "../open-list.ts";

export const metadata: Metadata = { title: "Suppliers" };

export default async function SuppliersPage(props: ListProps) {
  const { client, first } = await openList(suppliersList, props);
  return (
    <>
      <PageTitle title="Suppliers" />
      <ContactList list="suppliers" slug={client.slug} place={client} first={first} />
    </>
  );
}
