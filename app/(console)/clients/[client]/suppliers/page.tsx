import type { Metadata } from "next";
import { ContactsPage, type ListProps } from "../documents/contacts-page.tsx";

export const metadata: Metadata = { title: "Suppliers" };

export default function SuppliersPage(props: ListProps) {
  return <ContactsPage side="supplier" {...props} />;
}
