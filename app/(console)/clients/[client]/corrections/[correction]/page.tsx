import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { Moment } from "#components/ui/date-text.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { findCorrection } from "#db/queries/export/open-corrections.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { readMade } from "#lib/posting/correction-plan.ts";
import { database } from "#lib/web.ts";
import records from "../../documents/records.module.css";
import { readRecord } from "../../record/read.ts";
import { InThePackage } from "../../record/standing.tsx";
import { Timeline } from "../../record/timeline.tsx";
import { WhyNot } from "../../record/why.tsx";
import classes from "../correction.module.css";
import { Entries } from "../correction-tables.tsx";
import { OpenWork } from "../open-work.tsx";
import { Dismiss } from "./dismiss.tsx";

export const metadata: Metadata = { title: "Correction" };

export default async function CorrectionPage({ params }: { params: Promise<{ client: string; correction: string }> }) {
  const staff = await requireStaff();
  const { client: slug, correction: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const one = await findCorrection(db, scope, id);
    if (!one) return null;
    const allocated = [];
    for (const allocation of one.allocations)
      allocated.push({ allocation, record: await readRecord(db, scope, client, allocation.id) });
    const document = await readRecord(db, scope, client, one.correction.documentId);
    return { ...one, allocated, wording: document.wording, ...(await readMade(db, scope, one.correction)) };
  });
  if (!found) notFound();
  const { correction, documents, open, wording } = found;
  const { number, creditNote, reissue, currency, dismissed } = correction;
  const base = `/clients/${client.slug}`;
  const money = (minor: bigint | string) => <Amount minor={minor} currency={currency} locale={client.locale} withCurrency />;
  const payments = open.payments.length > 0 || (open.paidMinor ?? 0n) > 0n;
  const to = (documentId: string, text: string) => (
    <Link href={`${base}/documents/${documentId}`} prefetch={false}>
      {text}
    </Link>
  );

  return (
    <div className={records.stack}>
      <Crumbs list={{ label: "Corrections", href: `${base}/corrections` }} here={number} />
      <PageTitle title={`Correction of ${number}`} />
      <Panel title="Correction" padded>
        <dl className={records.facts}>
          <div>
            <dt>Corrected</dt>
            <dd>{to(correction.documentId, number)}</dd>
          </div>
          <div>
            <dt>Credit note</dt>
            <dd>{to(correction.creditNoteId, creditNote)}</dd>
          </div>
          <div>
            <dt>Reissue</dt>
            <dd>
              {correction.reissueId !== null && reissue !== null ? to(correction.reissueId, reissue) : "None: it was voided"}
            </dd>
          </div>
          <div>
            <dt>Made by</dt>
            <dd>
              {correction.madeBy}, <Moment at={correction.madeAt} timeZone={client.timeZone} locale={client.locale} />
            </dd>
          </div>
          {correction.creditLeftMinor !== null && (
            <div>
              <dt>Left of {creditNote}</dt>
              <dd>{money(correction.creditLeftMinor)}</dd>
            </div>
          )}
          {correction.stillOpenMinor !== null && (
            <div>
              <dt>Open on {number}</dt>
              <dd>{money(correction.stillOpenMinor)}</dd>
            </div>
          )}
        </dl>
      </Panel>
      {correction.leavesWork ? (
        <Panel
          title="Left to do"
          aside="is removed once a read shows nothing left"
          actions={can(staff.role, "export") && <Dismiss clientId={client.slug} correctionId={correction.id} number={number} />}
          padded
        >
          <div className={classes.plan}>
            <OpenWork correction={correction} payments={payments} wording={wording} />
          </div>
        </Panel>
      ) : (
        dismissed !== null && (
          <Panel title="Left to do" padded>
            <StatusDot kind="idle">
              Dismissed by {dismissed.by}, <Moment at={dismissed.at} timeZone={client.timeZone} locale={client.locale} />:{" "}
              {dismissed.why}
            </StatusDot>
          </Panel>
        )
      )}
      {found.allocated.map(({ allocation, record }) => (
        <Panel key={allocation.id} title={`Allocation ${allocation.reference}`} aside={money(allocation.amountMinor)} padded>
          <InThePackage standing={record.standing} wording={record.wording} site={record.site} conflicts={record.conflicts} />
          <WhyNot diagnosis={record.diagnosis} wording={record.wording} />
          <Timeline
            entries={record.entries}
            reference={allocation.reference}
            clientId={client.id}
            wording={record.wording}
            site={record.site}
          />
        </Panel>
      ))}
      <Panel title="Entries" aside="as debits and credits" padded>
        <div className={classes.pair}>
          {documents.map(({ document, currency }) => (
            <Entries key={document.number} document={document} currency={currency} locale={client.locale} />
          ))}
        </div>
      </Panel>
    </div>
  );
}
