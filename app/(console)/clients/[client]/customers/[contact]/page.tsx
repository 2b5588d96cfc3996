import type { Metadata } from "next";
import { ContactPage, type ContactProps } from "../../documents/contact-page.tsx";

export const metadata: Metadata = { title: "Customer" };

export default function CustomerPage(props: ContactProps) {
  return <ContactPage side="customer" {...props} />;
}
