import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { suppliersList } from "#lib/lists/contacts.ts";
import { ContactList } from "../contacts/contact-list.tsx";
import { type ListProps, openList } from "../open-list.ts";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { RecordForm } from "../record/record-form.tsx";

export const metadata: Metadata = { title: "Suppliers" };

export default async function SuppliersPage(props: ListProps) {
  const { staff, client, first } = await openList(suppliersList, props);
  return (
    <>
      <PageTitle
        title="Suppliers"
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="contact"
              newLabel="New supplier"
              clientId={client.id}
              base={`/clients/${client.slug}`}
              id={null}
              values={{
                reference: "",
                name: "",
                email: "",
                country: "",
                terms: "account",
                isCustomer: false,
                isSupplier: true,
              }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <ContactList list="suppliers" slug={client.slug} mayExport={can(staff.role, "export")} place={client} first={first} />
    </>
  );
}
