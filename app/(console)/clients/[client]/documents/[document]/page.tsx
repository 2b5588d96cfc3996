import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { findCorrectionOf } from "#db/queries/export/open-corrections.ts";
import { listAttachments } from "#db/queries/export/timeline.ts";
import { idsOfCodes, listTaxCodes } from "#db/queries/mapping/codes.ts";
import { findDocument, listDocumentLines, listDocumentRevisions } from "#db/queries/operational/documents.ts";
import { findOpenApart } from "#db/queries/payments/open-apart.ts";
import { findThere } from "#db/queries/payments/package-documents.ts";
import { listAllocations } from "#db/queries/payments/payments.ts";
import { findAmended } from "#db/queries/postings/reissue.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { lineFigures } from "#lib/common/line-figures.ts";
import { KIND_LABELS, sideOf, signOf } from "#lib/common/records.ts";
import { planCorrection } from "#lib/posting/correction-plan.ts";
import { vatByCode } from "#lib/tax/by-code.ts";
import { database } from "#lib/web.ts";
import { PartOfCorrection } from "../../corrections/open-work.tsx";
import { DocumentAllocations } from "../../import/document-allocations.tsx";
import { Attachments } from "../../record/attachments.tsx";
import { CodeLink } from "../../record/code-link.tsx";
import { openApartWords } from "../../record/open-words.ts";
import { OwnStanding } from "../../record/own-standing.tsx";
import { PackagePanel } from "../../record/package-panel.tsx";
import { readRecord } from "../../record/read.ts";
import { Timeline } from "../../record/timeline.tsx";
import { settledWords } from "../../record/words.ts";
import { HoldDocument } from "../../withheld/hold-document.tsx";
import classes from "../records.module.css";
import { VatByCode } from "./vat-by-code.tsx";

/** No code leads to a page. */
const NO_IDS: ReadonlyMap<string, string> = new Map();

export const metadata: Metadata = { title: "Document" };

/** That a line's price, or its quantity too, does not go to the package, and what stands there instead; null where both go. */
function notSent(
  line: { readonly quantity: string; readonly unitPrice: string; readonly netMinor: bigint },
  currency: string,
  { packageName }: { readonly packageName: string },
): string | null {
  const figures = lineFigures(line, currency);
  if (figures.say === "price") return null;
  return figures.say === "quantity"
    ? `not sent: the net differs, so ${packageName} shows ${figures.price}`
    : `quantity and price are not sent: ${packageName} shows 1 at the net amount`;
}

