import type { Metadata } from "next";
import { ContactPage, type ContactProps } from "../../documents/contact-page.tsx";

export const metadata: Metadata = { title: "Supplier" };

export default function SupplierPage(props: ContactProps) {
  return <ContactPage side="supplier" {...props} />;
}
