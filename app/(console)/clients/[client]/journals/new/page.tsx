import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { booksCurrency } from "#db/queries/journals.ts";
import { listChart } from "#db/queries/mapping.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { now } from "#lib/clock.ts";
import { dateIn } from "#lib/common/dates.ts";
import { legFault } from "#lib/operational/journals.ts";
import { taxWord } from "#lib/tax/tax-word.ts";
import { database } from "#lib/web.ts";
import { JournalForm } from "./journal-form.tsx";

export const metadata: Metadata = { title: "New journal" };

export default async function NewJournalPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  if (!can(staff.role, "export")) {
    return (
      <>
        <PageTitle title="New journal" />
        <Notice kind="info">Your role may view journals but not add them. Ask {whoMay("export")}.</Notice>
      </>
    );
  }
  const { chart, currency } = await database().inScope(scope, async (db) => ({
    chart: await listChart(db, scope),
    currency: await booksCurrency(db, scope),
  }));
  return (
    <>
      <PageTitle title="New journal" aside={`in ${currency}, outside the scope of ${taxWord(client.locale)}`} />
      <JournalForm
        clientId={client.slug}
        base={`/clients/${client.slug}`}
        locale={client.locale}
        today={dateIn(client.timeZone, now())}
        currency={currency}
        nominals={chart.map(({ code, name, kind }) => ({ code, name, mayStand: legFault(kind, code, name) === null }))}
      />
    </>
  );
}