export default async function DocumentPage({ params }: { params: Promise<{ client: string; document: string }> }) {
  const staff = await requireStaff();
  const { client: slug, document: id } = await params;
  const access = await scopeFor(staff, slug, "view");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const document = await findDocument(db, scope, id);
    if (!document) return null;
    const lines = await listDocumentLines(db, scope, id, document.revision);
    const record = await readRecord(db, scope, client, id);
    const stopped = can(staff.role, "export") ? (record.standing?.postingId ?? null) : null;
    return {
      document,
      lines,
      codes: await idsOfCodes(db, scope, {
        nominal: lines.map((line) => line.nominalCode),
        tax: lines.map((line) => line.taxCode),
      }),
      revisions: await listDocumentRevisions(db, scope, id),
      taxCodes: await listTaxCodes(db, scope),
      files: await listAttachments(db, scope, id),
      record,
      correction: stopped === null ? null : await planCorrection(db, scope, stopped, client.timeZone),
      made: can(staff.role, "console") ? await findCorrectionOf(db, scope, id) : null,
      allocations: await listAllocations(db, scope, id),
      there: await findThere(db, scope, id),
      apart: (await findOpenApart(db, scope, [id]))[0] ?? null,
      amended: await findAmended(db, scope, id),
    };
  });
  if (!found) notFound();
  const vat = vatByCode(found.lines, found.taxCodes, sideOf(found.document.kind));
  const { document, lines, codes, revisions, files, record, allocations, there, apart, amended, correction, made } = found;
  const { currency } = document;
  // A client's own person sees the document and how it stands: no button of staff, no way into their pages.
  const works = can(staff.role, "console");
  const sign = signOf(document.kind);
  const openMinor = document.grossMinor - document.paidMinor - document.settledMinor;
  const base = `/clients/${client.slug}`;
  const people = sideOf(document.kind) === "purchase" ? "suppliers" : "customers";
  const money = (minor: bigint) => <Amount minor={sign * minor} currency={currency} locale={client.locale} />;

  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Documents", href: `${base}/documents` }} here={document.number} />
      <PageTitle
        title={`${KIND_LABELS[document.kind]} ${document.number}`}
        aside={
          [document.status === "void" && "void", document.revision > 1 && `revision ${document.revision}`]
            .filter(Boolean)
            .join(", ") || undefined
        }
      />
      <Panel title="Document" padded>
        <dl className={classes.facts}>
          <div>
            <dt>{people === "suppliers" ? "Supplier" : "Customer"}</dt>
            <dd>
              <Link href={`${base}/${people}/${document.contactId}`} prefetch={false}>
                {document.contactName}
              </Link>
            </dd>
          </div>
          <div>
            <dt>Date</dt>
            <dd>
              <DateText date={document.issuedOn} locale={client.locale} />
            </dd>
          </div>
          <div>
            <dt>Due</dt>
            <dd>
              <DateText date={document.dueOn} locale={client.locale} />
            </dd>
          </div>
          {document.country !== null && (
            <div>
              <dt>Country</dt>
              <dd>{document.country}</dd>
            </div>
          )}
          <div>
            <dt>Net · tax · gross ({currency})</dt>
            <dd>
              {money(document.netMinor)} · {money(document.taxMinor)} · <strong>{money(document.grossMinor)}</strong>
            </dd>
          </div>
          <div>
            <dt>Paid or credited · open</dt>
            <dd>
              {money(document.paidMinor)} · {money(openMinor)}
            </dd>
          </div>
          {apart !== null && (
            <div>
              <dt>Open in {record.wording.packageName}</dt>
              <dd>
                <StatusDot kind={apart.unexplainedMinor === "0" ? "idle" : "warning"}>
                  {openApartWords(apart, record.wording)}
                </StatusDot>
              </dd>
            </div>
          )}
          {document.settledMinor > 0n && (
            <div>
              <dt>Settled in {record.wording.packageName} by other means</dt>
              <dd>
                {money(document.settledMinor)} {settledWords(there?.settledBy ?? [], currency, client.locale)}
                {there !== null && there.dueMinor === 0n && `, with nothing left open there`}
              </dd>
            </div>
          )}
          {document.importId !== null && (
            <div>
              <dt>Last changed by</dt>
              <dd>
                {works ? (
                  <Link href={`${base}/documents/upload?import=${document.importId}`} prefetch={false}>
                    {document.importName ?? "a file"}
                  </Link>
                ) : (
                  (document.importName ?? "a file")
                )}
                , <Moment at={document.changedAt} timeZone={client.timeZone} locale={client.locale} />
              </dd>
            </div>
          )}
        </dl>
      </Panel>
      {works ? (
        <PackagePanel
          record={record}
          clientId={client.id}
          mayExport={can(staff.role, "export")}
          amended={amended}
          correction={correction?.plan ?? null}
          made={made && <PartOfCorrection correction={made} base={base} />}
          actions={
            record.standing !== null &&
            ["pending", "held", "rejected", "conflict", "dead", "queued", "waiting"].includes(record.standing.state) && (
              <HoldDocument
                clientId={client.slug}
                postingId={record.standing.postingId}
                name={document.number}
                held={record.standing.aside === "on-hold"}
                error={record.standing.errorCode !== null || record.standing.panel === "errors"}
              />
            )
          }
        />
      ) : (
        <OwnStanding record={record} />
      )}
      <Panel title="Lines" aside={`${lines.length}`}>
        <PlainTable label="The document's lines">
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Description</th>
              <th scope="col" data-align="end">
                Quantity
              </th>
              <th scope="col" data-align="end">
                Unit price
              </th>
              <th scope="col">Nominal code</th>
              <th scope="col">Tax code</th>
              <th scope="col" data-align="end">
                Net
              </th>
              <th scope="col" data-align="end">
                Tax
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.position}>
                <td>
                  {line.productId !== null && !works && line.productReference}
                  {line.productId !== null && works && (
                    <Link href={`${base}/products/${line.productId}`} prefetch={false}>
                      {line.productReference}
                    </Link>
                  )}
                </td>
                <td className={classes.wrap}>{line.description}</td>
                <td data-align="end">{line.quantity}</td>
                <td data-align="end">
                  {line.unitPrice}
                  {notSent(line, currency, record.wording) && (
                    <span className={classes.dim}>
                      <br />
                      {notSent(line, currency, record.wording)}
                    </span>
                  )}
                </td>
                <td>
                  <CodeLink code={line.nominalCode} ids={works ? codes.nominal : NO_IDS} base={base} of="nominal-codes" />
                </td>
                <td>
                  <CodeLink code={line.taxCode} ids={works ? codes.tax : NO_IDS} base={base} of="tax-codes" />
                </td>
                <td data-align="end">{money(line.netMinor)}</td>
                <td data-align="end">{money(line.taxMinor)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
      {vat.length > 0 && <VatByCode rows={vat} currency={currency} locale={client.locale} sign={sign} />}
      {(allocations.length > 0 || sign < 0n) && (
        <DocumentAllocations
          allocations={allocations}
          openMinor={openMinor}
          currency={currency}
          isCredit={sign < 0n}
          ofCorrection={made?.creditNoteId === document.id}
          wording={record.wording}
        />
      )}
      <Attachments
        files={files}
        documentId={document.id}
        clientId={client.id}
        wording={record.wording}
        mayChange={can(staff.role, "export")}
        connected={record.site !== null}
        inPackage={record.standing?.externalId != null}
      />
      {revisions.length > 0 && (
        <Panel title="Earlier revisions" aside="before each amendment">
          <PlainTable label="Replaced revisions">
            <thead>
              <tr>
                <th scope="col">Revision</th>
                <th scope="col">Date</th>
                <th scope="col" data-align="end">
                  Gross
                </th>
                <th scope="col">Replaced</th>
              </tr>
            </thead>
            <tbody>
              {revisions.map((revision) => (
                <tr key={revision.revision}>
                  <th scope="row">{revision.revision}</th>
                  <td>
                    <DateText date={revision.issuedOn} locale={client.locale} />
                  </td>
                  <td data-align="end">
                    <Amount minor={sign * revision.grossMinor} currency={revision.currency} locale={client.locale} withCurrency />
                  </td>
                  <td>
                    <Moment at={revision.replacedAt} timeZone={client.timeZone} locale={client.locale} />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {works && (
        <Panel title="Timeline" aside="newest first" padded>
          <Timeline
            entries={record.entries}
            reference={document.number}
            clientId={client.id}
            wording={record.wording}
            site={record.site}
          />
        </Panel>
      )}
    </div>
  );
}
