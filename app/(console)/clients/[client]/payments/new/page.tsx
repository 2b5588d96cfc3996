import { Button, TextInput } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findContact } from "#db/queries/contacts.ts";
import { isIntegrationOn } from "#db/queries/entered-payments.ts";
import { listChart } from "#db/queries/mapping.ts";
import { findPayableContacts, listOpenItems } from "#db/queries/payment-pages.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { now } from "#lib/clock.ts";
import { dateIn } from "#lib/common/dates.ts";
import { sideOf } from "#lib/common/records.ts";
import { ACCOUNT_CUSTOMER } from "#lib/operational/payments.ts";
import { database } from "#lib/web.ts";
import records from "../../documents/records.module.css";
import { PaymentForm } from "./payment-form.tsx";

export const metadata: Metadata = { title: "New payment" };

const MOST_FOUND = 20;
const MOST_ITEMS = 200;
const search = z.object({ q: z.string().max(200).catch(""), contact: z.uuid().optional().catch(undefined) });

const TERMS = { account: "credit customer", cash: "cash customer" } as const;

export default async function NewPaymentPage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const base = `/clients/${client.slug}`;
  if (!can(staff.role, "export")) {
    return (
      <>
        <PageTitle title="New payment" />
        <Notice kind="info">Your role may view payments but not add them. Ask {whoMay("export")}.</Notice>
      </>
    );
  }
  const { q, contact: contactId } = search.parse(await searchParams);
  const { contact, found, items, banks, isOn } = await database().inScope(scope, async (db) => ({
    contact: contactId === undefined ? null : await findContact(db, scope, contactId),
    found: contactId === undefined && q.trim() !== "" ? await findPayableContacts(db, scope, q, MOST_FOUND) : [],
    items: contactId === undefined ? [] : await listOpenItems(db, scope, contactId, MOST_ITEMS),
    banks: (await listChart(db, scope)).filter((nominal) => nominal.kind === "bank"),
    isOn: await isIntegrationOn(db, scope),
  }));
  if (contactId !== undefined && !contact) notFound();

  if (!contact) {
    return (
      <div className={records.stack}>
        <PageTitle title="New payment" />
        <Panel title="Customer or supplier" padded>
          <form action={`${base}/payments/new`} className={records.search}>
            <TextInput
              name="q"
              aria-label="Find a customer or supplier"
              placeholder="Name or reference"
              defaultValue={q}
              maxLength={200}
            />
            <Button type="submit" variant="default">
              Find
            </Button>
          </form>
        </Panel>
        {q.trim() !== "" && (
          <Panel title="Customers and suppliers" aside={found.length === MOST_FOUND ? `the first ${MOST_FOUND}` : undefined}>
            {found.length === 0 ? (
              <EmptyState title={`No match for “${q}”`} body="Search by the name or reference of a customer or supplier." />
            ) : (
              <PlainTable label="Customers and suppliers that were found">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Reference</th>
                    <th scope="col">Kind</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((one) => (
                    <tr key={one.id}>
                      <th scope="row" className={records.name}>
                        <Link href={`${base}/payments/new?contact=${one.id}`} prefetch={false}>
                          {one.name}
                        </Link>
                      </th>
                      <td>{one.reference}</td>
                      <td>{[one.isCustomer && TERMS[one.terms], one.isSupplier && "supplier"].filter(Boolean).join(", ")}</td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
            )}
          </Panel>
        )}
      </div>
    );
  }

  const blocked = isOn && contact.isCustomer && contact.terms === "account";
  const payable = items.filter((item) => !blocked || sideOf(item.kind) === "purchase");
  return (
    <div className={records.stack}>
      <PageTitle
        title="New payment"
        aside={
          <>
            {contact.name} · <Link href={`${base}/payments/new`}>choose another</Link>
          </>
        }
      />
      {blocked && (
        <Notice kind="warning">
          {contact.name} {ACCOUNT_CUSTOMER}. <Link href={`${base}/import`}>Open Import</Link>
        </Notice>
      )}
      {payable.length > 0 ? (
        <PaymentForm
          clientId={client.slug}
          base={base}
          locale={client.locale}
          today={dateIn(client.timeZone, now())}
          banks={banks.map(({ code, name }) => ({ code, name }))}
          items={payable}
        />
      ) : (
        !blocked && (
          <Panel title="Open documents">
            <EmptyState
              title={`No open documents for ${contact.name}`}
              body="A payment needs an open invoice, bill or credit note."
              action={<LinkButton href={`${base}/documents`}>Open documents</LinkButton>}
            />
          </Panel>
        )
      )}
    </div>
  );
}
