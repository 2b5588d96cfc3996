import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { correctionsList } from "#lib/lists/corrections.ts";
import { type ListProps, openList } from "../open-list.ts";
import { CorrectionList } from "./correction-list.tsx";

export const metadata: Metadata = { title: "Corrections" };

export default async function CorrectionsPage(props: ListProps) {
  const { client, first } = await openList("corrections", correctionsList, props);
  return (
    <>
      <PageTitle title="Corrections" aside="What was exported and changed since, there or from here, with both versions" />
      <CorrectionList slug={client.slug} place={client} first={first} />
    </>
  );
}
