import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listNominalCodes } from "#db/queries/codes.ts";
import { mappingConnection, resolvedMappings } from "#db/queries/mapping.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { NOMINAL_KIND_LABELS } from "#lib/mapping/nominal-kinds.ts";
import { database } from "#lib/web.ts";
import classes from "../documents/records.module.css";
import { CodeMapping } from "../record/code-parts.tsx";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { RecordForm } from "../record/record-form.tsx";
import { NOT_POSTED } from "../record/words.ts";
import { wordingFor } from "../wording.ts";

export const metadata: Metadata = { title: "Nominal codes" };

export default async function NominalCodesPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { codes, connection, mapped, wording } = await database().inScope(scope, async (db) => {
    const connection = await mappingConnection(db, scope);
    return {
      connection,
      codes: await listNominalCodes(db, scope),
      mapped: connection ? await resolvedMappings(db, scope, connection.id) : [],
      wording: await wordingFor(db, scope, client),
    };
  });
  const base = `/clients/${client.slug}`;
  return (
    <>
      <PageTitle
        title="Nominal codes"
        aside={String(codes.length)}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="nominal-code"
              clientId={client.id}
              base={base}
              id={null}
              values={{ code: "", name: "", kind: "sales" }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <Panel title="The operational system's own chart">
        {codes.length === 0 ? (
          <EmptyState title="No nominal codes yet" body="Upload a file or add them here." />
        ) : (
          <PlainTable label="Nominal codes">
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Name</th>
                <th scope="col">Kind</th>
                <th scope="col">In {wording.packageName}</th>
              </tr>
            </thead>
            <tbody>
              {codes.map((row) => {
                const tab = row.kind === "bank" ? "bank" : "nominal";
                return (
                  <tr key={row.id}>
                    <th scope="row" className={classes.name}>
                      <Link href={`${base}/nominal-codes/${row.id}`} prefetch={false}>
                        {row.code}
                      </Link>
                    </th>
                    <td>{row.name}</td>
                    <td>{NOMINAL_KIND_LABELS[row.kind]}</td>
                    <td>
                      {NOT_POSTED[row.kind] ? (
                        <span className={classes.dim}>not used</span>
                      ) : (
                        <CodeMapping
                          mapping={mapped.find((one) => one.kind === tab && one.sourceCode === row.code) ?? null}
                          code={row.code}
                          tab={tab}
                          connected={connection !== null}
                          wording={wording}
                        />
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </>
  );
}
