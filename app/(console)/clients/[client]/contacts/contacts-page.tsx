import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { customersList, suppliersList } from "#lib/lists/contacts.ts";
import { type ListProps, openList } from "../open-list.ts";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { RecordForm } from "../record/record-form.tsx";
import { ContactList } from "./contact-list.tsx";

const SIDES = {
  customers: { title: "Customers", newLabel: "New customer", source: customersList },
  suppliers: { title: "Suppliers", newLabel: "New supplier", source: suppliersList },
} as const;

/** The client's customers or suppliers. */
export async function ContactsPage({ list, ...props }: ListProps & { readonly list: keyof typeof SIDES }) {
  const { title, newLabel, source } = SIDES[list];
  const { staff, client, first } = await openList(list, source, props);
  const mayExport = can(staff.role, "export");
  return (
    <>
      <PageTitle
        title={title}
        actions={
          mayExport && (
            <RecordForm
              what="contact"
              newLabel={newLabel}
              clientId={client.id}
              base={`/clients/${client.slug}`}
              id={null}
              values={{
                reference: "",
                name: "",
                email: "",
                taxNumber: "",
                country: "",
                terms: "account",
                isCustomer: list === "customers",
                isSupplier: list === "suppliers",
              }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <ContactList list={list} slug={client.slug} mayExport={mayExport} place={client} first={first} />
    </>
  );
}
