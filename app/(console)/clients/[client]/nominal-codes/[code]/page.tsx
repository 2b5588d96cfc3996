import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { countCodeUses, findNominalCode, listCodeDocuments, listCodeHistory, sumCodeLines } from "#db/queries/mapping/codes.ts";
import { mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { NOMINAL_KIND_LABELS } from "#lib/mapping/nominal-kinds.ts";
import { diagnoseCode } from "#lib/posting/diagnose.ts";
import { database } from "#lib/web.ts";
import classes from "../../documents/records.module.css";
import { CodeHistory, CodeMapping, CodeUses } from "../../record/code-parts.tsx";
import { NO_OPTIONS } from "../../record/form-fields.ts";
import { RecordForm } from "../../record/record-form.tsx";
import { WhyNot } from "../../record/why.tsx";
import { NOT_POSTED, usedByWords } from "../../record/words.ts";
import { wordingFor } from "../../wording.ts";

export const metadata: Metadata = { title: "Nominal code" };

const SHOWN = 25;

export default async function NominalCodePage({ params }: { params: Promise<{ client: string; code: string }> }) {
  const staff = await requireStaff();
  const { client: slug, code: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const code = await findNominalCode(db, scope, id);
    if (!code) return null;
    const connection = await mappingConnection(db, scope);
    const kind = code.kind === "bank" ? ("bank" as const) : ("nominal" as const);
    const mapped = connection ? await resolvedMappings(db, scope, connection.id, kind) : [];
    return {
      code,
      connected: connection !== null,
      tab: kind,
      mapping: mapped.find((one) => one.sourceCode === code.code) ?? null,
      uses: await sumCodeLines(db, scope, "nominal", code.code),
      elsewhere: await countCodeUses(db, scope, "nominal", code.code),
      documents: await listCodeDocuments(db, scope, "nominal", code.code, SHOWN),
      events: await listCodeHistory(db, scope, { id, mapped: { kind: "nominal", code: code.code } }),
      wording: await wordingFor(db, scope, client),
      diagnosis: await diagnoseCode(db, scope, { kind, code: code.code, notPosted: NOT_POSTED[code.kind] !== undefined }),
    };
  });
  if (!found) notFound();
  const { code, wording } = found;
  const unused = NOT_POSTED[code.kind];
  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Nominal codes", href: `${wording.base}/nominal-codes` }} here={code.code} />
      <PageTitle
        title={`Nominal code ${code.code}`}
        aside={code.name}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="nominal-code"
              clientId={client.id}
              base={wording.base}
              id={code.id}
              values={{ code: code.code, name: code.name, kind: code.kind }}
              options={NO_OPTIONS}
            />
          )
        }
      />
      <Panel title="Nominal code" padded>
        <dl className={classes.facts}>
          <div>
            <dt>Code</dt>
            <dd>{code.code}</dd>
          </div>
          <div>
            <dt>Name</dt>
            <dd>{code.name}</dd>
          </div>
          <div>
            <dt>Kind</dt>
            <dd>{NOMINAL_KIND_LABELS[code.kind]}</dd>
          </div>
          <div>
            <dt>In {wording.packageName}</dt>
            <dd>
              {unused ?? (
                <CodeMapping
                  mapping={found.mapping}
                  code={code.code}
                  tab={found.tab}
                  connected={found.connected}
                  wording={wording}
                />
              )}
            </dd>
          </div>
          <div>
            <dt>Also named by</dt>
            <dd>{usedByWords(found.elsewhere)}</dd>
          </div>
        </dl>
        <WhyNot diagnosis={found.diagnosis} wording={wording} />
      </Panel>
      <CodeUses uses={found.uses} documents={found.documents} wording={wording} />
      <CodeHistory events={found.events} code={code.code} wording={wording} />
    </div>
  );
}
