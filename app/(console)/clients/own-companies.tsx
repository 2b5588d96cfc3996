import Link from "next/link";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { Pages } from "#components/ui/paged-list.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { ConnectionState } from "#db/schema/clients.ts";
import { packageName } from "#lib/connectors/cards.ts";

interface Company {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly package: string | null;
  readonly state: ConnectionState | null;
  readonly pending: number;
  readonly errors: number;
}

/** The companies of a client's own person who has several: the way into each, and nothing of the practice. */
export function OwnCompanies({
  companies,
  isFirst,
  next,
}: {
  readonly companies: readonly Company[];
  readonly isFirst: boolean;
  readonly next: { readonly afterName: string; readonly afterId: string } | null;
}) {
  const number = new Intl.NumberFormat("en-GB");
  return (
    <>
      <PageTitle title="Your companies" />
      <Panel title="Companies">
        {companies.length === 0 ? (
          <EmptyState title="You see no company yet" body="Your accountant decides who sees which company." />
        ) : (
          <PlainTable label="Your companies">
            <thead>
              <tr>
                <th scope="col">Company</th>
                <th scope="col">Connection</th>
                <th scope="col" data-align="end">
                  Waiting
                </th>
                <th scope="col" data-align="end">
                  Refused or held
                </th>
              </tr>
            </thead>
            <tbody>
              {companies.map((company) => (
                <tr key={company.id}>
                  <th scope="row">
                    <Link href={`/clients/${company.slug}`} prefetch={false}>
                      {company.name}
                    </Link>
                  </th>
                  <td>
                    {company.package === null ? (
                      <StatusDot kind="idle">Not connected</StatusDot>
                    ) : (
                      <StatusDot kind={company.state === "lost" ? "bad" : "good"}>
                        {packageName(company.package)}
                        {company.state === "lost" && ", connection lost"}
                      </StatusDot>
                    )}
                  </td>
                  <td data-align="end">{number.format(company.pending)}</td>
                  <td data-align="end">{number.format(company.errors)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Pages label="Pages of companies" path="/clients" asked={{}} isFirst={isFirst} next={next} />
    </>
  );
}
