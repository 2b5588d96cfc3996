import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { countOffered, listFiles } from "#db/queries/handover.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { MOST_LINES } from "#lib/handover/handover.ts";
import { database } from "#lib/web.ts";
import { Acknowledge } from "./acknowledge.tsx";
import classes from "./handover.module.css";
import { TakeFile } from "./take-file.tsx";

export const metadata: Metadata = { title: "Export to operational system" };

const LATEST = 50;

/** Who it was, without the address that tells two of the same name apart in the audit. */
const nameOf = (actor: string) => actor.replace(/ <[^<>]*>$/, "");

export default async function HandoverPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { files, waiting } = await database().inScope(scope, async (db) => ({
    files: await listFiles(db, scope, LATEST),
    waiting: await countOffered(db, scope, MOST_LINES + 1),
  }));
  const open = files.find((file) => file.acknowledgedAt === null);
  const may = can(staff.role, "export");
  const count = new Intl.NumberFormat(client.locale);
  const file = (id: string) => `/api/clients/${client.slug}/handover/${id}`;
  const more = waiting > MOST_LINES ? `more than ${count.format(MOST_LINES)}` : count.format(waiting);
  const lines = waiting === 1 ? "line" : "lines";
  return (
    <>
      <PageTitle
        title="Export to operational system"
        aside={waiting === 0 ? "Nothing new" : open ? `${more} ${lines} for the next file` : `${more} ${lines} not yet in a file`}
        actions={
          <TakeFile
            clientId={client.slug}
            open={open?.number ?? null}
            blocked={may ? (open || waiting > 0 ? null : "There is nothing new to export.") : `Ask ${whoMay("export")}.`}
          />
        }
      />
      <p className={classes.lead}>
        This file tells the operational system the package's ids of your records, and which payments were created and allocated
        here. It stays the same until you acknowledge it, however often you download it; its lines are not in the next file.{" "}
        <Link href={`/clients/${client.slug}/import`} prefetch={false}>
          Back to Import
        </Link>
      </p>
      <Panel title="Files" aside={count.format(files.length)}>
        {files.length === 0 ? (
          <EmptyState
            title="No files yet"
            body="You can make the first file once a record has been exported or a payment created and allocated."
          />
        ) : (
          <PlainTable label="Files for the operational system">
            <thead>
              <tr>
                <th scope="col" data-align="end">
                  Number
                </th>
                <th scope="col" data-align="end">
                  Lines
                </th>
                <th scope="col">Made</th>
                <th scope="col">SHA-256</th>
                <th scope="col">State</th>
                <th scope="col">File</th>
              </tr>
            </thead>
            <tbody>
              {files.map((one) => (
                <tr key={one.id}>
                  <th scope="row" data-align="end">
                    {one.number}
                  </th>
                  <td data-align="end">{count.format(one.rowCount)}</td>
                  <td className={classes.file}>
                    <Moment at={one.createdAt} timeZone={client.timeZone} locale={client.locale} /> by {nameOf(one.createdBy)}
                  </td>
                  <td>
                    <code className={classes.hash} title={one.sha256}>
                      {one.sha256.slice(0, 16)}…
                    </code>
                  </td>
                  <td>
                    {one.acknowledgedAt ? (
                      <StatusDot kind="good">
                        Acknowledged <Moment at={one.acknowledgedAt} timeZone={client.timeZone} locale={client.locale} /> by{" "}
                        {nameOf(one.acknowledgedBy ?? "")}
                      </StatusDot>
                    ) : may ? (
                      <Acknowledge clientId={client.slug} fileId={one.id} number={one.number} rowCount={one.rowCount} />
                    ) : (
                      <StatusDot kind="busy">Not acknowledged</StatusDot>
                    )}
                  </td>
                  <td className={classes.file}>{may ? <a href={file(one.id)}>Download {one.number}</a> : "CSV"}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </>
  );
}
