import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findPayment } from "#db/queries/payment-pages.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { database } from "#lib/web.ts";
import records from "../../documents/records.module.css";
import { OwnStanding } from "../../record/own-standing.tsx";
import { readRecord } from "../../record/read.ts";
import { InThePackage } from "../../record/standing.tsx";
import { Timeline } from "../../record/timeline.tsx";
import { WhyNot } from "../../record/why.tsx";
import { isRefund, PAYMENT_WORDS } from "../words.ts";
import { DeletePayment } from "./delete-payment.tsx";

export const metadata: Metadata = { title: "Payment" };

export default async function PaymentPage({ params }: { params: Promise<{ client: string; payment: string }> }) {
  const staff = await requireStaff();
  const { client: slug, payment: id } = await params;
  const access = await scopeFor(staff, slug, "view");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const payment = await findPayment(db, scope, id);
    return payment && { payment, record: await readRecord(db, scope, client, id) };
  });
  if (!found) notFound();
  const { payment, record } = found;
  const works = can(staff.role, "console");
  const base = `/clients/${client.slug}`;
  const name = payment.recordReference ?? payment.reference ?? "Payment";
  const people = payment.kind === "receipt" || payment.kind === "sales-refund" ? "customers" : "suppliers";
  const money = (minor: bigint) => <Amount minor={minor} currency={payment.currency} locale={client.locale} withCurrency />;

  return (
    <div className={records.stack}>
      <Crumbs list={{ label: "Payments", href: `${base}/payments` }} here={name} />
      <PageTitle
        title={`${PAYMENT_WORDS[payment.kind]} ${name}`}
        aside={payment.status === "deleted" ? "deleted" : undefined}
        actions={
          can(staff.role, "export") && payment.canDelete ? (
            <DeletePayment clientId={client.slug} paymentId={payment.id} name={name} base={base} />
          ) : undefined
        }
      />
      <Panel title="Payment" padded>
        <dl className={records.facts}>
          <div>
            <dt>{people === "customers" ? "Customer" : "Supplier"}</dt>
            <dd>
              {payment.contactId === null ? (
                "Several"
              ) : (
                <Link href={`${base}/${people}/${payment.contactId}`} prefetch={false}>
                  {payment.contactName}
                </Link>
              )}
            </dd>
          </div>
          <div>
            <dt>Date</dt>
            <dd>
              <DateText date={payment.paidOn} locale={client.locale} />
            </dd>
          </div>
          <div>
            <dt>Amount</dt>
            <dd>
              <strong>{money(isRefund(payment) ? -payment.amountMinor : payment.amountMinor)}</strong>
            </dd>
          </div>
          <div>
            <dt>Bank nominal</dt>
            <dd>
              {works ? (
                <Link href={`${base}/mapping?tab=bank`} prefetch={false}>
                  {payment.bankNominalCode} {payment.bankName}
                </Link>
              ) : (
                `${payment.bankNominalCode} ${payment.bankName ?? ""}`.trim()
              )}
            </dd>
          </div>
          <div>
            <dt>Reference</dt>
            <dd>{payment.reference ?? "none"}</dd>
          </div>
          <div>
            <dt>{payment.origin === "package" ? "Created from Import" : "Added by hand"}</dt>
            <dd>
              {payment.createdBy}, <Moment at={payment.createdAt} timeZone={client.timeZone} locale={client.locale} />
            </dd>
          </div>
        </dl>
      </Panel>
      <Panel title="Allocations" aside={`${payment.allocations.length}`}>
        {payment.allocations.length === 0 ? (
          payment.status === "deleted" ? (
            <EmptyState title="No allocations" body="Its allocations were removed when it was deleted." />
          ) : (
            <EmptyState title="Not allocated" body="None of it is allocated to an invoice, bill or credit note." />
          )
        ) : (
          <PlainTable label="Documents paid">
            <thead>
              <tr>
                <th scope="col">Number</th>
                <th scope="col">Type</th>
                <th scope="col" data-align="end">
                  Allocated
                </th>
                <th scope="col" data-align="end">
                  Still open
                </th>
              </tr>
            </thead>
            <tbody>
              {payment.allocations.map((allocation) => (
                <tr key={`${allocation.documentId} ${allocation.amountMinor}`}>
                  <th scope="row" className={records.name}>
                    <Link href={`${base}/documents/${allocation.documentId}`} prefetch={false}>
                      {allocation.number}
                    </Link>
                  </th>
                  <td>{KIND_LABELS[allocation.kind]}</td>
                  <td data-align="end">{money(allocation.amountMinor)}</td>
                  <td data-align="end">{money(allocation.openMinor)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      {payment.origin === "operational" && !works && <OwnStanding record={record} />}
      {payment.origin === "operational" && works && (
        <Panel title={record.site === null ? "In the package" : `In ${record.wording.packageName}`} padded>
          <InThePackage standing={record.standing} wording={record.wording} site={record.site} conflicts={record.conflicts} />
          <WhyNot diagnosis={record.diagnosis} wording={record.wording} />
        </Panel>
      )}
      {works && (
        <Panel title="Timeline" aside="newest first" padded>
          <Timeline entries={record.entries} reference={name} clientId={client.id} wording={record.wording} site={record.site} />
        </Panel>
      )}
    </div>
  );
}
