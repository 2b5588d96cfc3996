import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findJournal } from "#db/queries/journals.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import records from "../../documents/records.module.css";
import { readRecord } from "../../record/read.ts";
import { InThePackage } from "../../record/standing.tsx";
import { Timeline } from "../../record/timeline.tsx";
import { WhyNot } from "../../record/why.tsx";
import { VoidJournal } from "./void-journal.tsx";

export const metadata: Metadata = { title: "Journal" };

export default async function JournalPage({ params }: { params: Promise<{ client: string; journal: string }> }) {
  const staff = await requireStaff();
  const { client: slug, journal: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const journal = await findJournal(db, scope, id);
    return journal && { journal, record: await readRecord(db, scope, client, id) };
  });
  if (!found) notFound();
  const { journal, record } = found;
  const base = `/clients/${client.slug}`;
  const money = (minor: bigint) => <Amount minor={minor} currency={journal.currency} locale={client.locale} />;

  return (
    <div className={records.stack}>
      <Crumbs list={{ label: "Journals", href: `/clients/${client.slug}/journals` }} here={journal.reference} />
      <PageTitle
        title={`Journal ${journal.reference}`}
        aside={journal.status === "void" ? "void" : undefined}
        actions={
          can(staff.role, "export") && journal.canVoid ? (
            <VoidJournal clientId={client.slug} journalId={journal.id} name={journal.reference} />
          ) : undefined
        }
      />
      <Panel title="Journal" padded>
        <dl className={records.facts}>
          <div>
            <dt>Narration</dt>
            <dd className={records.wrap}>{journal.narration}</dd>
          </div>
          <div>
            <dt>Date</dt>
            <dd>
              <DateText date={journal.journalOn} locale={client.locale} />
            </dd>
          </div>
          <div>
            <dt>Debits and credits ({journal.currency})</dt>
            <dd>
              <strong>{money(journal.debitMinor)}</strong>
            </dd>
          </div>
          <div>
            <dt>Entered</dt>
            <dd>
              {journal.createdBy}, <Moment at={journal.createdAt} timeZone={client.timeZone} locale={client.locale} />
            </dd>
          </div>
        </dl>
      </Panel>
      <Panel title="Lines" aside={`${journal.lines.length}`}>
        <PlainTable label="The journal's lines">
          <thead>
            <tr>
              <th scope="col">Nominal code</th>
              <th scope="col">Description</th>
              <th scope="col" data-align="end">
                Debit
              </th>
              <th scope="col" data-align="end">
                Credit
              </th>
            </tr>
          </thead>
          <tbody>
            {journal.lines.map((line) => (
              <tr key={line.position}>
                <th scope="row" className={records.name}>
                  <Link href={`${base}/mapping?tab=nominal&code=${encodeURIComponent(line.nominalCode)}`} prefetch={false}>
                    {line.nominalCode} {line.nominalName}
                  </Link>
                </th>
                <td className={records.wrap}>{line.description}</td>
                <td data-align="end">{line.amountMinor > 0n && money(line.amountMinor)}</td>
                <td data-align="end">{line.amountMinor < 0n && money(-line.amountMinor)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
      <Panel title={record.site === null ? "In the package" : `In ${record.wording.packageName}`} padded>
        <InThePackage standing={record.standing} wording={record.wording} site={record.site} conflicts={record.conflicts} />
        <WhyNot diagnosis={record.diagnosis} wording={record.wording} />
      </Panel>
      <Panel title="Timeline" aside="newest first" padded>
        <Timeline
          entries={record.entries}
          reference={journal.reference}
          clientId={client.id}
          wording={record.wording}
          site={record.site}
        />
      </Panel>
    </div>
  );
}
