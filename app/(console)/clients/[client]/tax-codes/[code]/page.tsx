import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import {
  countCodeUses,
  findTaxCode,
  listCodeDocuments,
  listCodeHistory,
  listTaxCodes,
  sumCodeLines,
} from "#db/queries/mapping/codes.ts";
import { mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { personWords } from "#lib/common/person-words.ts";
import { sideOf } from "#lib/common/records.ts";
import { saidSide } from "#lib/mapping/resolve.ts";
import { standing } from "#lib/mapping/sides.ts";
import { diagnoseCode } from "#lib/posting/diagnose.ts";
import { chargeWords } from "#lib/tax/charged.ts";
import { sideByName } from "#lib/tax/evidence.ts";
import { chargedRate, TAX_KIND_ROWS, TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import { database } from "#lib/web.ts";
import classes from "../../documents/records.module.css";
import { CodeHistory, CodeMapping, CodeUses } from "../../record/code-parts.tsx";
import { NO_OPTIONS } from "../../record/form-fields.ts";
import { RecordForm } from "../../record/record-form.tsx";
import { WhyNot } from "../../record/why.tsx";
import { usedByWords } from "../../record/words.ts";
import { wordingFor } from "../../wording.ts";

export const metadata: Metadata = { title: "Tax code" };

const SHOWN = 25;

/** What stands for a side that nobody has said. */
function sideWords(code: { readonly code: string; readonly name: string }): string {
  const told = sideByName(code.code, code.name);
  return told === null ? "Not set" : `${TAX_SIDE_LABELS[told]}, by its name`;
}

export default async function TaxCodePage({ params }: { params: Promise<{ client: string; code: string }> }) {
  const staff = await requireStaff();
  const { client: slug, code: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const code = await findTaxCode(db, scope, id);
    if (!code) return null;
    const connection = await mappingConnection(db, scope);
    const mapped = connection ? await resolvedMappings(db, scope, connection.id, "tax") : [];
    return {
      code,
      connected: connection !== null,
      mappings: mapped.filter((one) => one.sourceCode === code.code),
      others: (await listTaxCodes(db, scope))
        .filter((one) => one.code !== code.code)
        .map((one) => ({ value: one.code, label: `${one.code} ${one.name}` })),
      uses: await sumCodeLines(db, scope, "tax", code.code),
      elsewhere: await countCodeUses(db, scope, "tax", code.code),
      documents: await listCodeDocuments(db, scope, "tax", code.code, SHOWN),
      events: await listCodeHistory(db, scope, { id, mapped: { kind: "tax", code: code.code } }),
      wording: await wordingFor(db, scope, client),
      diagnosis: await diagnoseCode(db, scope, { kind: "tax", code: code.code }),
    };
  });
  if (!found) notFound();
  const { code, wording } = found;
  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Tax codes", href: `${wording.base}/tax-codes` }} here={code.code} />
      <PageTitle
        title={`Tax code ${code.code}`}
        aside={code.name}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="tax-code"
              clientId={client.id}
              base={wording.base}
              id={code.id}
              values={{
                code: code.code,
                name: code.name,
                rate: code.rate,
                kind: code.kind ?? "",
                side: code.side ?? "",
                followedBy: code.followedBy ?? "",
                followedFrom: code.followedFrom ?? "",
              }}
              options={{ ...NO_OPTIONS, tax: found.others }}
            />
          )
        }
      />
      <Panel title="Tax code" padded>
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
            <dt>Rate (%)</dt>
            <dd>{code.rate}</dd>
          </div>
          <div>
            <dt>Kind</dt>
            <dd>
              {code.kind === null ? (
                <StatusDot kind="idle">Not set</StatusDot>
              ) : (
                <>
                  {TAX_KIND_ROWS[code.kind].label}
                  <span className={classes.dim}> · {TAX_KIND_ROWS[code.kind].hint}</span>
                </>
              )}
            </dd>
          </div>
          <div>
            <dt>Side</dt>
            <dd>{code.side === null ? sideWords(code) : TAX_SIDE_LABELS[code.side]}</dd>
          </div>
          <div>
            <dt>Charged on a document</dt>
            <dd>{chargeWords(chargedRate(code), code.side)}</dd>
          </div>
          {code.followedBy !== null && code.followedFrom !== null && (
            <div>
              <dt>Followed by</dt>
              <dd>
                {code.followedBy}, from <DateText date={code.followedFrom} locale={wording.locale} />: by the line’s tax point,
                where the file gives no code
              </dd>
            </div>
          )}
          {code.saidAt !== null && (
            <div>
              <dt>Set by</dt>
              <dd>
                {personWords(code.saidBy ?? "")}, <Moment at={code.saidAt} timeZone={wording.timeZone} locale={wording.locale} />
              </dd>
            </div>
          )}
          <div>
            <dt>In {wording.packageName}</dt>
            <dd>
              {standing(saidSide(code), found.mappings, new Set(found.uses.map((use) => sideOf(use.kind)))).map(
                ({ side, mapping }) => (
                  <div key={side ?? ""}>
                    <CodeMapping
                      mapping={mapping}
                      code={code.code}
                      side={side}
                      tab="tax"
                      connected={found.connected}
                      wording={wording}
                    />
                  </div>
                ),
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
