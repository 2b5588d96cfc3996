import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { FindForm, Pages } from "#components/ui/paged-list.tsx";
import { Tick } from "#components/ui/tick.tsx";
import { findRun, listRowsOfRun, type RunMemberRow } from "#db/queries/export/runs.ts";
import { listPayments, PAYMENT_KEYS } from "#db/queries/payments/payment-pages.ts";
import type { MemberOutcome } from "#db/schema/work.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { toWire } from "#lib/common/wire.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { named } from "#lib/errors/named.ts";
import type { PostingState } from "#lib/model/states.ts";
import { database } from "#lib/web.ts";
import { WhatThisMeans } from "../../export/what-this-means.tsx";
import type { Wording } from "../../export/words.ts";
import { wordingFor } from "../../wording.ts";
import classes from "../runs.module.css";
import { movesPostings, RUN_WORDS } from "../words.ts";
import { CreatedPayments } from "./created-payments.tsx";
import { LiveRun } from "./live-run.tsx";
import { PackageWait } from "./package-wait.tsx";
import { readWaits } from "./waits.ts";

export const metadata: Metadata = { title: "Run" };

const PAGE = 100;
const search = z.object({ q: z.string().trim().max(200).catch(""), after: z.uuid().optional().catch(undefined) });

const ON_ITS_WAY: Readonly<Partial<Record<PostingState, string>>> = {
  waiting: "Waiting for pickup",
  sending: "Sending now",
};

const OUTCOME_WORDS: Readonly<
  Record<Exclude<MemberOutcome, "confirmed" | "posted" | "drifted" | "skipped" | "unknown">, string>
> = {
  linked: "Already there",
  held: "Held",
  rejected: "Refused",
  conflict: "Different record there",
  dead: "Given up",
  withdrawn: "Withdrawn",
  stopped: "Withdrawn",
  amended: "Changed since it was chosen",
  "set-aside": "Set aside",
  gone: "Deleted",
};

function Outcome({
  outcome,
  state,
  errorCode,
  wording,
}: Pick<RunMemberRow, "outcome" | "state" | "errorCode"> & { readonly wording: Wording }) {
  switch (outcome) {
    case null:
      return (state && ON_ITS_WAY[state]) ?? "Queued";
    case "confirmed":
    case "posted":
    case "drifted":
    case "skipped":
    case "unknown":
      return <Tick state={outcome} packageName={wording.packageName} />;
    default:
      return (
        <>
          {OUTCOME_WORDS[outcome]}
          {errorCode && (
            <>
              <span className={classes.dim}>: {named(errorEntry(errorCode).title, wording)}</span>{" "}
              <WhatThisMeans code={errorCode} wording={wording} />
            </>
          )}
        </>
      );
  }
}

export default async function RunPage({
  params,
  searchParams,
}: {
  readonly params: Promise<{ client: string; run: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { client: slug, run: id } = await params;
  const staff = await requireStaff();
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const { q, after } = search.parse(await searchParams);
  const found = await database().inScope(scope, async (db) => {
    const run = await findRun(db, scope, id);
    if (!run) return null;
    const created =
      run.kind === "allocate"
        ? await listPayments(db, scope, { run: id }, PAYMENT_KEYS.date, { direction: "asc", after: null, limit: PAGE })
        : null;
    return {
      run,
      created,
      wording: await wordingFor(db, scope, client),
      waits: await readWaits(db, scope, id),
      found: await listRowsOfRun(db, scope, id, { search: q, after: after ?? null, limit: PAGE }),
    };
  });
  if (!found) notFound();
  const { run, created, wording, waits } = found;
  const moves = movesPostings(run.kind);
  const rows = found.found.slice(0, PAGE);
  const last = found.found.length > PAGE ? rows.at(-1) : undefined;
  const path = `/clients/${client.slug}/runs/${run.id}`;
  const asked: Record<string, string> = q === "" ? {} : { q };
  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Runs", href: `/clients/${client.slug}/runs` }} here={`Run ${run.number}`} />
      <PageTitle
        title={`Run ${run.number}`}
        aside={RUN_WORDS[run.kind]}
        actions={
          <>
            <Link href={`/clients/${client.slug}/${moves ? "export" : "import"}`}>{moves ? "To Export" : "To Import"}</Link>
            <LinkButton href={`/print/${client.slug}/run/${run.id}`} variant="default">
              Batch control sheet
            </LinkButton>
          </>
        }
      />
      <Panel padded>
        <LiveRun first={toWire(run)} clientId={client.id} locale={client.locale} timeZone={client.timeZone} />
      </Panel>
      {moves && run.endedAt === null && <PackageWait waits={waits} client={client} mayAct={can(staff.role, "export")} />}
      {created !== null && created.rows.length > 0 && (
        <CreatedPayments
          runId={run.id}
          rows={created.rows}
          all={Number(run.detail.created ?? 0)}
          exact={run.detail.exact === true}
          mayUndo={can(staff.role, "export")}
          place={client}
          packageName={wording.packageName}
        />
      )}
      {moves && (
        <>
          <Panel
            title="Rows"
            aside={after === undefined ? "Needs attention first" : undefined}
            actions={<FindForm action={path} q={q} label="Find a record in this run" placeholder="Number or name" />}
          >
            {rows.length === 0 ? (
              <EmptyState
                title={q === "" ? "No records in this run" : `Nothing in this run matches “${q}”`}
                body={
                  q === ""
                    ? "Upload data starts a run with the records that you select."
                    : "The search looks at numbers and names."
                }
              />
            ) : (
              <PlainTable label="Rows of this run">
                <thead>
                  <tr>
                    <th scope="col">Outcome</th>
                    <th scope="col">Type</th>
                    <th scope="col">Number</th>
                    <th scope="col">Date</th>
                    <th scope="col">Customer, supplier, product</th>
                    <th scope="col" data-align="end">
                      Gross
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td>
                        <Outcome outcome={row.outcome} state={row.state} errorCode={row.errorCode} wording={wording} />
                        {row.later && (
                          <>
                            {", then in "}
                            <Link href={`/clients/${client.slug}/runs/${row.later.id}`} prefetch={false}>
                              run {row.later.number}
                            </Link>
                          </>
                        )}
                      </td>
                      <td>{KIND_LABELS[row.kind]}</td>
                      <td className={classes.number}>
                        {row.recordId === null ? (
                          row.reference
                        ) : (
                          <Link href={`/clients/${client.slug}${recordPath(row.kind, row.recordId)}`} prefetch={false}>
                            {row.reference}
                          </Link>
                        )}
                      </td>
                      <td>
                        <DateText date={row.issuedOn} locale={client.locale} />
                      </td>
                      <td>{row.party}</td>
                      <td data-align="end">
                        {row.currency && (
                          <Amount minor={row.grossMinor} currency={row.currency} locale={client.locale} withCurrency />
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
            )}
          </Panel>
          <Pages
            label="Pages of rows"
            path={path}
            asked={asked}
            isFirst={after === undefined}
            next={last === undefined ? null : { after: last.id }}
          />
        </>
      )}
    </div>
  );
}
