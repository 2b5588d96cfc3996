import type { Metadata } from "next";
import Link from "next/link";
import { Heads, PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listOpenCorrections } from "#db/queries/open-corrections.ts";
import { correctionsList } from "#lib/lists/corrections.ts";
import { database } from "#lib/web.ts";
import { type ListProps, openList } from "../open-list.ts";
import { wordingFor } from "../wording.ts";
import { CorrectionList } from "./correction-list.tsx";
import { workOf } from "./work-words.ts";

/** More than this are found through the log. */
const SHOWN_WORK = 50;

export const metadata: Metadata = { title: "Corrections" };

export default async function CorrectionsPage(props: ListProps) {
  const { client, scope, first } = await openList("corrections", correctionsList, props);
  const { open, wording } = await database().inScope(scope, async (db) => ({
    open: await listOpenCorrections(db, scope, SHOWN_WORK),
    wording: await wordingFor(db, scope, client),
  }));
  return (
    <>
      <PageTitle title="Corrections" aside="Changes made after export, on either side, with both versions" />
      {open.length > 0 && (
        <Panel title="Left to do" aside="after credit notes and reissues">
          <PlainTable label="Corrections that leave work">
            <Heads columns={["Corrected", "Customer or supplier", "What is left"]} />
            <tbody>
              {open.map((one) => (
                <tr key={one.id}>
                  <th scope="row">
                    <Link href={`/clients/${client.slug}/corrections/${one.id}`} prefetch={false}>
                      {one.number}
                    </Link>
                  </th>
                  <td>{one.party}</td>
                  <td>
                    {workOf(one, false, wording)
                      .map(({ what }) => what)
                      .join(" ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      <CorrectionList packageName={wording.packageName} slug={client.slug} place={client} first={first} />
    </>
  );
}
