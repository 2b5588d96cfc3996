import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { correctionsList } from "#lib/lists/corrections.ts";
import { database } from "#lib/web.ts";
import { type ListProps, openList } from "../open-list.ts";
import { wordingFor } from "../wording.ts";
import { CorrectionList } from "./correction-list.tsx";

export const metadata: Metadata = { title: "Corrections" };

export default async function CorrectionsPage(props: ListProps) {
  const { client, scope, first } = await openList("corrections", correctionsList, props);
  const { packageName } = await database().inScope(scope, (db) => wordingFor(db, scope, client));
  return (
    <>
      <PageTitle title="Corrections" aside="Changes made after export, on either side, with both versions" />
      <CorrectionList packageName={packageName} slug={client.slug} place={client} first={first} />
    </>
  );
}
