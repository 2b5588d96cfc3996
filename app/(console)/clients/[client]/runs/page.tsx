import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { listRunPeople } from "#db/queries/runs.ts";
import { runsList } from "#lib/lists/runs.ts";
import { database } from "#lib/web.ts";
import { type ListProps, openList } from "../open-list.ts";
import { RunList } from "./run-list.tsx";

export const metadata: Metadata = { title: "Runs" };

export default async function RunsPage(props: ListProps) {
  const { scope, client, first } = await openList("runs", runsList, props);
  const people = await database().inScope(scope, (db) => listRunPeople(db, scope));
  return (
    <>
      <PageTitle title="Runs" aside="Uploads, reads and retries, who started them and the result" />
      <RunList slug={client.slug} place={client} first={first} people={people} />
    </>
  );
}
