import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { formatCount } from "#components/grid/words.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { countOffers, listOffers } from "#db/queries/link-offers.ts";
import { listQuestions } from "#db/queries/matching.ts";
import { findConnectionCard } from "#db/queries/setup.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { packageSite } from "#lib/connections/site.ts";
import { MOST_OFFERS, offersHash } from "#lib/posting/answer-offers.ts";
import { packageName } from "#lib/setup/packages.ts";
import { database } from "#lib/web.ts";
import { MatchTable } from "./match-table.tsx";
import classes from "./matches.module.css";
import { OfferPanels } from "./offer-panels.tsx";

export const metadata: Metadata = { title: "Matches" };

/** So many stand on the page; the others follow as these are answered. */
const MOST = 100;

export default async function MatchesPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { found, offers, connection, site } = await database().inScope(scope, async (db) => ({
    found: await listQuestions(db, scope, MOST),
    offers: {
      counts: await countOffers(db, scope),
      sure: await listOffers(db, scope, "sure", MOST_OFFERS),
      archived: await listOffers(db, scope, "archived", MOST_OFFERS),
      unsure: await listOffers(db, scope, "unsure", MOST),
      fresh: await listOffers(db, scope, "fresh", MOST_OFFERS),
    },
    connection: await findConnectionCard(db, scope),
    site: await packageSite(db, scope),
  }));
  const name = connection ? packageName(connection.package) : "the package";
  const group = (which: "sure" | "archived" | "unsure" | "fresh") => ({
    offers: offers[which],
    hash: offersHash(offers[which]),
    count: offers.counts[which],
  });
  return (
    <>
      <PageTitle title="Matches" aside={`Records that ${name} may already have. They are not sent until you answer.`} />
      <div className={classes.stack}>
        <OfferPanels
          clientId={client.slug}
          sure={group("sure")}
          archived={group("archived")}
          unsure={group("unsure")}
          fresh={group("fresh")}
          packageName={name}
          site={site}
          locale={client.locale}
          mayAnswer={can(staff.role, "export")}
        />
        <Panel title="Documents to answer" aside={found.count === 0 ? undefined : formatCount(found.count, client.locale)}>
          {found.count === 0 ? (
            <EmptyState
              title="Nothing to answer"
              body={`Documents already in ${name} are linked automatically where number, contact, date and amounts agree. The others appear here.`}
            />
          ) : (
            <MatchTable
              clientId={client.slug}
              questions={found.questions}
              packageName={name}
              site={site}
              locale={client.locale}
              mayAnswer={can(staff.role, "export")}
            />
          )}
          {found.count > found.questions.length && (
            <p className={classes.words}>
              {formatCount(found.count - found.questions.length, client.locale)} more will be shown as you answer these.
            </p>
          )}
        </Panel>
      </div>
    </>
  );
}
