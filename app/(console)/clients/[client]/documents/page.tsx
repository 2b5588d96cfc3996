import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { listDocuments } from "#db/queries/documents.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { DOCUMENT_KINDS } from "#lib/common/records.ts";
import { database } from "#lib/web.ts";
import { DocumentTable } from "./document-table.tsx";
import { FindForm, Pages } from "./find-form.tsx";

export const metadata: Metadata = { title: "Documents" };

const PAGE = 50;
const search = z.object({
  q: z.string().max(200).catch(""),
  kind: z.enum(DOCUMENT_KINDS).nullable().catch(null),
  afterDate: z.string().refine(isPlainDate).optional().catch(undefined),
  afterId: z.uuid().optional().catch(undefined),
});

export default async function DocumentsPage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  const { scope, client } = access;
  const { q, kind, afterDate, afterId } = search.parse(await searchParams);
  const after = afterDate !== undefined && afterId !== undefined ? { issuedOn: afterDate, id: afterId } : null;
  const found = await database().inScope(scope, (db) => listDocuments(db, scope, { search: q, kind, after, limit: PAGE }));
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  const base = `/clients/${client.slug}`;
  const mayUpload = can(staff.role, "export");

  return (
    <>
      <PageTitle
        title="Documents"
        actions={mayUpload ? <LinkButton href={`${base}/documents/upload`}>Upload a file</LinkButton> : undefined}
      />
      <Panel
        title="Invoices, bills and credit notes"
        aside="newest first"
        actions={
          <FindForm
            action={`${base}/documents`}
            q={q}
            label="Find by number, customer or supplier"
            placeholder="Number or name"
          />
        }
      >
        {rows.length === 0 ? (
          <EmptyState
            title={q === "" ? "No documents yet" : `No document matches “${q}”`}
            body={
              q === ""
                ? "Invoices, bills and credit notes come in from a file."
                : "The search looks at the number and at the customer's or supplier's name."
            }
            action={
              q !== "" ? (
                <LinkButton href={`${base}/documents`} variant="default">
                  Show all
                </LinkButton>
              ) : mayUpload ? (
                <LinkButton href={`${base}/documents/upload`}>Upload a file</LinkButton>
              ) : undefined
            }
          />
        ) : (
          <DocumentTable rows={rows} base={base} locale={client.locale} />
        )}
      </Panel>
      <Pages
        base={`${base}/documents`}
        q={q}
        first={after === null}
        next={last === undefined ? null : { ...(kind === null ? {} : { kind }), afterDate: last.issuedOn, afterId: last.id }}
        label="Pages of documents"
      />
    </>
  );
}
