import type { Metadata } from "next";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { journalsList } from "#lib/lists/journals.ts";
import { type ListProps, openList } from "../open-list.ts";
import { JournalList } from "./journal-list.tsx";

export const metadata: Metadata = { title: "Journals" };

export default async function JournalsPage(props: ListProps) {
  const { staff, client, first } = await openList("journals", journalsList, props);
  const enter = can(staff.role, "export") ? (
    <LinkButton href={`/clients/${client.slug}/journals/new`}>New journal</LinkButton>
  ) : undefined;
  return (
    <>
      <PageTitle title="Journals" actions={enter} />
      <JournalList slug={client.slug} place={client} first={first} emptyAction={enter} />
    </>
  );
}
