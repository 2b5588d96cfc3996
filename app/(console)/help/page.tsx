import type { Metadata } from "next";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import { contents } from "#lib/help/contents.ts";
import { HelpList } from "./help-list.tsx";
import { openHelp } from "./open-help.ts";

export const metadata: Metadata = { title: "Help" };

/** All help, with a search that needs no server: the list is short. */
export default async function HelpPage({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  await requireStaff();
  const { client, connector, works } = await openHelp(searchParams);
  // Without a client the first package stands for all.
  const chapters = contents(connector ?? listConnectors()[0] ?? null, client?.slug ?? null, works);
  return (
    <>
      <PageTitle
        title="Help"
        actions={
          <LinkButton href={client === null ? "/clients" : `/clients/${client.slug}`} variant="default">
            Back to {client?.name ?? (works ? "Clients" : "your companies")}
          </LinkButton>
        }
      />
      <HelpList chapters={chapters} />
    </>
  );
}
