import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { customersList } from "#lib/lists/contacts.ts";
import { ContactList } from "../contacts/contact-list.tsx";
import { type ListProps, openList } from "../open-list.ts";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { RecordForm } from "../record/record-form.tsx";

export const metadata: Metadata = { title: "Customers" };

export default async function CustomersPage(props: ListProps) {
  const { staff, client, first } = await openList(customersList, props);
  return (
    <>
      <PageTitle
        title="Customers"
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="contact"
              newLabel="New customer"
              clientId={client.id}
              base={`/clients/${client.slug}`}
              id={null}
              values={{
                reference: "",
                name: "",
                email: "",
                country: "",
                terms: "account",
                isCustomer: true,
                isSupplier: false,
              }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <ContactList list="customers" slug={client.slug} mayExport={can(staff.role, "export")} place={client} first={first} />
    </>
  );
}
