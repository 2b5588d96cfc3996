import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listTaxCodes } from "#db/queries/mapping/codes.ts";
import { mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { listTaxLevels } from "#db/queries/mapping/tax-levels.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { saidSide } from "#lib/mapping/resolve.ts";
import { standing } from "#lib/mapping/sides.ts";
import { TAX_KIND_ROWS, TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import { database } from "#lib/web.ts";
import classes from "../documents/records.module.css";
import { CodeMapping } from "../record/code-parts.tsx";
import { NO_OPTIONS } from "../record/form-fields.ts";
import { RecordForm } from "../record/record-form.tsx";
import { wordingFor } from "../wording.ts";
import { TaxLevels } from "./tax-levels.tsx";

export const metadata: Metadata = { title: "Tax codes" };

export default async function TaxCodesPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { codes, connection, mapped, wording, levels } = await database().inScope(scope, async (db) => {
    const connection = await mappingConnection(db, scope);
    return {
      connection,
      codes: await listTaxCodes(db, scope),
      levels: await listTaxLevels(db, scope),
      mapped: connection ? await resolvedMappings(db, scope, connection.id, "tax") : [],
      wording: await wordingFor(db, scope, client),
    };
  });
  const base = `/clients/${client.slug}`;
  const choices = codes.map(({ code, name }) => ({ value: code, label: `${code} ${name}` }));
  return (
    <div className={classes.stack}>
      <PageTitle
        title="Tax codes"
        aside={String(codes.length)}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="tax-code"
              clientId={client.id}
              base={base}
              id={null}
              values={{ code: "", name: "", rate: "", kind: "", side: "", followedBy: "", followedFrom: "" }}
              options={{ ...NO_OPTIONS, tax: choices }}
            />
          )
        }
      />
      <Panel title="The operational system’s own tax codes">
        {codes.length === 0 ? (
          <EmptyState title="No tax codes yet" body="Upload a file or add them here." />
        ) : (
          <PlainTable label="Tax codes">
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Name</th>
                <th scope="col" data-align="end">
                  Rate (%)
                </th>
                <th scope="col">Kind</th>
                <th scope="col">Side</th>
                <th scope="col">In {wording.packageName}</th>
              </tr>
            </thead>
            <tbody>
              {codes.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/tax-codes/${row.id}`} prefetch={false}>
                      {row.code}
                    </Link>
                  </th>
                  <td>{row.name}</td>
                  <td data-align="end">{row.rate}</td>
                  <td>{row.kind === null ? <StatusDot kind="idle">Not set</StatusDot> : TAX_KIND_ROWS[row.kind].label}</td>
                  <td>{row.side === null ? "" : TAX_SIDE_LABELS[row.side]}</td>
                  <td>
                    {standing(
                      saidSide(row),
                      mapped.filter((one) => one.sourceCode === row.code),
                    ).map(({ side, mapping }) => (
                      <div key={side ?? ""}>
                        <CodeMapping
                          mapping={mapping}
                          code={row.code}
                          side={side}
                          tab="tax"
                          connected={connection !== null}
                          wording={wording}
                        />
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <TaxLevels
        clientId={client.id}
        levels={levels.map(({ level, subject, side, taxCode, name, saidBy }) => ({
          level,
          subject,
          side,
          taxCode,
          name,
          saidBy,
        }))}
        choices={choices}
        mayEdit={can(staff.role, "export")}
      />
    </div>
  );
}
