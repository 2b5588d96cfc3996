import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Moment } from "#components/ui/date-text.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { type FileImportRow, listFaults, listFileImports } from "#db/queries/file-imports.ts";
import { findConnectionCard } from "#db/queries/setup.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { findImport } from "#lib/operational/file-import.ts";
import { listProfiles } from "#lib/operational/profiles.ts";
import { planUndo } from "#lib/operational/undo.ts";
import { packageName } from "#lib/setup/packages.ts";
import { database } from "#lib/web.ts";
import { NO_OPTIONS } from "../../record/form-fields.ts";
import { readFormOptions } from "../../record/form-options.ts";
import classes from "../records.module.css";
import { Decide } from "./decide.tsx";
import { HeadingLine } from "./heading-line.tsx";
import { Preview } from "./preview.tsx";
import { Questions } from "./questions.tsx";
import { Undo } from "./undo.tsx";
import { UnknownCodes } from "./unknown-codes.tsx";
import { UploadForm } from "./upload-form.tsx";

export const metadata: Metadata = { title: "Upload a file" };

const SHOWN_FAULTS = 1_000;
const SHOWN_UPLOADS = 10;
const STATES: Readonly<Record<FileImportRow["state"], string>> = {
  reading: "Reading",
  asks: "Needs an answer",
  previewed: "Ready to commit",
  committed: "Committed",
  refused: "Refused: faults found",
  discarded: "Discarded",
  undone: "Undone",
};

export default async function UploadPage({
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
  const mayUpload = can(staff.role, "export");
  const importId = z.uuid().safeParse((await searchParams).import).data;
  const base = `/clients/${client.slug}`;

  if (importId !== undefined) {
    const found = await database().inScope(scope, async (db) => {
      const upload = await findImport(db, scope, importId);
      if (!upload) return null;
      const plan = mayUpload ? await planUndo(db, scope, upload.row) : null;
      const connection = await findConnectionCard(db, scope);
      const lacksGroup = (upload.summary?.unknownCodes ?? []).some((one) => one.what === "product-group");
      const options = lacksGroup ? await readFormOptions(db, scope) : NO_OPTIONS;
      return { ...upload, plan, connection, options, faults: await listFaults(db, scope, importId, SHOWN_FAULTS) };
    });
    if (!found) notFound();
    const { row, summary, faults, plan, connection, options } = found;
    const waits = row.state === "previewed" || row.state === "asks";
    const records = (summary?.records?.new ?? 0) + (summary?.records?.amended ?? 0);
    const count = (summary?.documents.reduce((sum, total) => sum + total.new + total.amended, 0) ?? 0) + records;
    const [one, many] = summary?.records ? ["record", "records"] : ["document", "documents"];
    return (
      <>
        <PageTitle
          title={waits ? "Preview" : row.state === "committed" || row.state === "undone" ? "Uploaded file" : "Upload"}
          aside={row.fileName}
          actions={
            waits ? undefined : (
              <LinkButton href={`${base}/documents/upload`} variant="default">
                Upload another file
              </LinkButton>
            )
          }
        />
        {summary === null ? (
          <Notice kind="info">
            {row.state === "reading"
              ? "The file is still being read. Reload this page in a moment."
              : "This upload was discarded. Nothing was imported."}
          </Notice>
        ) : (
          <Preview
            summary={summary}
            state={row.state}
            faults={faults}
            base={base}
            locale={client.locale}
            packageName={connection ? packageName(connection.package) : "the package"}
            timeZone={client.timeZone}
            undone={row.state === "undone" ? { at: row.undoneAt, by: row.undoneBy } : null}
            questions={
              <Questions
                clientSlug={client.slug}
                importId={importId}
                questions={row.state === "asks" ? (summary.questions ?? []) : []}
                settled={summary.settled ?? []}
                mayAnswer={mayUpload && (waits || row.state === "refused")}
                locale={client.locale}
                timeZone={client.timeZone}
              />
            }
            headings={
              mayUpload && (waits || row.state === "refused") && summary.frame?.head && summary.frame.head.length > 1 ? (
                <HeadingLine
                  // Read again, it is another choice.
                  key={summary.frame.headerLine}
                  clientSlug={client.slug}
                  importId={importId}
                  head={summary.frame.head}
                  line={summary.frame.headerLine}
                  isOpen={row.state === "refused" && faults.some((fault) => fault.line === summary.frame?.headerLine)}
                />
              ) : null
            }
            unknown={
              (waits || row.state === "refused") && (summary.unknownCodes ?? []).length > 0 ? (
                <UnknownCodes
                  clientSlug={client.slug}
                  importId={importId}
                  kind={summary.kind}
                  codes={summary.unknownCodes ?? []}
                  stopped={summary.stopped}
                  options={options}
                  mayAdd={mayUpload}
                />
              ) : null
            }
            decide={
              mayUpload && (waits || row.state === "refused") ? (
                <Decide
                  clientSlug={client.slug}
                  importId={importId}
                  mayCommit={row.state === "previewed"}
                  mayLeaveOut={row.state === "refused" && summary.mayLeaveOut}
                  commitLabel={
                    count === 0
                      ? "Commit: nothing changes"
                      : `Commit ${new Intl.NumberFormat(client.locale).format(count)} ${count === 1 ? one : many}`
                  }
                />
              ) : plan !== null ? (
                <Undo clientSlug={client.slug} importId={importId} plan={plan} locale={client.locale} />
              ) : null
            }
          />
        )}
      </>
    );
  }

  const { profiles, uploads } = await database().inScope(scope, async (db) => ({
    profiles: await listProfiles(db, scope),
    uploads: await listFileImports(db, scope, SHOWN_UPLOADS),
  }));
  const used = uploads.find((row) => profiles.some((profile) => profile.name === row.profileName));
  return (
    <div className={classes.stack}>
      <PageTitle
        title="Upload a file"
        actions={
          <LinkButton href={`${base}/documents/upload/profiles`} variant="default">
            Profiles
          </LinkButton>
        }
      />
      <Panel title="Import records and documents from a file" padded>
        {mayUpload ? (
          <UploadForm clientSlug={client.slug} profiles={profiles} initial={used?.profileName ?? profiles[0]?.name ?? ""} />
        ) : (
          <Notice kind="info">Your role may not upload files. Ask {whoMay("export")}.</Notice>
        )}
      </Panel>
      {uploads.length > 0 && (
        <Panel title="Latest uploads">
          <PlainTable label="List of uploads">
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">Uploaded</th>
                <th scope="col">By</th>
                <th scope="col" data-align="end">
                  Lines
                </th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {uploads.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/documents/upload?import=${row.id}`} prefetch={false}>
                      {row.fileName}
                    </Link>
                  </th>
                  <td>
                    <Moment at={row.createdAt} timeZone={client.timeZone} locale={client.locale} />
                  </td>
                  <td>{row.createdByName}</td>
                  <td data-align="end">{new Intl.NumberFormat(client.locale).format(row.lines)}</td>
                  <td>{STATES[row.state]}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
    </div>
  );
}
