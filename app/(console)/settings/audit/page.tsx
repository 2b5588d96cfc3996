import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { DayInput } from "#components/ui/day-input.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listAuditActions, listAuditEvents } from "#db/queries/audit.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import classes from "./audit.module.css";
import { actionWords, auditAddress, auditSearch, detailWords } from "./filter.ts";
import { VerifyChain } from "./verify-chain.tsx";

export const metadata: Metadata = { title: "Audit" };

const PAGE = 50;

export default async function AuditPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "audit");
  if (!scope) notFound();
  const { before, ...filter } = auditSearch.parse(await searchParams);
  const { actions, found } = await database().inScope(scope, async (db) => ({
    actions: await listAuditActions(db, scope),
    found: await listAuditEvents(db, scope, filter, { before: before === undefined ? null : BigInt(before), limit: PAGE + 1 }),
  }));
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  const address = auditAddress(filter);

  return (
    <>
      <PageTitle
        title="Audit"
        aside="Who did what. Entries can't be changed or deleted; times are UTC."
        actions={
          // A plain link: the file is no page.
          <Button component="a" href={`/api/practice/audit${address}`} download variant="default">
            Download CSV
          </Button>
        }
      />
      <div className={classes.panels}>
        <Panel title="Find" padded>
          <search>
            <form action="/settings/audit" className={classes.filter} key={address}>
              <TextInput name="person" size="xs" label="Person" placeholder="Name or e-mail" defaultValue={filter.person} />
              <TextInput name="client" size="xs" label="Client" placeholder="Name or address" defaultValue={filter.client} />
              <NativeSelect
                name="action"
                size="xs"
                label="Action"
                defaultValue={filter.action}
                data={[
                  { value: "", label: "Any" },
                  ...actions.map((action) => ({ value: action, label: actionWords(action) })),
                  ...(filter.action === "" || actions.includes(filter.action)
                    ? []
                    : [{ value: filter.action, label: actionWords(filter.action) }]),
                ]}
              />
              <TextInput name="words" size="xs" label="Words" placeholder="A number, a code …" defaultValue={filter.words} />
              <DayInput name="from" size="xs" locale="en-GB" label="From" defaultValue={filter.from} />
              <DayInput name="to" size="xs" locale="en-GB" label="To" defaultValue={filter.to} />
              <div className={classes.buttons}>
                <Button type="submit">Find</Button>
                {address !== "" && (
                  <LinkButton href="/settings/audit" variant="default">
                    Show all
                  </LinkButton>
                )}
              </div>
            </form>
          </search>
        </Panel>
        <Panel title="Events" aside={before === undefined ? "Newest first" : "Older ones"}>
          {rows.length === 0 ? (
            <EmptyState title="Nothing matches" body="The search covers all clients and the practice's own events." />
          ) : (
            <PlainTable label="Who did what">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Person</th>
                  <th scope="col">Client</th>
                  <th scope="col">Action</th>
                  <th scope="col">Subject</th>
                  <th scope="col">Detail</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.seq}>
                    <td>
                      <Moment at={row.at} timeZone="UTC" />
                    </td>
                    <td className={classes.person}>{row.actor}</td>
                    <td>
                      {row.client_slug !== null && (
                        <Link href={`/clients/${row.client_slug}`} prefetch={false}>
                          {row.client_name}
                        </Link>
                      )}
                    </td>
                    <td className={classes.action}>{actionWords(row.action)}</td>
                    <td className={classes.subject}>{row.subject}</td>
                    <td className={classes.detail}>
                      <Detail text={detailWords(row.detail)} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          )}
        </Panel>
        {(last !== undefined || before !== undefined) && (
          <nav className={classes.buttons} aria-label="Pages of events">
            {before !== undefined && (
              <LinkButton href={`/settings/audit${address}`} variant="default">
                Newest
              </LinkButton>
            )}
            {last !== undefined && (
              <LinkButton href={`/settings/audit${auditAddress(filter, last.seq)}`} variant="default">
                Older
              </LinkButton>
            )}
          </nav>
        )}
        <VerifyChain client={filter.client} />
      </div>
    </>
  );
}

const SHORT = 90;

function Detail({ text }: { text: string }) {
  if (text.length <= SHORT) return text;
  return (
    <details>
      <summary>{text.slice(0, SHORT)} …</summary>
      {text}
    </details>
  );
}
