import type { Metadata } from "next";
import { ContactsPage } from "../contacts/contacts-page.tsx";
import type { ListProps } from "../open-list.ts";

export const metadata: Metadata = { title: "Customers" };

export default function CustomersPage(props: ListProps) {
  return <ContactsPage list="customers" {...props} />;
}
