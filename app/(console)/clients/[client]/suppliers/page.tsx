import type { Metadata } from "next";
import { ContactsPage } from "../contacts/contacts-page.tsx";
import type { ListProps } from "../open-list.ts";

export const metadata: Metadata = { title: "Suppliers" };

export default function SuppliersPage(props: ListProps) {
  return <ContactsPage list="suppliers" {...props} />;
}
