import type { Metadata } from "next";
import { ContactsPage, type ListProps } from "../documents/contacts-page.tsx";

export const metadata: Metadata = { title: "Customers" };

export default function CustomersPage(props: ListProps) {
  return <ContactsPage side="customer" {...props} />;
}
