import type { Metadata } from "next";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { documentsList } from "#lib/lists/documents.ts";
import { type ListProps, openList } from "../open-list.ts";
import { DocumentList } from "./document-list.tsx";

export const metadata: Metadata = { title: "Documents" };

export default async function DocumentsPage(props: ListProps) {
  const { staff, client, first } = await openList("documents", documentsList, props);
  const upload = can(staff.role, "export") ? (
    <LinkButton href={`/clients/${client.slug}/documents/upload`}>Upload a file</LinkButton>
  ) : undefined;
  return (
    <>
      <PageTitle title="Documents" actions={upload} />
      <DocumentList slug={client.slug} place={client} first={first} emptyAction={upload} />
    </>
  );
}
