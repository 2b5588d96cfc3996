import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { CodeEvent, CodeUse, listCodeDocuments } from "#db/queries/mapping/codes.ts";
import { personWords } from "#lib/common/person-words.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import type { ResolvedMapping } from "#lib/mapping/resolve.ts";
import { rowKey, rowQuery } from "#lib/mapping/sides.ts";
import { faultSentence, LEVEL_LABELS } from "#lib/mapping/words.ts";
import { DOCUMENT_SIDES, type DocumentSide, TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import type { Wording } from "../export/words.ts";
import classes from "./timeline.module.css";

/** What a code's lines come to, by type and currency, and the latest documents they stand on. */
export function CodeUses({
  uses,
  documents,
  wording,
}: {
  readonly uses: readonly CodeUse[];
  readonly documents: Awaited<ReturnType<typeof listCodeDocuments>>;
  readonly wording: Wording;
}) {
  const count = new Intl.NumberFormat(wording.locale);
  if (uses.length === 0) {
    return (
      <Panel title="Where it is used">
        <EmptyState title="Not used" body="No document uses this code." />
      </Panel>
    );
  }
  return (
    <>
      <Panel title="Where it is used">
        <PlainTable label="Lines by type and currency">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col" data-align="end">
                Documents
              </th>
              <th scope="col" data-align="end">
                Lines
              </th>
              <th scope="col" data-align="end">
                Net
              </th>
            </tr>
          </thead>
          <tbody>
            {uses.map((use) => (
              <tr key={`${use.kind} ${use.currency}`}>
                <th scope="row">{KIND_LABELS[use.kind]}</th>
                <td data-align="end">{count.format(use.documents)}</td>
                <td data-align="end">{count.format(use.lines)}</td>
                <td data-align="end">
                  <Amount
                    minor={signOf(use.kind) * BigInt(use.net)}
                    currency={use.currency}
                    locale={wording.locale}
                    withCurrency
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
      <Panel title="Latest documents" aside={`the latest ${documents.length}`}>
        <PlainTable label="Latest documents with this code">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Type</th>
              <th scope="col">Customer or supplier</th>
              <th scope="col">Date</th>
              <th scope="col" data-align="end">
                Net of this code
              </th>
            </tr>
          </thead>
          <tbody>
            {documents.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <Link href={`${wording.base}/documents/${row.id}`} prefetch={false}>
                    {row.number}
                  </Link>
                </th>
                <td>{KIND_LABELS[row.kind]}</td>
                <td>{row.contact}</td>
                <td>
                  <DateText date={row.issuedOn} locale={wording.locale} />
                </td>
                <td data-align="end">
                  <Amount minor={signOf(row.kind) * row.netMinor} currency={row.currency} locale={wording.locale} withCurrency />
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
    </>
  );
}

/** What a code is mapped to, by which level, and what is wrong with it; a tax code that is mapped by side, on one side. */
export function CodeMapping({
  mapping,
  code,
  side = null,
  tab,
  connected,
  wording,
}: {
  readonly mapping: ResolvedMapping | null;
  readonly code: string;
  readonly side?: DocumentSide | null;
  readonly tab: "nominal" | "tax" | "bank";
  readonly connected: boolean;
  readonly wording: Wording;
}) {
  if (!connected) return <StatusDot kind="idle">No connection</StatusDot>;
  const href = `${wording.base}/mapping${rowQuery(tab, rowKey(code, side))}`;
  const of = side === null ? "" : `${TAX_SIDE_LABELS[side]}: `;
  if (mapping === null) {
    return (
      <>
        <StatusDot kind="warning">{of === "" ? "Not mapped" : `${of}not mapped`}</StatusDot>{" "}
        <Link href={href} prefetch={false}>
          Map {code}
          {side !== null && ` for ${TAX_SIDE_LABELS[side].toLowerCase()}`}
        </Link>
      </>
    );
  }
  const target = [mapping.targetCode, mapping.targetName].filter(Boolean).join(" ");
  return (
    <>
      <StatusDot kind={mapping.fault === null ? "good" : "bad"}>
        {of}
        {target === "" ? "an account that no longer exists" : target}
      </StatusDot>{" "}
      <Link href={href} prefetch={false}>
        {LEVEL_LABELS[mapping.level]} mapping
      </Link>
      {mapping.fault !== null && (
        <p className={classes.words}>{faultSentence(mapping.fault, mapping.kind, wording.packageName)}</p>
      )}
    </>
  );
}

/** What became of a code or group: changes by hand, and the mappings saved for it. */
export function CodeHistory({
  events,
  code,
  wording,
}: {
  readonly events: readonly CodeEvent[];
  readonly code: string | null;
  readonly wording: Wording;
}) {
  return (
    <Panel title="Timeline" aside="newest first" padded>
      {events.length === 0 ? (
        <EmptyState title="No changes by hand" body="Codes added by a file are listed with that upload." />
      ) : (
        <ol className={classes.timeline} aria-label="Timeline">
          {events.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a list that only grows, of rows without an id
            <li key={`${event.at.toISOString()} ${index}`} className={classes.entry} data-what={event.action}>
              <p className={classes.title}>
                <StatusDot kind="idle">{eventWords(event, code)}</StatusDot>
              </p>
              <p className={classes.about}>
                <span>
                  <Moment at={event.at} timeZone={wording.timeZone} locale={wording.locale} />
                </span>
                <span>{personWords(event.actor)}</span>
              </p>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function eventWords(event: CodeEvent, code: string | null): string {
  const { detail } = event;
  if (event.action === "mapping.save") {
    const version = typeof detail.version === "number" ? `, mapping version ${detail.version}` : "";
    const changes: unknown[] = Array.isArray(detail.changes) ? detail.changes : [];
    const own = changes.flatMap((one) => changeOf(one, code));
    const sides = own.flatMap(({ side }) => (side === null ? [] : [TAX_SIDE_LABELS[side].toLowerCase()]));
    const of = sides.length === 0 ? "" : ` for ${sides.join(" and ")}`;
    const removed = own.length > 0 && own.every((one) => one.to === null);
    return `Its mapping${of} was ${removed ? "removed" : "saved"}${version}`;
  }
  if (detail.outcome === "made") return "Added by hand";
  if (detail.outcome === "unchanged") return "Saved without a change";
  const before = typeof detail.before === "object" && detail.before !== null ? detail.before : {};
  const after = typeof detail.after === "object" && detail.after !== null ? detail.after : {};
  const changed = Object.entries(before).flatMap(([key, value]: [string, unknown]) => {
    const now: unknown = (after as Record<string, unknown>)[key];
    return LABELS[key] === undefined || now === undefined || now === value ? [] : [`${LABELS[key]} was ${value ?? "none"}`];
  });
  return changed.length === 0 ? "Changed by hand" : `Changed by hand: ${changed.join("; ")}`;
}

/** One change of a mapping as the audit keeps it: under `key` and `to`, and in its first form under `sourceCode` and `targetExternalId`. */
function changeOf(change: unknown, code: string | null): { readonly to: unknown; readonly side: DocumentSide | null }[] {
  if (typeof change !== "object" || change === null) return [];
  const { key, sourceCode, to, targetExternalId, side } = change as Record<string, unknown>;
  if ((key ?? sourceCode) !== code) return [];
  return [{ to: to ?? targetExternalId ?? null, side: DOCUMENT_SIDES.find((one) => one === side) ?? null }];
}

const LABELS: Readonly<Record<string, string>> = {
  name: "name",
  kind: "kind",
  rate: "rate",
  side: "side",
  salesNominalCode: "sales nominal code",
  purchaseNominalCode: "purchase nominal code",
  taxCode: "tax code",
};
