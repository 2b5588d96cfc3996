import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listHeldUp } from "#db/queries/mapping/codes.ts";
import { findContact, sumContactDocuments } from "#db/queries/operational/contacts.ts";
import { DOCUMENT_KEYS, listDocuments } from "#db/queries/operational/documents.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import { taxWordFirst } from "#lib/tax/tax-word.ts";
import { database } from "#lib/web.ts";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { HeldUp } from "../record/held-up.tsx";
import { OwnStanding } from "../record/own-standing.tsx";
import { PackagePanel } from "../record/package-panel.tsx";
import { readRecord } from "../record/read.ts";
import { RecordForm } from "../record/record-form.tsx";
import { Timeline } from "../record/timeline.tsx";
import { ExcludeSwitch } from "../withheld/exclude-switch.tsx";
import { DocumentTable } from "./document-table.tsx";
import classes from "./records.module.css";

const SHOWN = 50;
const SHOWN_WAITING = 10;

export interface ContactProps {
  readonly params: Promise<{ client: string; contact: string }>;
}

/** One customer or supplier, with what its documents come to and the latest of them. */
export async function ContactPage({ side, params }: ContactProps & { readonly side: "customer" | "supplier" }) {
  const staff = await requireStaff();
  const { client: slug, contact: id } = await params;
  const access = await scopeFor(staff, slug, "view");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const contact = await findContact(db, scope, id);
    if (!contact || !(side === "customer" ? contact.isCustomer : contact.isSupplier)) return null;
    return {
      contact,
      totals: await sumContactDocuments(db, scope, id),
      record: await readRecord(db, scope, client, id),
      heldUp: await listHeldUp(db, scope, { family: "contact", id }, SHOWN_WAITING),
      documents: await listDocuments(db, scope, { contactId: id }, DOCUMENT_KEYS.date, {
        direction: "desc",
        after: null,
        limit: SHOWN,
      }),
    };
  });
  if (!found) notFound();
  const { contact, totals, documents, record, heldUp } = found;
  const mayExport = can(staff.role, "export");
  const works = can(staff.role, "console");

  return (
    <div className={classes.stack}>
      <Crumbs
        list={{ label: side === "customer" ? "Customers" : "Suppliers", href: `${record.wording.base}/${side}s` }}
        here={contact.name}
      />
      <PageTitle
        title={contact.name}
        aside={contact.revision > 1 ? `revision ${contact.revision}` : undefined}
        actions={
          mayExport && (
            <RecordForm
              what="contact"
              clientId={client.id}
              base={record.wording.base}
              id={contact.id}
              values={{
                reference: contact.reference,
                name: contact.name,
                email: contact.email ?? "",
                taxNumber: contact.taxNumber ?? "",
                country: contact.country ?? "",
                terms: contact.terms,
                isCustomer: contact.isCustomer,
                isSupplier: contact.isSupplier,
              }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <Panel title={side === "customer" ? "Customer" : "Supplier"} padded>
        <dl className={classes.facts}>
          <div>
            <dt>Number</dt>
            <dd>{contact.reference}</dd>
          </div>
          <div>
            <dt>E-mail</dt>
            <dd>{contact.email ?? "–"}</dd>
          </div>
          <div>
            <dt>{taxWordFirst(client.locale)} number</dt>
            <dd>{contact.taxNumber ?? "none"}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>
              {contact.isCustomer && contact.isSupplier ? "Customer and supplier" : contact.isCustomer ? "Customer" : "Supplier"}
            </dd>
          </div>
          <div>
            <dt>Country</dt>
            <dd>{contact.country ?? "–"}</dd>
          </div>
          <div>
            <dt>Terms</dt>
            <dd>{contact.terms === "cash" ? "Cash customer" : "Credit customer"}</dd>
          </div>
          {works && (
            <div>
              <dt>Accounting integration</dt>
              <dd>
                <ExcludeSwitch
                  clientId={client.slug}
                  family="contact"
                  id={contact.id}
                  excluded={contact.excluded}
                  mayEdit={mayExport}
                />
              </dd>
            </div>
          )}
        </dl>
      </Panel>
      {works ? <PackagePanel record={record} clientId={client.id} mayExport={mayExport} /> : <OwnStanding record={record} />}
      <HeldUp waiting={heldUp} name={contact.name} wording={record.wording} />
      {totals.length > 0 && (
        <Panel title="Totals">
          <PlainTable label="Totals by type and currency">
            <thead>
              <tr>
                <th scope="col">Type</th>
                <th scope="col" data-align="end">
                  Documents
                </th>
                <th scope="col" data-align="end">
                  Gross
                </th>
                <th scope="col" data-align="end">
                  Open
                </th>
              </tr>
            </thead>
            <tbody>
              {totals.map((total) => (
                <tr key={`${total.kind} ${total.currency}`}>
                  <th scope="row">{KIND_LABELS[total.kind]}</th>
                  <td data-align="end">{new Intl.NumberFormat(client.locale).format(total.count)}</td>
                  <td data-align="end">
                    <Amount
                      minor={signOf(total.kind) * BigInt(total.grossMinor)}
                      currency={total.currency}
                      locale={client.locale}
                      withCurrency
                    />
                  </td>
                  <td data-align="end">
                    <Amount
                      minor={signOf(total.kind) * BigInt(total.openMinor)}
                      currency={total.currency}
                      locale={client.locale}
                      withCurrency
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      <Panel title="Documents" aside={documents.next !== null ? `the latest ${SHOWN}` : undefined}>
        {documents.rows.length === 0 ? (
          <EmptyState title="No documents" body="Upload a file to add them." />
        ) : (
          <DocumentTable rows={documents.rows} base={`/clients/${client.slug}`} locale={client.locale} />
        )}
      </Panel>
      {works && (
        <Panel title="Timeline" aside="newest first" padded>
          <Timeline
            entries={record.entries}
            reference={contact.name}
            clientId={client.id}
            wording={record.wording}
            site={record.site}
          />
        </Panel>
      )}
    </div>
  );
}
